"""Components of VSGN (Zhao et al., ICCV 2021): self-stitching, graph layers, and boundaries.

Shape letters: B batch, T steps, D model width, K neighbours, L levels, N segments.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, checked
from ...errors import InputError
from ...ops import LENGTHS, at_least_float32, sample_points, spanned
from ...registry import MODELS
from ...structures import MODALITIES, StitchedClip
from ..data_preprocessor import AVDataPreprocessor
from ..encoders import BaseJointEncoder
from ..features import FeatureSpec, Levels
from ..layers import TemporalConv
from ..pyramids.streams import only_stream
from ..pyramids.strides import pyramid_strides


@MODELS.register_module()
class SelfStitchPreprocessor(AVDataPreprocessor):
    """Appends a magnified copy to each short video, in which its short events are longer.

    A stitched sequence of ``max_len`` steps consists of the video, a gap of zeros, and the video
    stretched to the remaining length. Steps in the gap are not valid, so that a mask with a gap
    identifies a stitched sequence. The meta of a data sample has a ``clip``, a
    :class:`StitchedClip`, and its events are those of both parts. Heads whose segments refer to
    the steps of a sequence map the events of the copy back.

    Source: video self-stitching of VSGN (Zhao et al., ICCV 2021).

    Args:
        max_len: Number of grid steps of a full training sequence, and of a stitched one.
        gap: Number of steps between video and copy.
        short_share: Videos are short up to this fraction of ``max_len``.
        **kwargs: See :class:`AVDataPreprocessor`.

    Raises:
        InputError: The copy of a short video would not always be longer than the video.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        gap: PositiveInt = 30,
        short_share: Annotated[float, Field(gt=0, le=1)] = 0.4,
        **kwargs,
    ):
        # Stitched sequences have max_len steps.
        super().__init__(max_len, test_lengths=1, **kwargs)
        self.gap, self.stitched_len = gap, max_len
        self.longest_clip = int(short_share * max_len)
        most = max_len - 2 * self.longest_clip - 1
        if gap > most:
            expected = f"at most {most}" if most > 0 else "a smaller short_share"
            raise InputError(
                f"model.data_preprocessor.gap: expected {expected}, got {gap}: behind a video of "
                f"{self.longest_clip} steps, short_share = {short_share:g} of model.max_len, the "
                "copy must be longer than it"
            )

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move a batch to the model's device, pad it, and stitch its short videos.

        See :meth:`AVDataPreprocessor.forward`.
        """
        joined = self.joined(data)
        padded = super().forward({**data, "inputs": joined}, training)
        inputs, samples = padded["inputs"], list(padded["data_samples"] or [])
        for row, steps in enumerate(joined[LENGTHS]["visual"]):
            if steps > self.longest_clip:
                continue
            clip = StitchedClip(steps, self.gap, self.stitched_len)
            copy = slice(clip.copy_start, clip.total)
            for name in MODALITIES:
                x = inputs[name][row]
                x[copy] = _stretched(x[:steps], clip.total - clip.copy_start)
            inputs["mask"][row, copy] = True
            if samples:
                samples[row] = _with_copies(samples[row], clip)
        return dict(inputs=inputs, data_samples=samples or padded["data_samples"])


def _stretched(x: Tensor, steps: int) -> Tensor:
    """(T, D) features stretched to the given number of steps, with fixed ends."""
    rows = F.interpolate(x.T[None], size=steps, mode="linear", align_corners=True)
    return rows[0].T


def _with_copies(sample, clip: StitchedClip):
    """A copy of a data sample with the events of both parts."""
    found = sample.new()
    found.set_metainfo(dict(clip=clip))
    if "gt_instances" in sample:
        segments, labels = sample.gt_instances.segments, sample.gt_instances.labels
        found.gt_instances = InstanceData(
            segments=torch.cat([segments, clip.to_copy(segments)]), labels=labels.repeat(2)
        )
    return found


@MODELS.register_module()
class StridedEncoder(BaseJointEncoder):
    """Encodes concatenated features with a convolution of stride 2.

    Args:
        spec: Sizes of the output stream: its width D.
        **kwargs: See :class:`BaseJointEncoder`.
    """

    stride = 2

    @checked
    def __init__(self, spec: FeatureSpec, **kwargs):
        super().__init__(**kwargs)
        self.conv = TemporalConv(self.in_channels, spec.channels, stride=self.stride)

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`BaseJointEncoder.encode`. The gap of a stitched sequence is included."""
        return self.conv(x).relu() * spanned(mask)[:, :: self.stride, None]


def nearest_steps(x: Tensor, mask: Tensor, copy: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Neighbours of each step: those with the smallest feature distance.

    The first half are arbitrary steps, including the step itself. For steps in the copy of a
    stitched sequence, the other half are steps outside the copy.

    Args:
        x: (B, T, D) features.
        mask: (B, T) bool, True = valid; at least one per sequence.
        copy: (B, T) bool, True for steps in the copy.
        count: Number of neighbours K; for a shorter sequence, all steps.

    Returns:
        tuple[Tensor, Tensor]: (B, T, K) long, the neighbours, and bool, whether they exist: a
        sequence may have fewer.
    """
    with torch.no_grad():
        x = at_least_float32(x)
        # Computed from differences, so that padding does not change distances by rounding.
        distance = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
        distance = distance.masked_fill(~mask[:, None], torch.inf)
        free, length = count // 2, x.shape[1]
        first = distance.topk(min(free, length), largest=False)
        distance = distance.scatter(2, first.indices, torch.inf)
        distance = distance.masked_fill(copy[:, None] & copy[:, :, None], torch.inf)
        other = distance.topk(min(count - free, length), largest=False)
        known = torch.cat([first.values, other.values], dim=2).isfinite()
        return torch.cat([first.indices, other.indices], dim=2), known


class GraphLayer(nn.Module):
    """A convolution and an edge convolution over the nearest steps, followed by max pooling.

    Source: VSGN (Zhao et al., ICCV 2021), with the edge convolution of DGCNN (Wang et al., TOG
    2019).

    Args:
        dim: Channels D.
        num_neighbours: Number of neighbours K of a step, including itself.
    """

    def __init__(self, dim: int, num_neighbours: int):
        super().__init__()
        self.num_neighbours = num_neighbours
        self.conv = TemporalConv(dim, dim)
        # A linear layer of concatenated neighbour and centre is the sum of two linear layers, of
        # which that of the neighbours is computed once per step instead of once per edge.
        self.near, self.centre = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor, copy: Tensor) -> Tensor:
        """(B, T, D), T even, with mask and copy (B, T) to (B, T / 2, D)."""
        places, known = nearest_steps(x, mask, copy, self.num_neighbours)
        sample = torch.arange(len(x), device=x.device)[:, None, None]
        edges = self.near(x)[sample, places].masked_fill(~known[..., None], -torch.inf)
        found = (self.conv(x) + self.centre(x) + edges.amax(2)).relu()
        # Padding is 0, which is not larger than any valid step.
        return (found * mask[..., None]).unflatten(1, (-1, 2)).amax(2)


class StridedLayer(TemporalConv):
    """Replacement of a graph layer: a convolution with stride 2.

    Args:
        dim: Channels D.
    """

    def __init__(self, dim: int):
        super().__init__(dim, dim, stride=2)

    def forward(self, x: Tensor, mask: Tensor, copy: Tensor) -> Tensor:  # type: ignore[override]
        """See :meth:`GraphLayer.forward`."""
        return super().forward(x).relu()


@MODELS.register_module()
class GraphPyramid(BaseModule):
    """A pyramid of graphs of similar steps. Each level has half the time resolution of its input.

    Source: the encoder of VSGN's cross-scale graph pyramid network (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the stream.
        num_levels: Number of levels L. The first one has twice the stride of the stream.
        num_neighbours: Number of neighbours K of a step, including itself; for shorter levels, all
            steps. With 0, convolutions replace the graphs.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_levels: PositiveInt = 5,
        num_neighbours: NonNegativeInt = 8,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        dim, strides = spec.channels, pyramid_strides(spec, num_levels + 1)[1:]
        self.out_spec = FeatureSpec(dim, strides, spec.max_len)
        self.layers = nn.ModuleList(
            GraphLayer(dim, num_neighbours) if num_neighbours else StridedLayer(dim)
            for _ in strides
        )

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Compute the levels.

        Args:
            streams: A single stream (B, T, D), 0 on padding; T is a multiple of 2^L.
            mask: (B, T) bool, True = valid. If it has a gap, steps after the gap are the copy of a
                stitched sequence, see :class:`SelfStitchPreprocessor`. The gap is part of the
                levels.

        Returns:
            Levels: L features (B, T / 2^l, D), and their masks.

        Raises:
            InputError: The encoder returns several streams.
        """
        x, whole = only_stream(streams, "GraphPyramid", "StridedEncoder"), spanned(mask)
        copy = mask & ((whole & ~mask).cumsum(1) > 0)
        features, masks = [], []
        for layer in self.layers:
            x = layer(x, whole, copy)
            whole, copy = whole[:, ::2], copy.unflatten(1, (-1, 2)).any(2)
            x = x * whole[..., None]
            features.append(x)
            masks.append(whole)
        return Levels(features, masks)


@MODELS.register_module()
class PyramidDecoder(BaseModule):
    """Adds coarse levels to fine ones by transposed convolutions.

    Source: the decoder of VSGN's cross-scale graph pyramid network (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the levels: their channels D, and their number.
    """

    @checked
    def __init__(self, spec: FeatureSpec, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        self.out_spec = spec
        dim, more = spec.channels, spec.strides[1:]
        # From coarse to fine.
        self.laterals = nn.ModuleList(TemporalConv(dim, dim) for _ in more)
        self.upsamplings = nn.ModuleList(
            nn.ConvTranspose1d(dim, dim, 3, stride=2, padding=1, output_padding=1) for _ in more
        )
        self.outputs = nn.ModuleList(TemporalConv(dim, dim) for _ in spec.strides)

    def forward(self, features: Sequence[Tensor], masks: Sequence[Tensor]) -> list[Tensor]:
        """L levels (B, T, D) with masks (B, T) to the same shapes, 0 on padding."""
        found: list[Tensor] = []
        levels = zip(self.outputs, reversed(features), reversed(masks), strict=True)
        for number, (output, x, mask) in enumerate(levels):
            keep = mask[..., None]
            if found:
                above = self.upsamplings[number - 1](found[-1].transpose(1, 2)).transpose(1, 2)
                x = (self.laterals[number - 1](x).relu() + above.relu()) * keep
            found.append(output(x).relu() * keep)
        return found[::-1]


@MODELS.register_module()
class BoundaryScorer(BaseModule):
    """Predicts whether each grid step is inside an event, at a start, and at an end.

    Source: the auxiliary heads of VSGN (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the levels: their channels D.
    """

    @checked
    def __init__(self, spec: FeatureSpec, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        dim = spec.channels
        self.towers = nn.ModuleList(
            nn.Sequential(TemporalConv(dim, dim), nn.ReLU(), nn.Linear(dim, 1)) for _ in range(3)
        )

    def forward(self, x: Tensor, mask: Tensor, steps: Tensor) -> Tensor:
        """Score the steps.

        Args:
            x: (B, n, D) finest level.
            mask: (B, n) bool, True = valid.
            steps: (B, T) bool, True = valid, on the grid. The first and last step of the level
                correspond to the first and last valid step of the grid.

        Returns:
            Tensor: (B, T, 3) in [0, 1].
        """
        scores = at_least_float32(torch.cat([tower(x) for tower in self.towers], -1)).sigmoid()
        scale = (mask.sum(1) - 1) / (steps.sum(1) - 1).clamp(min=1)
        place = torch.arange(steps.shape[1], device=x.device) * scale[:, None]
        place = place[:, :, None, None]
        # Values after the last valid step are arbitrary, but must be valid scores.
        found = sample_points(scores[:, :, None], place, torch.ones_like(place))
        return found[:, :, 0].clamp(0, 1) * steps[..., None]


class _ThreeSteps(TemporalConv):
    """A convolution over groups of three steps (..., 3, D), to (..., D)."""

    def forward(self, x: Tensor) -> Tensor:
        # (D_out, D, 3) to (D_out, 3 D), in the order of the steps.
        return F.linear(x.flatten(-2), self.weight.transpose(1, 2).flatten(1), self.bias)


@MODELS.register_module()
class BoundaryRefiner(BaseModule):
    """Corrects the ends of segments from the features at and around each end.

    Source: the boundary adjustment of VSGN (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the levels: their channels D, and the stride of the finest.
        context_ratio: Distance of the context to both sides of an end, relative to the length of
            the segment.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        context_ratio: Annotated[float, Field(gt=0, le=1)] = 0.125,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        dim, self.stride, self.context_ratio = spec.channels, spec.strides[0], context_ratio
        self.ends = nn.ModuleList(
            nn.Sequential(_ThreeSteps(dim, dim), nn.ReLU(), nn.Linear(dim, 1)) for _ in range(2)
        )

    def forward(self, x: Tensor, mask: Tensor, segments: Tensor, steps: Tensor) -> Tensor:
        """Predict corrections. Segments get no gradient.

        Args:
            x: (B, n, D) finest level.
            mask: (B, n) bool, True = valid.
            segments: (B, N, 2) first and last grid step.
            steps: (B,) number of valid grid steps.

        Returns:
            Tensor: (B, N, 2) corrections of starts and ends, in grid steps.
        """
        ends = segments.detach().clamp(min=0).minimum((steps - 1)[:, None, None])
        beside = self.context_ratio * (ends.diff(dim=-1) + 1)
        side = torch.arange(-1, 2, device=x.device)
        # (B, N, 2, 3)
        place = ((ends[..., None] + beside[..., None] * side) / self.stride).long()
        place = place.clamp(min=0).minimum((mask.sum(1) - 1)[:, None, None, None])
        sample = torch.arange(len(x), device=x.device)[:, None, None, None]
        found = x[sample, place].unbind(2)
        offsets = [layer(each) for layer, each in zip(self.ends, found, strict=True)]
        return at_least_float32(torch.cat(offsets, -1))
