"""Shutdown of distributed processes."""

import gc
import json
import os
import time
from pathlib import Path

# Environment variables of launchers: rank, world size and more.
LAUNCHERS = {
    "pytorch": ("torchrun", ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")),
    "slurm": ("srun", ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NODELIST")),
    "mpi": (
        "mpirun",
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    ),
}


def launcher_rank() -> int | None:
    """Rank of this process as set by its launcher; None without a launcher."""
    for _, (rank, size, *_) in LAUNCHERS.values():
        if rank in os.environ and os.environ.get(size, "1") != "1":
            return int(os.environ[rank])
    return None


def close_process_group() -> None:
    """Close the process group, if there is one.

    Python's shutdown does not wait for the group's threads, and gloo then sometimes aborts the
    process, so that the launcher reports a successful run as failed. Objects left by
    DistributedDataParallel are freed before: if they were the last owners of the group, they would
    wait for threads that wait for Python's lock.
    """
    import torch.distributed as dist

    if dist.is_available() and dist.is_initialized():
        gc.collect()
        dist.destroy_process_group()


def report_to_launcher(message: str, is_cause: bool) -> None:
    """Leave an error message for torchrun, whose report shows the earliest one.

    Args:
        message: The error message.
        is_cause: Whether this process failed by itself. Otherwise it lost its connection to another
            process, whose message should come first; timestamps are whole seconds.
    """
    if path := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        moment = int(time.time()) + (0 if is_cause else 1)
        details = dict(py_callstack=message, timestamp=str(moment))
        content = dict(message=dict(message=message, extraInfo=details))
        Path(path).write_text(json.dumps(content))
