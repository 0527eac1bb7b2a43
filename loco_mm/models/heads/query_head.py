"""The head of query-based detectors, following DETR (Carion et al., ECCV 2020).

Shape letters: N layers of the decoder, B batch, T steps, Q queries, C classes, M events of a video
(padded). A segment is a centre and a width, both relative to the interval that the steps of a
video, or of a window, cover.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, Part, checked
from ...errors import InputError
from ...ops import at_least_float32, segment_overlap, to_ends
from ...registry import MODELS, TASK_UTILS, build_part
from ...structures import StepWindow
from ..features import Features, FeatureSpec
from .base_event_head import BaseEventHead, EventTestCfg, PaddedEvents
from .decoding import Candidates, best_first
from .normalizing import mean_over_processes
from .tower import start_scores


class QueryPredictions(NamedTuple):
    """Output of the head for each query.

    Attributes:
        logits: (N, B, Q, C) class scores before the sigmoid, after each layer.
        segments: (N, B, Q, 2) centres and widths.
        actionness: (B, Q) predicted overlap of the last segment with an event; 1 without
            actionness regressor.
        start: (B, Q) first step of the window that a query has seen.
        steps: (B, Q) number of steps of that window, or of the video.
    """

    logits: Tensor
    segments: Tensor
    actionness: Tensor
    start: Tensor
    steps: Tensor

    @property
    def num_steps(self) -> list[int]:
        """Number of steps of each video seen by its queries; 0 if there are no queries."""
        return nn.functional.pad(self.start + self.steps, (0, 1)).amax(1).tolist()


class QueryTestCfg(EventTestCfg):
    """Test settings of :class:`QueryHead`.

    Attributes:
        nms: See :class:`EventTestCfg`; by default none.
        top_k: Maximum number of query and class pairs per video.
    """

    nms: Part | None = None
    top_k: PositiveInt = 100


@MODELS.register_module()
class QueryHead(BaseEventHead):
    """Predicts one event, or none, per query, so that no suppression is needed.

    A decoder updates queries and their segments layer by layer. In training, each event is matched
    with one query (:class:`HungarianAssigner`) of each layer.

    Source: TadTR (Liu et al., TIP 2022).

    Args:
        num_classes: Number of classes C.
        spec: Sizes of the single level: its channels.
        decoder: Config of the decoder, such as :class:`DeformableDecoder`. It is built with
            ``spec``, called with the level and its mask, and returns ``states`` (N, B, Q, D) and
            ``segments`` (N, B, Q, 2). With ``refine``, each layer has its own classifier.
        actionness: Config of a regressor that scores segments, such as
            :class:`ActionnessRegressor`.
        assigner: Config of the matching, :class:`HungarianAssigner`.
        loss_cls: Config of the classification loss, which is summed over queries.
        distance_weight: Weight of the L1 loss of centres and widths.
        overlap_weight: Weight of 1 - IoU.
        actionness_weight: Weight of the L1 loss of actionness.
        prior_prob: Initial score of the classification layer.
        test_cfg: Fields of :class:`QueryTestCfg`.
    """

    stitches = True
    TestCfg = QueryTestCfg

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        decoder: Part,
        actionness: Part | None = None,
        assigner: Part | None = None,
        loss_cls: Part | None = None,
        distance_weight: NonNegativeFloat = 5.0,
        overlap_weight: NonNegativeFloat = 2.0,
        actionness_weight: NonNegativeFloat = 4.0,
        prior_prob: Annotated[float, Field(gt=0, lt=1)] = 0.01,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, test_cfg, init_cfg)
        if len(spec.strides) != 1:
            raise InputError(
                "model.pyramid: expected 1 level, which the queries of model.head read, got "
                f"{len(spec.strides)}"
            )
        self.decoder = build_part(MODELS, decoder, "decoder", spec=spec)
        self.actionness = None
        if actionness:
            self.actionness = build_part(MODELS, actionness, "actionness", spec=spec)
        self.assigner = build_part(
            TASK_UTILS, assigner or dict(type="HungarianAssigner"), "assigner"
        )
        focal = dict(type="SigmoidFocalLoss", loss_weight=2.0)
        self.loss_cls = build_part(MODELS, loss_cls or focal, "loss_cls")
        self.distance_weight = distance_weight
        self.overlap_weight = overlap_weight
        self.actionness_weight = actionness_weight
        count = self.decoder.num_layers if self.decoder.refine else 1
        layers = [nn.Linear(spec.channels, num_classes) for _ in range(count)]
        self.classifiers = nn.ModuleList(layers)
        for layer in layers:
            start_scores(layer, prior_prob)

    def forward(self, features: Features) -> QueryPredictions:
        """Predict an event for each query.

        Args:
            features: One level (B, T, D).
        """
        (memory,), (mask,) = features.levels, features.level_masks
        states, segments = self.decoder(memory, mask)
        layers = self.classifiers if self.decoder.refine else [self.classifiers[0]] * len(states)
        logits = torch.stack([layer(x) for layer, x in zip(layers, states, strict=True)])
        actionness = torch.ones_like(segments[-1, ..., 0])
        if self.actionness is not None:
            actionness = self.actionness(memory, mask, segments[-1].detach())
        steps = mask.sum(1, keepdim=True).expand_as(actionness)
        return QueryPredictions(logits, segments, actionness, torch.zeros_like(steps), steps)

    def loss_by_feat(self, predictions: QueryPredictions, data_samples: list) -> dict[str, Tensor]:
        """Losses from predictions.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_instances`` with segments (M, 2) in grid
                steps and labels (M,), and meta ``grid``.

        Returns:
            dict[str, Tensor]: ``loss_cls``, ``loss_distance`` and ``loss_overlap``, summed over
            layers and divided by the number of events, and ``loss_actionness``, the mean over
            queries.
        """
        logits, segments = predictions.logits, at_least_float32(predictions.segments)
        gt = self.relative_ground_truth(predictions, data_samples)
        pairs = self.assigner.assign(logits, segments, gt.segments, gt.labels)
        place = pairs[:3]
        classes = torch.zeros_like(logits)
        classes[(*place, gt.labels[pairs.sample, pairs.event])] = 1
        share = 1 / mean_over_processes((gt.labels >= 0).sum()).clamp(min=1)
        found, wanted = segments[place], gt.segments[pairs.sample, pairs.event]
        overlap = segment_overlap(to_ends(found), to_ends(wanted))
        losses = dict(
            loss_cls=self.loss_cls(logits.flatten(0, 2), classes.flatten(0, 2)) * share,
            loss_distance=self.distance_weight * (found - wanted).abs().sum() * share,
            loss_overlap=self.overlap_weight * (1 - overlap).sum() * share,
        )
        if self.actionness is not None:
            best = best_overlap(segments[-1].detach(), gt)
            missed = (predictions.actionness - best).abs().mean()
            losses["loss_actionness"] = self.actionness_weight * missed
        return losses

    def relative_ground_truth(
        self, predictions: QueryPredictions, data_samples: list
    ) -> PaddedEvents:
        """Ground truth with segments as relative centres and widths."""
        segments, labels = self.ground_truth(data_samples, predictions.logits.device)
        ends = []
        for events, steps, sample in zip(
            segments, predictions.steps[:, 0], data_samples, strict=True
        ):
            first, span = covered(sample.grid, steps)
            ends.append((events - first) / span)
        start, end = torch.stack(ends).clamp(0, 1).unbind(-1)
        return PaddedEvents(torch.stack([(start + end) / 2, end - start], dim=-1), labels)

    def candidates(
        self, predictions: QueryPredictions, data_samples: list, limit_scales: Sequence[int]
    ) -> Candidates:
        """See :meth:`BaseEventHead.candidates`."""
        logits, segments = predictions.logits[-1], at_least_float32(predictions.segments[-1])
        actionness = at_least_float32(predictions.actionness)
        scores = at_least_float32(logits).sigmoid() * actionness[..., None]
        self.check_predictions(data_samples, scores, segments)
        videos = []
        starts, counts = predictions.start, predictions.steps
        rows = scores, to_ends(segments), starts, counts, limit_scales, data_samples
        for score, ends, start, steps, limit_scale, sample in zip(*rows, strict=True):
            flat = score.flatten()
            order = best_first(flat, limit_scale * self.test_cfg.top_k)
            query = order // self.num_classes
            first, span = covered(sample.grid, steps[query, None])
            on_grid = start[query, None] + first + ends[query] * span
            videos.append((on_grid, flat[order], order % self.num_classes))
        return Candidates.padded(videos)

    def stitch(
        self, predictions: list[QueryPredictions], windows: Sequence[StepWindow]
    ) -> QueryPredictions:
        """Predictions for a long video: from each window, those centred in its own part.

        Args:
            predictions: Raw predictions for batches of windows.
            windows: The windows in order.
        """
        logits, segments = (
            torch.cat(x, dim=1) for x in zip(*(p[:2] for p in predictions), strict=True)
        )
        actionness, start, steps = (
            torch.cat(x) for x in zip(*(p[2:] for p in predictions), strict=True)
        )
        own = self._own(segments, steps, windows)
        start = start + steps.new_tensor([window.start for window in windows])[:, None]
        layers = (x[:, own][:, None] for x in (logits, segments))
        return QueryPredictions(*layers, *(x[own][None] for x in (actionness, start, steps)))

    def own_part(self, predictions: QueryPredictions, window: StepWindow) -> QueryPredictions:
        """See :meth:`BaseEventHead.own_part`; actionness is 0 outside of it."""
        own = self._own(predictions.segments, predictions.steps, [window])
        return predictions._replace(actionness=predictions.actionness * own)

    @staticmethod
    def _own(segments: Tensor, steps: Tensor, windows: Sequence[StepWindow]) -> Tensor:
        """(W, Q) whether the centre of a query is in the own part of its window.

        Args:
            segments: (N, W, Q, 2) segments of all layers, as centre and width.
            steps: (W, Q) steps of each query's window.
            windows: The W windows.
        """
        shift, stop, first, last = steps.new_tensor([tuple(window) for window in windows]).T
        # A centre at the very end of a window without a successor there is its own.
        last = last + (last == stop)
        centre = shift[:, None] + segments[-1, ..., 0] * steps
        return (centre >= first[:, None]) & (centre < last[:, None])


def covered(grid, steps: Tensor) -> tuple[float, Tensor]:
    """Start and length, on the grid, of the interval that the features of some steps cover.

    A step is at the centre of its frames, so the interval starts before the first step.
    """
    first = float(grid.to_grid(0.0))
    return first, steps - 1 - 2 * first


def best_overlap(segments: Tensor, gt: PaddedEvents) -> Tensor:
    """(B, Q) maximum IoU of segments (B, Q, 2) with events of their video; 0 without events."""
    ends, wanted = to_ends(segments)[:, :, None], to_ends(gt.segments)[:, None]
    overlap = segment_overlap(ends, wanted) * (gt.labels >= 0)[:, None]
    return nn.functional.pad(overlap, (0, 1)).amax(-1)
