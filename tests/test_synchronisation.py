"""No device synchronization in a training step, which is checked without a GPU."""

import copy
from collections import Counter
from contextlib import nullcontext

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from loco_mm.datasets import collate_av
from loco_mm.engine import DeferredOptimWrapper, ForeachMovingAverage
from loco_mm.models.task_modules import PointAssigner
from loco_mm.registry import MODELS
from loco_mm.structures import pyramid_points
from loco_mm.testing.contract import eventful_samples

from .comparing import tiny_models

# Operators whose result, or its shape, is needed on the host.
WAITING = {
    "_local_scalar_dense",
    "equal",
    "masked_select",
    "nonzero",
    "repeat_interleave",
    "unique2",
    "_unique2",
    "unique_dim",
    "unique_consecutive",
}


class HostWaits(TorchDispatchMode):
    """Counts such operators, and indices that are boolean masks."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in WAITING:
            self.found[name] += 1
        if name in ("index", "index_put", "index_put_", "_index_put_impl_"):
            masks = [i for i in args[1] if i is not None and i.dtype in (torch.bool, torch.uint8)]
            self.found["boolean index"] += len(masks)
        return func(*args, **(kwargs or {}))


def test_the_counter_sees_what_waits():
    x = torch.arange(4.0)
    with HostWaits() as waits:
        float(x[1]), bool(x[2] > 1), x[x > 1], x.nonzero(), x.unique()
        x[x > 2] = 0
    assert waits.found == {
        "_local_scalar_dense": 2, "boolean index": 2, "nonzero": 1, "_unique2": 1
    }  # fmt: skip


# Structures of the paper and of dense heads. Some others read sequence lengths, for recurrent
# networks, or assign on the CPU.
STATIC = [
    *("loco_rendered", "loco_ave_fully", "loco_ave_weakly", "actionformer_synthetic"),
    *("unav_synthetic", "tridet_synthetic", "ccnet_synthetic", "uniav-at_synthetic"),
    *("cmran_ave_fully", "cmran_ave_weakly"),
]


def training_step(model, samples, averages):
    """A step with the config's optimizer wrapper, moving average and log."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    wrapper = DeferredOptimWrapper(optimizer, clip_grad=dict(max_norm=1.0))
    losses = model.train_step(collate_av(samples), wrapper)
    averages.update_parameters(model)
    return losses, wrapper


class Transfers(TorchDispatchMode):
    """Counts copies from the CPU to another device."""

    def __init__(self):
        super().__init__()
        self.found = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ == "_to_copy":
            self.found += args[0].device.type == "cpu" != out.device.type
        return out


@pytest.mark.parametrize("config", STATIC)
def test_a_training_step_never_waits(config, monkeypatch):
    """On a device without values, each operator whose result is needed on the host is an error."""
    # The meta device has no autocast.
    monkeypatch.setattr(torch, "autocast", lambda *args, **kwargs: nullcontext())
    settings = tiny_models()[config]
    model = MODELS.build(copy.deepcopy(settings)).train().to("meta")
    averages = ForeachMovingAverage(model)
    with pytest.raises(NotImplementedError):
        next(model.parameters()).nonzero()
    for _ in range(2):
        with Transfers() as transfers:
            losses, wrapper = training_step(model, eventful_samples(settings), averages)
        assert losses["loss"].device.type == wrapper.grad_norm.device.type == "meta"
    # Both modalities, the place of each step, and what is to be found: with full supervision,
    # CMRAN reads labels of segments and of videos.
    one = "ave" in config and config != "cmran_ave_fully"
    assert transfers.found == (4 if one else 5)


@pytest.mark.parametrize("winner", ["class", "point", "point_classes", "all"])
def test_targets_of_every_kind_need_no_wait(winner):
    assigner = PointAssigner(center_radius=1.5, winner=winner)
    points = pyramid_points([16, 8], [1, 2], [(0, 4), (4, float("inf"))])
    given = torch.ones(2, 24) > 0, torch.rand(2, 5, 2), torch.zeros(2, 5, dtype=torch.long)
    with HostWaits() as waits:
        assigner.assign(points, *given, 3)
    assert not +waits.found


def test_the_number_of_steps_of_a_batch_is_read_on_the_cpu_only(small_model):
    """There, LCF leaves out padded steps, which saves most of its similarities."""
    counts = []
    for skip_padding in (None, False):
        model = copy.deepcopy(small_model)
        model.modulator.skip_padding = skip_padding
        model = MODELS.build(model).train()
        data = model.data_preprocessor(collate_av(eventful_samples(small_model)), True)
        with HostWaits() as waits:
            sum(v.sum() for n, v in model(**data, mode="loss").items() if "loss" in n).backward()
        counts.append(waits.found.total())
    assert counts[0] > 0 == counts[1]
