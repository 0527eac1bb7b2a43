"""What a process of several does at its end."""

import gc
import json
import os
import time
from pathlib import Path

# What starts the processes, and what it tells each of them: rank, their number, and more.
LAUNCHERS = {
    "pytorch": ("torchrun", ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")),
    "slurm": ("srun", ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NODELIST")),
    "mpi": (
        "mpirun",
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    ),
}


def rank_of_many() -> int | None:
    """Rank of this process, as its launcher says; None where it runs alone."""
    for _, (rank, size, *_) in LAUNCHERS.values():
        if rank in os.environ and os.environ.get(size, "1") != "1":
            return int(os.environ[rank])
    return None


def leave_group() -> None:
    """Close the connections to the other processes, if there are any.

    The interpreter's end does not wait for their threads, and gloo then sometimes aborts the
    process, whose launcher reports a run that has succeeded as failed. What
    DistributedDataParallel leaves behind is freed before: as the last owner of the connections it
    would wait for their threads, which wait for Python.
    """
    import torch.distributed as dist

    if dist.is_available() and dist.is_initialized():
        gc.collect()
        dist.destroy_process_group()


def report_to_launcher(message: str, is_cause: bool) -> None:
    """Leave a message for torchrun, whose report ends with the earliest one.

    Args:
        message: What has happened.
        is_cause: Whether this process has failed by itself. It may also have lost another one,
            whose message should come first; times are whole seconds.
    """
    if path := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        moment = int(time.time()) + (0 if is_cause else 1)
        details = dict(py_callstack=message, timestamp=str(moment))
        content = dict(message=dict(message=message, extraInfo=details))
        Path(path).write_text(json.dumps(content))
