"""Gathering in two processes (gloo)."""

from typing import NamedTuple

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from loco_mm.models.features import FeatureSpec
from loco_mm.models.modulators import LCFModulation
from loco_mm.ops.gather import gather_rows

from ..comparing import leave_processes
from ..models.modulators.test_lcf import loss_of

# Targets, and whether padding is skipped.
KINDS = (("gaussian", False), ("softened", False), ("softened", True))


class Rows(NamedTuple):
    wide: torch.Tensor
    flat: torch.Tensor


def batch():
    generator = torch.Generator().manual_seed(0)
    visual, audio = (torch.randn(4, 6, 8, generator=generator).double() for _ in range(2))
    mask = torch.arange(6) < torch.tensor([6, 2, 3, 1])[:, None]
    return visual, audio, mask


def build(**settings):
    torch.manual_seed(0)
    return LCFModulation(FeatureSpec(8, (1,), 6), embed_dim=4, **settings).double()


def run_process(rank, folder):
    store = dist.FileStore(str(folder / "store"), 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    rows = Rows(torch.full((2, 2), float(rank)), torch.tensor([rank == 0, True]))
    gathered, processes = gather_rows(rows)
    found = dict(rows=gathered._asdict(), processes=processes)
    for kind in KINDS:
        found[kind] = joint(rank, kind)
    torch.save(found, folder / f"{rank}")
    leave_processes()


def joint(rank, kind):
    """Loss and gradients for this process's half of the batch, combined as in training."""
    layer = build(target=kind[0], skip_padding=kind[1], block_elements=20)
    mine = slice(2 * rank, 2 * rank + 2)
    loss = loss_of(layer, *(x[mine] for x in batch()))
    loss.backward()
    gradients = {}
    for name, parameter in layer.named_parameters():
        if parameter.grad is not None:
            # As in DistributedDataParallel: the mean over processes.
            dist.all_reduce(parameter.grad)
            gradients[name] = parameter.grad / 2
    total = loss.detach()
    dist.all_reduce(total)
    return dict(gradients=gradients, loss=total / 2)


@pytest.mark.distributed
def test_two_processes_equal_one_with_the_joint_batch(tmp_path):
    mp.spawn(run_process, (tmp_path,), nprocs=2)
    losses, gradients = {}, {}
    for kind in KINDS:
        layer = build(target=kind[0], skip_padding=kind[1], block_elements=20)
        losses[kind] = loss_of(layer, *batch())
        losses[kind].backward()
        found = {n: p.grad for n, p in layer.named_parameters() if p.grad is not None}
        gradients[kind] = found
    for rank in range(2):
        found = torch.load(tmp_path / str(rank), weights_only=True)
        for kind in KINDS:
            close = dict(atol=1e-9, rtol=1e-9)
            torch.testing.assert_close(found[kind]["loss"], losses[kind].detach(), **close)
            torch.testing.assert_close(found[kind]["gradients"], gradients[kind], **close)
        assert found["rows"]["wide"].tolist() == [[0.0, 0.0]] * 2 + [[1.0, 1.0]] * 2
        assert found["rows"]["flat"].tolist() == [True, True, False, True]
        assert found["processes"] == 2


def test_one_process_gathers_nothing():
    rows = Rows(torch.ones(2, 3), torch.ones(2))
    gathered, processes = gather_rows(rows)
    assert gathered is rows
    assert processes == 1
