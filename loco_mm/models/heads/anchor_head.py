"""The head of anchor-based detectors.

Shape letters: B batch, T grid steps, P points of all levels, A anchors of a point, N = P * A
anchors, C classes, M events of a video (padded).
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor

from ...arguments import InitCfg, Part, checked
from ...ops import at_least_float32, spanned
from ...registry import MODELS, TASK_UTILS, build_part
from ...structures import StepWindow
from ..features import Features, FeatureSpec
from .anchor_losses import BOUNDARIES, boundary_terms, class_terms, segment_term
from .base_event_head import BaseEventHead, EventTestCfg
from .decoding import Candidates, best_first
from .normalizing import mean_over_processes
from .point_predictions import join_pieces, own_points, owned_pieces
from .tower import PredictionTower

GROUPS = 32


class AnchorPredictions(NamedTuple):
    """Output of the head for each anchor and each grid step.

    Attributes:
        logits: (B, P, A, C + 1) scores before the softmax; the first is for no event.
        segments: (B, P, A, 2) segments decoded from the anchors, in grid steps.
        offsets: (B, P, A, 2) corrections of their ends, in grid steps; 0 without refiner.
        boundaries: (B, T, 3) probabilities that a step is inside an event, at a start, and at an
            end; 1 without boundary scorer.
        mask: (B, P) bool, True = valid.
        steps: (B, T) bool, True = valid.
        lengths: Number of points of each level.
    """

    logits: Tensor
    segments: Tensor
    offsets: Tensor
    boundaries: Tensor
    mask: Tensor
    steps: Tensor
    lengths: tuple[int, ...]

    @property
    def num_steps(self) -> list[int]:
        """Number of valid steps of each video."""
        return self.steps.sum(1).tolist()


class AnchorTestCfg(EventTestCfg):
    """Test settings of :class:`AnchorHead`.

    Attributes:
        score_thr: Candidates must have a higher class score.
        pre_nms_top_k: Maximum number of candidates per video.
    """

    score_thr: Annotated[float, Field(ge=0, lt=1)] = 0.005
    pre_nms_top_k: PositiveInt = 2000


@MODELS.register_module()
class AnchorHead(BaseEventHead):
    """Classifies anchors, with no event as a class, and decodes segments from them.

    Optionally a second stage corrects the ends of the segments, and scores are multiplied by the
    probabilities that events start and end there.

    Source: VSGN (Zhao et al., ICCV 2021).

    Args:
        num_classes: Number of classes C.
        spec: Sizes of the levels: their channels, a multiple of 32, and their strides.
        num_convs: Number of convolutions of both towers before the output layer.
        anchors: Config of the anchors, :class:`AnchorGenerator`.
        coder: Config of the coder of segments relative to anchors, :class:`DeltaCoder`.
        assigner: Config of the assignment of anchors (for regression) and of predicted segments
            (for classification), :class:`MaxOverlapAssigner`.
        refiner: Config of the second stage, such as :class:`BoundaryRefiner`.
        refiner_assigner: Config of its assignment of predicted segments, by default
            :class:`MaxOverlapAssigner` with an overlap of 0.7.
        boundary: Config of the boundary scorer, such as :class:`BoundaryScorer`.
        boundary_weight: Weight of each of its three losses.
        test_cfg: Fields of :class:`AnchorTestCfg`.
    """

    stitches = True
    TestCfg = AnchorTestCfg

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        num_convs: PositiveInt = 4,
        anchors: Part | None = None,
        coder: Part | None = None,
        assigner: Part | None = None,
        refiner: Part | None = None,
        refiner_assigner: Part | None = None,
        boundary: Part | None = None,
        boundary_weight: NonNegativeFloat = 0.2,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, test_cfg, init_cfg)
        self.strides = spec.strides
        self.anchor_generator = build_part(
            TASK_UTILS, anchors or dict(type="AnchorGenerator"), "anchors"
        )
        self.coder = build_part(TASK_UTILS, coder or dict(type="DeltaCoder"), "coder")
        best = dict(type="MaxOverlapAssigner")
        self.assigner = build_part(TASK_UTILS, assigner or best, "assigner")
        self.refiner_assigner = build_part(
            TASK_UTILS, refiner_assigner or dict(best, min_overlap=0.7), "refiner_assigner"
        )
        self.refiner = build_part(MODELS, refiner, "refiner", spec=spec) if refiner else None
        self.boundary = build_part(MODELS, boundary, "boundary", spec=spec) if boundary else None
        self.boundary_weight = boundary_weight
        per_point = len(self.anchor_generator.scales)
        self.cls_tower, self.reg_tower = (
            PredictionTower(
                spec.channels,
                spec.channels,
                per_point * outputs,
                num_convs=num_convs,
                groups=GROUPS,
            )
            for outputs in (num_classes + 1, 2)
        )

    def forward(self, features: Features) -> AnchorPredictions:
        """Predict for each anchor.

        Args:
            features: Levels (B, T / stride, D).
        """
        levels, masks = features.levels, features.level_masks
        lengths = tuple(mask.shape[1] for mask in masks)
        logits, deltas = (
            torch.cat(tower(levels, masks), 1) for tower in (self.cls_tower, self.reg_tower)
        )
        anchors = self.anchor_generator(lengths, self.strides, deltas.device)
        per_point = anchors.shape[1]
        deltas = at_least_float32(deltas).unflatten(-1, (per_point, 2))
        segments = self.coder.decode(anchors.to(deltas.dtype), deltas)
        steps = spanned(features.mask)
        offsets = torch.zeros_like(segments)
        if self.refiner is not None:
            flat = segments.flatten(1, 2)
            found = self.refiner(levels[0], masks[0], flat, steps.sum(1))
            offsets = found.unflatten(1, segments.shape[1:3])
        boundaries = segments.new_ones(*steps.shape, len(BOUNDARIES))
        if self.boundary is not None:
            boundaries = self.boundary(levels[0], masks[0], steps)
        mask = torch.cat(list(masks), 1)
        logits = logits.unflatten(-1, (per_point, -1))
        return AnchorPredictions(logits, segments, offsets, boundaries, mask, steps, lengths)

    def loss_by_feat(self, predictions: AnchorPredictions, data_samples: list) -> dict[str, Tensor]:
        """Losses from predictions.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_instances`` with segments (M, 2) in grid
                steps and labels (M,).

        Returns:
            dict[str, Tensor]: ``loss_cls``, the mean over anchors with an event plus the mean over
            those without; ``loss_reg`` and ``loss_refine``, 1 - GIoU of segments and of corrected
            segments, averaged over those with an event; and over steps, ``loss_action``,
            ``loss_start`` and ``loss_end``, means of positives and negatives with equal weights.
        """
        logits, found, offsets, boundaries = (at_least_float32(x) for x in predictions[:4])
        gt = self.ground_truth(data_samples, logits.device)
        logits, found, offsets = (x.flatten(1, 2) for x in (logits, found, offsets))
        anchors = self.anchor_generator(predictions.lengths, self.strides, found.device)
        per_point = anchors.shape[1]
        mask = predictions.mask.repeat_interleave(per_point, 1)
        anchors = anchors.flatten(0, 1).to(found.dtype).expand_as(found)
        of_anchors = self.assigner.assign(anchors, mask, *gt)
        of_found = self.assigner.assign(found, mask, *gt)
        # Sum and number of terms of each mean.
        terms = class_terms(logits, of_found, mask, gt)
        terms["reg"] = segment_term(found, of_anchors, gt)
        if self.refiner is not None:
            of_refined = self.refiner_assigner.assign(found, mask, *gt)
            # The second stage corrects its input segments, and passes no gradient to them.
            terms["refine"] = segment_term(found.detach() + offsets, of_refined, gt)
        if self.boundary is not None:
            terms |= boundary_terms(boundaries, predictions.steps, gt)
        sums, counts = (torch.stack(x) for x in zip(*terms.values(), strict=True))
        means = dict(zip(terms, sums / mean_over_processes(counts).clamp(min=1), strict=True))
        losses = dict(loss_cls=means["cls"] + means["no_cls"], loss_reg=means["reg"])
        if self.refiner is not None:
            losses["loss_refine"] = means["refine"]
        if self.boundary is not None:
            for name in BOUNDARIES:
                balanced = 0.5 * (means[name] + means[f"no_{name}"])
                losses[f"loss_{name}"] = self.boundary_weight * balanced
        return losses

    def candidates(
        self, predictions: AnchorPredictions, data_samples: list, limit_scales: Sequence[int]
    ) -> Candidates:
        """See :meth:`BaseEventHead.candidates`."""
        shares = at_least_float32(predictions.logits).softmax(-1)[..., 1:]
        shares = (shares * predictions.mask[..., None, None]).flatten(1, 2)
        # Corrections, or lengths of less than one step, may exchange start and end.
        segments = (predictions.segments + predictions.offsets).flatten(1, 2).sort(-1).values
        self.check_predictions(data_samples, shares, segments)
        videos = []
        rows = shares, segments, predictions.boundaries, predictions.num_steps, limit_scales
        for share, found, boundaries, steps, limit_scale in zip(*rows, strict=True):
            score = share * _likely_ends(found, boundaries[:steps, 1:])[:, None]
            pairs = (share > self.test_cfg.score_thr).flatten().nonzero()[:, 0]
            top_k = limit_scale * self.test_cfg.pre_nms_top_k
            pairs = pairs[best_first(score.flatten()[pairs], top_k)]
            anchor, label = pairs // self.num_classes, pairs % self.num_classes
            videos.append((found[anchor], score[anchor, label], label))
        return Candidates.padded(videos)

    def in_video(self, segments: Tensor, sample: Any) -> Tensor:
        """Also clip to the video, so that the suppression compares clipped segments."""
        ends = (float(sample.grid.to_grid(second)) for second in (0.0, float(sample.duration)))
        return super().in_video(segments, sample).clamp(*ends)

    def stitch(
        self, predictions: list[AnchorPredictions], windows: Sequence[StepWindow]
    ) -> AnchorPredictions:
        """Predictions for a long video: those of the responsible window at each point.

        Args:
            predictions: Raw predictions for batches of windows, which start at multiples of the
                last stride.
            windows: The windows in order.
        """
        of_levels, lengths = owned_pieces(windows, self.strides, predictions[0].lengths)
        of_steps, _ = owned_pieces(windows, [1], [predictions[0].steps.shape[1]])
        start = predictions[0].segments.new_tensor([window.start for window in windows])
        joined = {}
        for name in AnchorPredictions._fields[:-1]:
            every = torch.cat([getattr(batch, name) for batch in predictions])
            if name == "segments":
                every = every + start[:, None, None, None]
            joined[name] = join_pieces(every, of_steps if name in _OF_STEPS else of_levels)
        return AnchorPredictions(**joined, lengths=lengths)

    def own_part(self, predictions: AnchorPredictions, window: StepWindow) -> AnchorPredictions:
        """See :meth:`BaseEventHead.own_part`."""
        own = own_points(predictions.mask, predictions.lengths, self.strides, window)
        return predictions._replace(mask=own)


_OF_STEPS = ("boundaries", "steps")


def _likely_ends(segments: Tensor, scores: Tensor) -> Tensor:
    """(N,) probability that segments (N, 2) have the right ends, from scores (T, 2) of steps."""
    place = segments.clamp(0, len(scores) - 1)
    side = torch.arange(2, device=segments.device)
    near = 0.5 * (scores[place.floor().long(), side] + scores[place.ceil().long(), side])
    return near.prod(-1)
