"""Extensions of MMEngine's engine: a runner, hooks and an optimizer wrapper."""

from .checkpoints import AtomicCheckpointHook, CheckedRunner, CheckpointGuardHook
from .deferred import DeferredInfoHook, DeferredOptimWrapper, ForeachMovingAverage
from .finite_loss import FiniteLossHook
from .hooks import MainProcessLoggerHook, NumClassCheckHook, ResumableRandomnessHook, SetEpochHook
from .optim import AutocastOptimWrapper, GroupedOptimWrapperConstructor
from .selection import SelectionHook
from .sharding import FSDP2
from .tensorboard import GroupedTensorboardBackend

__all__ = [
    "AtomicCheckpointHook",
    "AutocastOptimWrapper",
    "CheckedRunner",
    "CheckpointGuardHook",
    "DeferredInfoHook",
    "DeferredOptimWrapper",
    "FSDP2",
    "FiniteLossHook",
    "ForeachMovingAverage",
    "GroupedOptimWrapperConstructor",
    "GroupedTensorboardBackend",
    "MainProcessLoggerHook",
    "NumClassCheckHook",
    "ResumableRandomnessHook",
    "SelectionHook",
    "SetEpochHook",
]
