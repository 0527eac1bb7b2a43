"""Number of device synchronizations per training step, counted by operator without a GPU."""

import copy
from collections import Counter

import torch
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from torch.utils._python_dispatch import TorchDispatchMode

from loco_mm.registry import MODELS
from loco_mm.testing import make_sample

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


def test_a_training_step_waits_four_times(small_model):
    """Independent of the number of videos and events.

    There are three for the number of rows of ragged data: LCF's valid segments, the head's valid
    points, and the assigner's positives. Dense forms would cost more than the synchronization:
    LCF's M x M logits including padding, and losses over all classes of padded points. One is for
    the norm of the gradients, which MMEngine logs when it clips them. In addition MMEngine's runner
    reads the losses for its log, after everything else of the iteration has been queued.
    """
    found = []
    for videos in ([(32, [[1.0, 9.0]], [1])], [(20, [[2.0, 6.0], [3.0, 18.0]], [0, 2])] * 5):
        torch.manual_seed(0)
        model = MODELS.build(copy.deepcopy(small_model)).train()
        wrapper = OptimWrapper(
            torch.optim.SGD(model.parameters(), lr=0.01),
            clip_grad=dict(max_norm=1.0, norm_type=2),
        )
        samples = [make_sample(*video, seed=number) for number, video in enumerate(videos)]
        data = pseudo_collate(samples)
        with HostWaits() as waits:
            model.train_step(data, wrapper)
        found.append(dict(waits.found))
    assert found[0] == found[1]
    assert {k: v for k, v in found[0].items() if v} == {"nonzero": 3, "_local_scalar_dense": 1}
