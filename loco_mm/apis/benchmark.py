"""What a training step costs: its operators, and its time beside a matrix product.

Seconds depend on the machine and on what else it does. The time of a matrix product with as many
operations, measured in turns with the step, does so equally: their ratio can be compared.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from ..models.localizers import BaseAVModel
from .complexity import example_video

# Operators that compute nothing, although their schema does not name them as views.
ALLOCATIONS = {
    *("_unsafe_view", "empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided")
}
PRODUCTS = {"mm", "addmm", "bmm", "baddbmm", "convolution", "convolution_backward"}


@dataclass(frozen=True)
class StepOperators:
    """Numbers of operators of a training step that launch work: no views, no allocations.

    Attributes:
        forward: Those of the forward pass, with the losses.
        backward: Those of the backward pass.
        products: Matrix products and convolutions of both.
    """

    forward: int
    backward: int
    products: int

    @property
    def total(self) -> int:
        """Those of both passes."""
        return self.forward + self.backward


@dataclass(frozen=True)
class StepTime:
    """Time of a training step: forward and backward pass.

    Attributes:
        step: Its shortest time, in seconds.
        product: Shortest time of a matrix product with as many operations, in seconds.
    """

    step: float
    product: float

    @property
    def share(self) -> float:
        """Fraction of the rate of matrix products that the step reaches."""
        return self.product / self.step


class OperatorCounter(TorchDispatchMode):
    """Context that counts operators that launch work.

    Attributes:
        counts (Counter): Number of calls by name.
    """

    def __init__(self):
        super().__init__()
        self.counts: Counter = Counter()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        out = operator(*args, **(kwargs or {}))
        name, returned = operator.overloadpacket.__name__, operator._schema.returns
        alias = returned[0].alias_info if returned else None
        is_view = alias is not None and not alias.is_write
        # Operators on lists of tensors change them in place, and return nothing.
        launches = isinstance(out, (Tensor, tuple, list)) or name.startswith(("_foreach", "_fused"))
        if launches and not is_view and name not in ALLOCATIONS:
            self.counts[name] += 1
        return out


def random_batch(
    model: BaseAVModel, visual_dim: int, audio_dim: int, batch_size: int, steps: int
) -> dict:
    """A preprocessed batch of videos with random features, without events.

    Args:
        model: A model, in training mode.
        visual_dim: Channels of the visual features.
        audio_dim: Channels of the audio features.
        batch_size: Number of videos.
        steps: Steps of each video.
    """
    samples = random_videos(model, visual_dim, audio_dim, batch_size, steps)
    return model.data_preprocessor(pseudo_collate(samples), True)


def random_videos(
    model: BaseAVModel, visual_dim: int, audio_dim: int, batch_size: int, steps: int
) -> list[dict]:
    """The samples of :func:`random_batch`."""
    return [example_video(model, visual_dim, audio_dim, steps, n) for n in range(batch_size)]


def count_operators(model: BaseAVModel, batch: dict) -> StepOperators:
    """Count the operators of a training step.

    Args:
        model: A model in training mode.
        batch: A preprocessed batch.
    """
    # The first step fills caches.
    loss_of(model, batch)
    with OperatorCounter() as forward:
        loss = loss_of(model, batch)
    with OperatorCounter() as backward:
        loss.backward()
    counts = forward.counts + backward.counts
    return StepOperators(
        forward.counts.total(), backward.counts.total(), sum(counts[name] for name in PRODUCTS)
    )


def time_step(model: BaseAVModel, batch: dict, repeats: int) -> StepTime:
    """Time a training step beside a matrix product.

    Args:
        model: A model in training mode.
        batch: A preprocessed batch.
        repeats: Number of steps, and of products, of which the shortest counts.
    """
    flops = step_flops(model, batch)
    size = 2048
    factors = torch.rand(2, size, size, device=batch["inputs"]["mask"].device)
    count = max(1, round(flops / (2 * size**3)))

    def product() -> None:
        for _ in range(count):
            factors[0] @ factors[1]

    def step() -> None:
        model.zero_grad()
        loss_of(model, batch).backward()

    shortest, of_product = shortest_in_turns(step, product, repeats)
    exact = flops / (2 * size**3 * count)
    return StepTime(shortest, exact * of_product)


def step_flops(model: BaseAVModel, batch: dict) -> int:
    """Operations of the matrix products and convolutions of a training step.

    Args:
        model: A model in training mode, not compiled.
        batch: A preprocessed batch.
    """
    with FlopCounterMode(display=False) as counter:
        loss_of(model, batch)
    # Two products of the backward pass for each of the forward pass. They are not counted: the
    # counter takes depthwise convolutions for dense ones there.
    return 3 * counter.get_total_flops()


def loss_of(model: BaseAVModel, batch: dict) -> Tensor:
    """() sum of the losses of a batch."""
    return model.parse_losses(model(**batch, mode="loss"))[0]


def saved_bytes(call: Callable[[], Any], besides: Iterable[Tensor] = ()) -> int:
    """Memory of the tensors that a call keeps for its backward pass.

    Args:
        call: The call.
        besides: Tensors that do not count, such as weights.
    """
    blocks: dict[int, int] = {}

    def note(x: Tensor) -> Tensor:
        blocks[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        # An output of a node that the node keeps itself would never be freed.
        return x.detach()

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        call()
    for x in besides:
        blocks.pop(x.untyped_storage().data_ptr(), None)
    return sum(blocks.values())


def shortest_in_turns(
    one: Callable[[], Any], other: Callable[[], Any], repeats: int
) -> tuple[float, float]:
    """Shortest times of two calls in seconds, measured in turns."""
    pairs = [(seconds_of(one), seconds_of(other)) for _ in range(repeats)]
    return min(a for a, _ in pairs), min(b for _, b in pairs)


def seconds_of(call: Callable[[], Any]) -> float:
    """Time of a call in seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
