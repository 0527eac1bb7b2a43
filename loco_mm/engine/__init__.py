"""Runner pieces that MMEngine lacks: hooks and an optimizer wrapper."""

from .hooks import CheckpointGuardHook, MainProcessLoggerHook, ResumableRandomnessHook
from .optim import AutocastOptimWrapper

__all__ = [
    "AutocastOptimWrapper",
    "CheckpointGuardHook",
    "MainProcessLoggerHook",
    "ResumableRandomnessHook",
]
