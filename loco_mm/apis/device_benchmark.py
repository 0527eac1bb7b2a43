"""What training and inference cost on a device: time, memory, kernels, and gaps between them.

Shape letters: B batch.
"""

import copy
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch.profiler import ProfilerActivity, profile

from ..datasets import collate_av
from ..engine.compiling import compile_model
from ..engine.deferred import ForeachMovingAverage
from ..engine.optim import fused_on_gpu
from ..models.localizers import BaseAVModel
from ..registry import MODELS, build_part
from .benchmark import OperatorCounter, random_videos, step_flops

Precision = Literal["float32", "tf32", "bfloat16", "float16"]
_WRAPPERS = dict(bfloat16="AutocastOptimWrapper", float16="AmpOptimWrapper")


@dataclass(frozen=True)
class StepCost:
    """Cost of a training step.

    Attributes:
        seconds: Mean time of a step in a sequence of steps.
        memory: Peak memory on the device in GB; None on the CPU.
        share: Fraction of the rate of matrix products of the same precision.
        kernels: Number of kernels; on the CPU, of operators, or None if they are compiled.
        gaps: Fraction of the time in which no kernel runs; None on the CPU.
        compilation: Seconds that compilation took.
        not_compiled: Names of parts that could not be compiled.
    """

    seconds: float
    memory: float | None
    share: float
    kernels: int | None
    gaps: float | None
    compilation: float = 0.0
    not_compiled: tuple[str, ...] = ()


class TrainingStep:
    """A training step as a run performs it.

    It pads a batch and copies it to the device, and runs forward and backward pass, clipping,
    optimizer and, if the config has one, the moving average.

    Args:
        cfg: The config.
        batch_size: Number of videos B, with random features of full length.
        precision: float32, TF32 in matrix products and convolutions, or mixed precision.
        device: The device.
        mode: Mode of ``torch.compile``; by default the model is not compiled.
    """

    def __init__(
        self,
        cfg: Config,
        batch_size: int,
        precision: Precision,
        device: torch.device,
        mode: str | None = None,
    ):
        self.model = build_part(MODELS, copy.deepcopy(cfg.model), "model").to(device).train()
        self.batch = collate_av(_videos(self.model, cfg, batch_size))
        wrapper = copy.deepcopy(cfg.optim_wrapper)
        wrapper.type = _WRAPPERS.get(precision, "DeferredOptimWrapper")
        wrapper.pop("accumulative_counts", None)
        self.wrapper = build_optim_wrapper(self.model, fused_on_gpu(wrapper, self.model))
        averaged = cfg.get("default_hooks", {}).get("ema")
        self.averages = ForeachMovingAverage(self.model) if averaged else None
        # Compiled operations are not counted.
        self.flops = step_flops(self.model, self.model.data_preprocessor(self.batch, True))
        self.calls = compile_model(self.model, dict(mode=mode)) if mode else []

    def __call__(self) -> None:
        """Run it once."""
        self.model.train_step(self.batch, self.wrapper)
        if self.averages is not None:
            self.averages.update_parameters(self.model)


def measure_step(
    cfg: Config,
    batch_size: int,
    precision: Precision,
    device: torch.device,
    mode: str | None = None,
    seconds: float = 1.5,
) -> StepCost:
    """Measure a training step, see :class:`TrainingStep`.

    Args:
        cfg: The config.
        batch_size: Number of videos.
        precision: See there.
        device: The device.
        mode: Mode of ``torch.compile``.
        seconds: Time to measure, without warm-up.
    """
    on_gpu = device.type == "cuda"
    with _precision(precision):
        step = TrainingStep(cfg, batch_size, precision, device, mode)
        for _ in range(3):
            step()
        if on_gpu:
            torch.cuda.reset_peak_memory_stats(device)
        duration = mean_time(step, device, seconds)
        memory = torch.cuda.max_memory_allocated(device) / 1e9 if on_gpu else None
        kernels, gaps = _kernels(step) if on_gpu else (None if mode else _operators(step), None)
        share = step.flops / duration / product_rate(precision, device)
    return StepCost(
        duration,
        memory,
        share,
        kernels,
        gaps,
        sum(call.seconds for call in step.calls),
        tuple(call.name for call in step.calls if call.failed),
    )


def mean_time(step: Callable[[], Any], device: torch.device, seconds: float) -> float:
    """Mean time of a step in seconds, when the host does not wait between steps.

    Args:
        step: The step.
        device: The device on which it runs.
        seconds: Approximate time to measure; at least 3 steps are run.
    """
    wait_for(device)
    started = time.perf_counter()
    step()
    wait_for(device)
    count = max(3, min(200, int(seconds / (time.perf_counter() - started))))
    started = time.perf_counter()
    for _ in range(count):
        step()
    wait_for(device)
    return (time.perf_counter() - started) / count


def product_rate(precision: Precision, device: torch.device) -> float:
    """Operations per second of a large matrix product."""
    size = 8192 if device.type == "cuda" else 1024
    kind = getattr(torch, precision, torch.float32)
    factor = torch.rand(size, size, device=device).to(kind)
    times = []
    for _ in range(5):
        wait_for(device)
        started = time.perf_counter()
        factor @ factor
        wait_for(device)
        times.append(time.perf_counter() - started)
    return 2 * size**3 / min(times)


@torch.no_grad()
def videos_per_second(
    cfg: Config, batch_size: int, device: torch.device, mode: str | None = None
) -> tuple[float, float]:
    """Rates of inference: of the network alone, and with decoding and suppression.

    The weights are random, so that nearly all points are candidates: the most that suppression can
    have to do.
    """
    model = build_part(MODELS, copy.deepcopy(cfg.model), "model").to(device).eval()
    if mode:
        compile_model(model, dict(mode=mode))
    batch = collate_av(_videos(model, cfg, batch_size))
    inputs = model.data_preprocessor(batch, False)["inputs"]

    def network() -> None:
        model(inputs, mode="tensor")

    for _ in range(2):
        network()
    alone = mean_time(network, device, 1.0)
    # The first suppression prepares the device.
    model.test_step(batch)
    started = time.perf_counter()
    model.test_step(batch)
    return batch_size / alone, batch_size / (time.perf_counter() - started)


def _videos(model: BaseAVModel, cfg: Config, batch_size: int) -> list[dict]:
    widths = cfg.model.encoder.visual_dim, cfg.model.encoder.audio_dim
    return random_videos(model, *widths, batch_size, cfg.model.max_len)


@contextmanager
def _precision(name: Precision):
    """Context in which float32 products use TF32, or do not."""
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if name == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = name == "tf32"
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def wait_for(device: torch.device) -> None:
    """Wait until a device has finished its queued work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _operators(step: Callable[[], Any]) -> int:
    with OperatorCounter() as counter:
        step()
    return counter.counts.total()


def _kernels(step: Callable[[], Any], steps: int = 3) -> tuple[int, float]:
    """Kernels of a step on a GPU, and the fraction of the time in which none runs."""
    with profile(activities=[ProfilerActivity.CUDA]) as found:
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
    spans = [
        (event.time_range.start, event.time_range.end)
        for event in found.events() or []
        if event.device_type == torch.autograd.DeviceType.CUDA
        and not event.name.startswith(("Memcpy", "Memset"))
    ]
    return round(len(spans) / steps), idle_share(spans)


def idle_share(spans: Iterable[tuple[float, float]]) -> float:
    """Fraction of the time, from first start to last end, that no span (start, end) covers."""
    busy, reached, first = 0.0, -float("inf"), None
    for start, end in sorted(spans):
        first = start if first is None else first
        busy += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return 0.0 if first is None else 1 - busy / (reached - first)
