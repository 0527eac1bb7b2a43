"""What each part costs on a CPU, beside a reference that is measured in turns with it.

Seconds depend on the machine and on what else it does; the ratio of two times that are measured in
turns can be compared between runs and machines.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from torch import Tensor

from ..evaluation import SegmentMAP, detection_map
from ..evaluation.metrics.segment_map import DEFAULT_TIOU
from ..models.features import Features, FeatureSpec
from ..models.layers import GlobalAttention, WindowAttention
from ..models.localizers import BaseAVModel
from ..models.modulators import LCFModulation
from ..ops import soft_nms
from ..registry import MODELS, build_part
from ..structures import GroundTruth, Predictions
from .benchmark import random_batch, seconds_of, shortest_in_turns, time_step
from .feeding import FeedBenchmark

# Candidates of a video and classes; videos of a test split and events of each that are evaluated.
CANDIDATES, CLASSES, VIDEOS, KEPT = 12_000, 100, 2167, 100


class Comparison(NamedTuple):
    """Times of a part and of its reference.

    Attributes:
        part: What was measured.
        seconds: Its shortest time.
        reference: What it is compared with.
        reference_seconds: The shortest time of that.
    """

    part: str
    seconds: float
    reference: str
    reference_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the reference the part is."""
        return self.reference_seconds / self.seconds


def compare(
    part: str, call: Callable[[], Any], reference: str, other: Callable[[], Any], repeats: int
) -> Comparison:
    """Measure two calls in turns, after one call of each that does not count."""
    call(), other()
    seconds, reference_seconds = shortest_in_turns(call, other, repeats)
    return Comparison(part, seconds, reference, reference_seconds)


def compare_parts(
    cfg: Config, model: BaseAVModel, batch_size: int, repeats: int
) -> Iterator[Callable[[], Comparison]]:
    """Functions that measure each part, the first ones first.

    Args:
        cfg: Config of a localizer like LoCo.
        model: Its model.
        batch_size: Videos per training step.
        repeats: Number of measurements, of which the shortest counts.
    """
    encoder, steps = cfg.model.encoder, cfg.model.max_len
    widths = encoder.visual_dim, encoder.audio_dim
    yield partial(training_step, model, widths, batch_size, repeats)
    # 4,096 steps each at full size.
    for batch, length in ((16, steps), (1, 16 * steps)):
        for training in (False, True):
            sizes = cfg.model.dim, cfg.model.pyramid.num_heads, batch, length
            yield partial(attention, *sizes, training, repeats)
    yield partial(correspondence, cfg.model.dim, 16, steps, repeats)
    yield partial(suppression, repeats)
    yield partial(evaluation, repeats)
    feed = FeedBenchmark(cfg, 64, torch.device("cpu"))
    yield partial(features, feed)
    yield partial(test_loop, cfg, model, feed)
    yield partial(long_video, cfg, widths, 16 * steps)


def training_step(
    model: BaseAVModel, widths: tuple[int, int], batch_size: int, repeats: int
) -> Comparison:
    """Forward and backward pass of a model in training mode."""
    batch = random_batch(model.train(), *widths, batch_size, model.max_len)
    times = time_step(model, batch, repeats)
    model.zero_grad(set_to_none=True)
    part = f"training step, {batch_size} videos of {model.max_len} steps"
    return Comparison(part, times.step, "matrix product of as many operations", times.product)


def attention(
    dim: int, num_heads: int, batch: int, steps: int, training: bool, repeats: int
) -> Comparison:
    """Adaptive windows beside dense attention of the same width, without projections."""
    streams = [torch.randn(batch, steps, dim, requires_grad=training) for _ in range(3)]
    given = dict(zip(("query", "key", "value"), streams, strict=True))
    mask = torch.ones(batch, steps, dtype=torch.bool)

    def run(layer: torch.nn.Module) -> None:
        with torch.set_grad_enabled(training):
            out, _ = layer(**given, mask=mask)
        if training:
            out.sum().backward()

    layers = [WindowAttention(dim, num_heads), GlobalAttention(dim, num_heads)]
    windows, dense = (layer.train(training) for layer in layers)
    passes = "forward and backward" if training else "forward"
    return compare(
        f"LAC, {batch} x {steps} steps, {passes}",
        lambda: run(windows),
        "dense attention of equal width",
        lambda: run(dense),
        repeats,
    )


def correspondence(dim: int, batch: int, steps: int, repeats: int) -> Comparison:
    """LCF with its backward pass beside the same loss with complete matrices."""
    layer = LCFModulation(FeatureSpec(dim, (1,), steps), loss_weight=1.0)
    visual, audio = (torch.randn(batch, steps, dim) for _ in range(2))
    mask = torch.ones(batch, steps, dtype=torch.bool)
    found = Features(dict(visual=visual, audio=audio), mask)
    return compare(
        f"LCF, {batch * steps} steps, forward and backward",
        lambda: layer(found)["loss_lcf"].backward(),
        "complete matrices of logits and targets",
        lambda: dense_correspondence(layer, visual, audio).backward(),
        repeats,
    )


def dense_correspondence(layer: LCFModulation, visual: Tensor, audio: Tensor) -> Tensor:
    """() LCF from matrices of all pairs of steps (LoCo, Eq. 3-6), without padding.

    Args:
        layer: With the target ``'gaussian'``.
        visual, audio: (B, T, D).
    """
    batch, steps, _ = visual.shape
    rows = F.normalize(layer.visual_projection(visual), dim=-1).flatten(0, 1)
    columns = F.normalize(layer.audio_projection(audio), dim=-1).flatten(0, 1)
    step = torch.arange(steps)
    kernel = ((step[:, None] - step) ** 2 / (-4 * layer.sigma**2)).exp()
    wanted = torch.block_diag(*[kernel / (layer.sigma * math.sqrt(2 * math.pi))] * batch)
    logits = rows @ columns.T / layer.tau
    both = sum((wanted * x.log_softmax(1)).sum() for x in (logits, logits.T))
    return -layer.loss_weight * both / (2 * len(rows))


def suppression(repeats: int) -> Comparison:
    """Soft-NMS of a video beside the same without the limit on the number of events."""
    generator = torch.Generator().manual_seed(0)
    centre = 256 * torch.rand(CANDIDATES, generator=generator)
    half = 1 + 15 * torch.rand(CANDIDATES, generator=generator)
    segments = torch.stack([centre - half, centre + half], dim=-1)
    scores = torch.rand(CANDIDATES, generator=generator) ** 4
    labels = torch.randint(0, CLASSES, (CANDIDATES,), generator=generator)

    def run(max_num: int) -> None:
        soft_nms(segments, scores, labels, sigma=0.4, min_score=0.001, max_num=max_num)

    return compare(
        f"Soft-NMS, {CANDIDATES} candidates of {CLASSES} classes, {KEPT} kept",
        lambda: run(KEPT),
        "all kept, as by code that then takes the best",
        lambda: run(CANDIDATES),
        repeats,
    )


def evaluation(repeats: int) -> Comparison:
    """The metric of a test split as large as UnAV-100's."""
    truth, predictions = random_detections(VIDEOS)
    factors = torch.rand(2, 2048, 2048)
    return compare(
        f"mAP, {VIDEOS} videos with {KEPT} predictions each",
        lambda: detection_map(truth, predictions, DEFAULT_TIOU),
        "matrix product of 2048 x 2048",
        lambda: factors[0] @ factors[1],
        repeats,
    )


def random_detections(videos: int) -> tuple[GroundTruth, Predictions]:
    """Five random events of each video, and predictions near them."""
    draw = np.random.default_rng(0)
    video = np.repeat(np.arange(videos), 5)
    start = draw.uniform(0, 50, len(video))
    segments = np.stack([start, start + draw.gamma(2, 3, len(video))], axis=1)
    truth = GroundTruth(video.tolist(), segments, draw.integers(0, CLASSES, len(video)))
    # Each prediction is near a true event of its video.
    source = np.repeat(5 * np.arange(videos), KEPT) + draw.integers(0, 5, videos * KEPT)
    moved = np.sort(segments[source] + draw.normal(0, 1, (len(source), 2)), axis=1)
    scores = draw.random(len(source))
    return truth, Predictions(video[source].tolist(), moved, truth.labels[source], scores)


def features(feed: FeedBenchmark) -> Comparison:
    """Reading a packed file beside reading the files of each video."""
    packed, files = (1 / feed.rate(form, 0).warm for form in ("float32", "files"))
    return Comparison("features of a video, packed float32", packed, "files of a video", files)


@torch.no_grad()
def test_loop(cfg: Config, model: BaseAVModel, feed: FeedBenchmark, videos: int = 16) -> Comparison:
    """A test beside its network: the ratio is the network's share of the time.

    The weights are random, so that nearly all points are candidates: the most that suppression can
    have to do.
    """
    loader = copy.deepcopy(cfg.test_dataloader)
    loader.dataset.update(subset="train", indices=videos)
    built: Any = feed.build_loader(loader)
    head: Any = model.eval().head
    network = 0.0
    for data in islice(built, 1):
        model.test_step(data)
    started = time.perf_counter()
    evaluator = Evaluator(SegmentMAP())
    evaluator.dataset_meta = built.dataset.metainfo
    for data in built:
        batch = model.data_preprocessor(data, False)
        begun = time.perf_counter()
        raw = model(batch["inputs"], mode="tensor")
        network += time.perf_counter() - begun
        samples = batch["data_samples"]
        for sample, found in zip(samples, head.predict_by_feat(raw, samples), strict=True):
            model.task.attach(sample, found)
        evaluator.process(samples, data)
    evaluator.evaluate(len(built.dataset))
    whole = time.perf_counter() - started
    return Comparison(f"test of {videos} videos, from files to mAP", whole, "its network", network)


@torch.no_grad()
def long_video(cfg: Config, widths: tuple[int, int], steps: int) -> Comparison:
    """The network on a long video, with self-attention in windows beside dense self-attention."""
    inputs = dict(zip(("visual", "audio"), (torch.randn(1, steps, n) for n in widths), strict=True))
    inputs["mask"] = torch.ones(1, steps, dtype=torch.bool)
    times = []
    for attention in (dict(type="WindowAttention", adaptive=False, window_size=64), None):
        settings = copy.deepcopy(cfg.model)
        settings.encoder.attention = settings.neck.attention = attention
        model = build_part(MODELS, settings, "model").eval()
        times.append(seconds_of(partial(model.forward, inputs, mode="tensor")))
    part = f"network, a video of {steps} steps, self-attention in windows of 64"
    return Comparison(part, times[0], "dense self-attention", times[1])
