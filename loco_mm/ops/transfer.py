"""Copies to the device that the host does not wait for."""

from collections.abc import Mapping

import torch
from torch import Tensor


def to_device(x: Tensor, device: torch.device | str) -> Tensor:
    """Copy a tensor to a device; to a GPU from pinned memory, without waiting."""
    device = torch.device(device)
    if device.type == "cuda" and x.device.type == "cpu":
        return x.pin_memory().to(device, non_blocking=True)
    return x.to(device)


def move_ahead(blocks: Mapping[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    """Copy the tensors of a batch to a device; to a GPU on a stream of their own.

    As the host does not wait for the steps that it queues, the copy overlaps with the previous
    step.
    """
    if device.type != "cuda":
        return {name: block.to(device) for name, block in blocks.items()}
    current, stream = torch.cuda.current_stream(device), _copy_stream(device)
    with torch.cuda.stream(stream):
        moved = {name: to_device(block, device) for name, block in blocks.items()}
    current.wait_stream(stream)
    for block in moved.values():
        # Its memory is not reused before the current stream has read it.
        block.record_stream(current)
    return moved


_STREAMS: dict[torch.device, "torch.cuda.Stream"] = {}


def _copy_stream(device: torch.device) -> "torch.cuda.Stream":
    if device not in _STREAMS:
        _STREAMS[device] = torch.cuda.Stream(device)
    return _STREAMS[device]
