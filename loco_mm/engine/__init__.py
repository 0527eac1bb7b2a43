"""Runner pieces that MMEngine lacks: hooks and an optimizer wrapper."""

from .hooks import (
    CheckpointGuardHook,
    MainProcessLoggerHook,
    NumClassCheckHook,
    ResumableRandomnessHook,
)
from .optim import AutocastOptimWrapper

__all__ = [
    "AutocastOptimWrapper",
    "CheckpointGuardHook",
    "MainProcessLoggerHook",
    "NumClassCheckHook",
    "ResumableRandomnessHook",
]
