"""What a process of several does when it fails, or when another has."""

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
# A launcher ends the others as soon as one has failed; without one, so long do they wait for it.
PATIENCE_SECONDS = 20.0
_SIGNS = ("gloo/", "Connection closed by peer", "NCCL error")


def rank_of_many() -> int | None:
    """Rank of this process, as its launcher says; None where it runs alone."""
    for _, (rank, size, *_) in LAUNCHERS.values():
        if rank in os.environ and os.environ.get(size, "1") != "1":
            return int(os.environ[rank])
    return None


def is_loss_of_another(error: Exception) -> bool:
    """Whether an error says that the connection to another process is lost, as that has failed."""
    import torch.distributed as dist

    text = str(error)
    told = isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)
    return told or isinstance(error, dist.DistError)


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


def await_end(error: Exception) -> str:
    """Leave the last word to the process that failed; returns the message if no end comes."""
    time.sleep(PATIENCE_SECONDS)
    text = str(error).partition("\n")[0][:200]
    return f"another process has failed, and its message says why: here, {text}"


def tell_launcher(message: str) -> None:
    """Leave the message where torchrun looks for it, to end its own report with it."""
    if path := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        details = dict(py_callstack=message, timestamp=str(int(time.time())))
        content = dict(message=dict(message=message, extraInfo=details))
        Path(path).write_text(json.dumps(content))
