"""What VSGN (Zhao et al., ICCV 2021) alone has: self-stitching, graphs of steps, and boundaries.

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
from ...ops import at_least_float32, sample_points, spanned
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
    """Puts a magnified copy behind each short video, so that its short events are found there, too.

    A sequence of ``max_len`` steps is the video, a gap of zeros, and the video stretched over what
    is left. The gap is no valid step: a mask with a gap tells a stitched sequence. Data samples say
    in their meta ``clip``, a :class:`StitchedClip`, what was done, and their events are those of
    both parts. Heads whose segments stand on the steps of a sequence move what they find in the
    copy back.

    Source: video self-stitching of VSGN (Zhao et al., ICCV 2021).

    Args:
        max_len: Grid steps of a full training sequence, and of a stitched one.
        gap: Steps between video and copy.
        short_share: Videos of at most this share of ``max_len`` are short.
        **kwargs: See :class:`AVDataPreprocessor`.

    Raises:
        InputError: The copy of some short video would not be longer than the video.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        gap: PositiveInt = 30,
        short_share: Annotated[float, Field(gt=0, le=1)] = 0.4,
        **kwargs,
    ):
        super().__init__(max_len, **kwargs)
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
        padded = super().forward(data, training)
        inputs, samples = padded["inputs"], list(padded["data_samples"] or [])
        # Of what came, so that the device is not waited for.
        for row, steps in enumerate(len(x) for x in data["inputs"]["visual"]):
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
    """(T, D) features over so many steps, the ends on the ends."""
    rows = F.interpolate(x.T[None], size=steps, mode="linear", align_corners=True)
    return rows[0].T


def _with_copies(sample, clip: StitchedClip):
    """A data sample of both parts; the given one stays as it is."""
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
    """Encodes joined features with one convolution, which halves the time.

    Args:
        spec: Sizes of the stream that it gives: its width D.
        **kwargs: See :class:`BaseJointEncoder`.
    """

    stride = 2

    @checked
    def __init__(self, spec: FeatureSpec, **kwargs):
        super().__init__(**kwargs)
        self.conv = TemporalConv(self.in_channels, spec.channels, stride=self.stride)

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`BaseJointEncoder.encode`; the gap of a stitched sequence is part of it."""
        return self.conv(x).relu() * spanned(mask)[:, :: self.stride, None]


def nearest_steps(x: Tensor, mask: Tensor, copy: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Each step's neighbours: those whose features differ least from its own.

    The first half are any steps, itself among them. Of the other half, those of a step of the copy
    of a stitched sequence are none of the copy's.

    Args:
        x: (B, T, D) features.
        mask: (B, T) bool, True = valid, one at least a sequence.
        copy: (B, T) bool, True = of the copy.
        count: Neighbours K; of a shorter sequence, all steps.

    Returns:
        tuple[Tensor, Tensor]: (B, T, K) long, the neighbours, and bool, whether they are some: a
        sequence may have fewer.
    """
    with torch.no_grad():
        x = at_least_float32(x)
        # Of differences and not of products, so that padding changes no distance by rounding.
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
    """A convolution beside an edge convolution over the nearest steps, then a max pool of two.

    Source: VSGN (Zhao et al., ICCV 2021), with the edge convolution of DGCNN (Wang et al., TOG
    2019).

    Args:
        dim: Channels D.
        num_neighbours: Neighbours K of a step, itself included.
    """

    def __init__(self, dim: int, num_neighbours: int):
        super().__init__()
        self.num_neighbours = num_neighbours
        self.conv = TemporalConv(dim, dim)
        # A linear layer of neighbour and centre, joined, is the sum of two: the neighbours' share
        # is computed once a step, and not once an edge.
        self.near, self.centre = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor, copy: Tensor) -> Tensor:
        """(B, T, D), T even, with mask and copy (B, T) to (B, T / 2, D)."""
        places, known = nearest_steps(x, mask, copy, self.num_neighbours)
        sample = torch.arange(len(x), device=x.device)[:, None, None]
        edges = self.near(x)[sample, places].masked_fill(~known[..., None], -torch.inf)
        found = (self.conv(x) + self.centre(x) + edges.amax(2)).relu()
        # Padding is 0, which is no more than any valid step.
        return (found * mask[..., None]).unflatten(1, (-1, 2)).amax(2)


class StridedLayer(TemporalConv):
    """What stands in place of a graph layer without one: a convolution that halves the time.

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
    """A pyramid of graphs of similar steps; each level halves the time of what it reads.

    Source: the encoder of VSGN's cross-scale graph pyramid network (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the stream.
        num_levels: Levels L. The first has twice the stride of the stream.
        num_neighbours: Neighbours K of a step, itself included; a level of fewer steps has
            all of them. With 0 there are convolutions in place of the graphs.
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
        """Build the levels.

        Args:
            streams: One stream (B, T, D), 0 on padding; T a multiple of
                2^L.
            mask: (B, T) bool, True = valid. With a gap in it, what follows the gap is the
                copy of a stitched sequence, see :class:`SelfStitchPreprocessor`. The gap itself is
                part of the levels.

        Returns:
            Levels: L features (B, T / 2^l, D), and their masks.

        Raises:
            InputError: The encoder gives several streams.
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
    """Brings coarse levels into fine ones by transposed convolutions.

    Source: the decoder of VSGN's cross-scale graph pyramid network (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the levels: their channels D, and how many there are.
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
    """How likely each grid step lies within an event, at the start of one, and at the end of one.

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
            steps: (B, T) bool, True = valid, of the grid. The first and the last step of
                the level are the grid's first and last valid ones.

        Returns:
            Tensor: (B, T, 3) in [0, 1].
        """
        scores = at_least_float32(torch.cat([tower(x) for tower in self.towers], -1)).sigmoid()
        scale = (mask.sum(1) - 1) / (steps.sum(1) - 1).clamp(min=1)
        place = torch.arange(steps.shape[1], device=x.device) * scale[:, None]
        place = place[:, :, None, None]
        # What lies beyond the last valid step has no meaning, and must be a score all the same.
        found = sample_points(scores[:, :, None], place, torch.ones_like(place))
        return found[:, :, 0].clamp(0, 1) * steps[..., None]


class _ThreeSteps(TemporalConv):
    """A convolution over three steps that stand side by side (..., 3, D), to (..., D)."""

    def forward(self, x: Tensor) -> Tensor:
        return self.of_taps(x.flatten(-2))


@MODELS.register_module()
class BoundaryRefiner(BaseModule):
    """Corrects the ends of segments from the features at each end and a little around it.

    Source: the boundary adjustment of VSGN (Zhao et al., ICCV 2021).

    Args:
        spec: Sizes of the levels: their channels D, and the stride of the finest.
        reach: Share of a segment's length by which to look to both sides of an end.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        reach: Annotated[float, Field(gt=0, le=1)] = 0.125,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        dim, self.stride, self.reach = spec.channels, spec.strides[0], reach
        self.ends = nn.ModuleList(
            nn.Sequential(_ThreeSteps(dim, dim), nn.ReLU(), nn.Linear(dim, 1)) for _ in range(2)
        )

    def forward(self, x: Tensor, mask: Tensor, segments: Tensor, steps: Tensor) -> Tensor:
        """Find corrections; no gradient reaches the segments.

        Args:
            x: (B, n, D) finest level.
            mask: (B, n) bool, True = valid.
            segments: (B, N, 2) in grid steps, the last included.
            steps: (B,) valid grid steps.

        Returns:
            Tensor: (B, N, 2) to be added to starts and ends, in grid steps.
        """
        ends = segments.detach().clamp(min=0).minimum((steps - 1)[:, None, None])
        beside = self.reach * (ends.diff(dim=-1) + 1)
        side = torch.arange(-1, 2, device=x.device)
        # (B, N, 2, 3)
        place = ((ends[..., None] + beside[..., None] * side) / self.stride).long()
        place = place.clamp(min=0).minimum((mask.sum(1) - 1)[:, None, None, None])
        sample = torch.arange(len(x), device=x.device)[:, None, None, None]
        found = x[sample, place].unbind(2)
        offsets = [layer(each) for layer, each in zip(self.ends, found, strict=True)]
        return at_least_float32(torch.cat(offsets, -1))
