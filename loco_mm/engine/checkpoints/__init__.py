"""Checkpoints of runs: listing, checking, saving and resuming."""

from .checks import check_dataset, check_extractor, check_finite, check_weights, select_task_weights
from .files import checkpoint_folder, chosen_checkpoint, list_checkpoints, newest_checkpoint
from .hooks import AtomicCheckpointHook, CheckpointGuardHook
from .renaming import rename_weights
from .runner import CheckedRunner

__all__ = [
    "AtomicCheckpointHook",
    "CheckedRunner",
    "CheckpointGuardHook",
    "check_dataset",
    "check_extractor",
    "check_finite",
    "check_weights",
    "checkpoint_folder",
    "chosen_checkpoint",
    "list_checkpoints",
    "newest_checkpoint",
    "rename_weights",
    "select_task_weights",
]
