"""The dense head of LoCo and related systems, following UnAV (Geng et al., CVPR 2023).

Shape letters: B batch, L levels, T steps of a level, T_i those of a video, P points of all levels,
C classes, O = C or 1 offsets per point, K entries of a point's targets, D input channels, M
predictions of a video.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, Part, Probability, checked
from ...errors import InputError
from ...ops import at_least_float32
from ...registry import MODELS, TASK_UTILS, build_part
from ...structures import StepWindow
from ..features import Features, FeatureSpec
from ..losses import distance_iou
from ..task_modules import PointTargets
from .base_event_head import BaseEventHead, EventTestCfg, PaddedEvents
from .decoding import Candidates, decode_points
from .normalizing import update_num_pos
from .point_predictions import PointPredictions, best_of_levels, own_points, stitch_points


class PointTestCfg(EventTestCfg):
    """Test settings of :class:`PointHead`.

    Attributes:
        score_thr: Candidates must have a higher score.
        pre_nms_top_k: Maximum number of candidates per level.
        min_length: Minimum length of a candidate in grid steps.
        steps_per_limit: Number of steps for which ``pre_nms_top_k`` and the suppression's
            ``max_num`` are meant: for a video with n times as many steps they are multiplied by n.
            By default they hold for every video.
    """

    score_thr: Annotated[float, Field(ge=0, lt=1)] = 0.001
    pre_nms_top_k: PositiveInt = 2000
    min_length: NonNegativeFloat = 0.05
    steps_per_limit: PositiveInt | None = None


@MODELS.register_module()
class PointHead(BaseEventHead):
    """Classifies each point, and regresses its event's ends, per class or for all classes.

    Args:
        num_classes: Number of classes C.
        spec: Sizes of the levels: their channels D and their strides.
        feat_channels: Channels of both towers.
        class_aware: Whether each class has its own offsets: O = C.
        classifier: Config of the classifier, by default :class:`ConvClassifier` with
            ``feat_channels`` and ``prior_prob``.
        regressor: Config of the regressor, by default :class:`ConvRegressor` with
            ``feat_channels`` and ``class_aware``.
        coder: Config of the coder between segments and offsets, :class:`DistanceCoder`.
        point_generator: Config of the points, :class:`PyramidPointGenerator`.
        assigner (dict): Config of the assigner.
        loss_cls (dict): Config of the classification loss: a sum over logits, targets and factors
            (B, P, C), where padded points have the factor 0.
        loss_reg (dict): Config of the regression loss: a sum over predicted and target offsets
            (B, P, K, 2), of which those of positives (B, P, K) count.
        test_cfg: Fields of :class:`PointTestCfg`.
        prior_prob: Initial score of the classification layer.
        iou_power: The classification loss of a positive is multiplied by IoU^iou_power of its
            predicted segment, with gradients to the offsets (TriDet, Shi et al., CVPR 2023). 0
            disables it.
        init_normalizer: Initial running mean of the number of positive points per process.
        normalizer_momentum: Momentum of this running mean.
    """

    stitches = True
    TestCfg = PointTestCfg

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        point_generator: Part | None = None,
        feat_channels: PositiveInt = 512,
        class_aware: bool = True,
        classifier: Part | None = None,
        regressor: Part | None = None,
        coder: Part | None = None,
        assigner: Part | None = None,
        loss_cls: Part | None = None,
        loss_reg: Part | None = None,
        test_cfg: dict | None = None,
        prior_prob: Annotated[float, Field(gt=0, lt=1)] = 0.01,
        iou_power: NonNegativeFloat = 0.0,
        init_normalizer: PositiveFloat = 250.0,
        normalizer_momentum: Probability = 0.9,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, test_cfg, init_cfg)
        self.strides = spec.strides
        points = point_generator or dict(type="PyramidPointGenerator")
        self.point_generator = build_part(
            TASK_UTILS, points, "point_generator", num_levels=len(self.strides)
        )
        self.assigner = build_part(TASK_UTILS, assigner or dict(type="PointAssigner"), "assigner")
        self.loss_cls = build_part(MODELS, loss_cls or dict(type="SigmoidFocalLoss"), "loss_cls")
        self.loss_reg = build_part(MODELS, loss_reg or dict(type="SegmentIoULoss"), "loss_reg")
        self.coder = build_part(TASK_UTILS, coder or dict(type="DistanceCoder"), "coder")
        self.normalizer_momentum = normalizer_momentum
        self.iou_power = iou_power
        sizes = dict(spec=spec, num_classes=num_classes)
        conv = dict(type="ConvClassifier", feat_channels=feat_channels, prior_prob=prior_prob)
        self.cls_tower = build_part(MODELS, classifier or conv, "classifier", **sizes)
        conv = dict(type="ConvRegressor", feat_channels=feat_channels, class_aware=class_aware)
        self.reg_tower = build_part(MODELS, regressor or conv, "regressor", **sizes)
        self.scale = nn.Parameter(torch.ones(len(self.strides)))
        self.register_buffer("loss_normalizer", torch.tensor(float(init_normalizer)))

    def forward(self, features: Features) -> PointPredictions:
        """Predict at each point.

        Args:
            features: L levels (B, T, D).

        Returns:
            PointPredictions: Predictions of all levels, fine to coarse.
        """
        levels, masks = features.levels, features.level_masks
        logits = self.cls_tower(levels, masks)
        offsets = self.reg_tower(levels, masks, self.scale)
        return PointPredictions(
            torch.cat(logits, 1),
            self.coder.activate(torch.cat(offsets, 1)),
            torch.cat(list(masks), 1),
            tuple(mask.shape[1] for mask in masks),
        )

    def loss_by_truth(
        self, predictions: PointPredictions, truth: PaddedEvents
    ) -> dict[str, Tensor]:
        """Losses from predictions.

        Args:
            predictions: Output of :meth:`forward`.
            truth: The events.

        Returns:
            dict[str, Tensor]: ``loss_cls`` and ``loss_reg``, both divided by the running mean of
            the number of positive points. A point counts once, even if it is positive for several
            classes (UnAV-100 has 5.6 % more pairs than points), as in the published code from which
            learning rates and loss weights are taken.
        """
        mask = predictions.mask
        points = self.point_generator(predictions.lengths, self.strides, mask.device)
        targets = self.assigner.assign(points, mask, *truth, self.num_classes)
        if self.training:
            num_pos = targets.classes.amax(-1).sum()
            update_num_pos(self.loss_normalizer, num_pos, self.normalizer_momentum)
        place = points.position[:, None], points.stride[:, None]
        wanted = self.coder.encode(*place, targets.segments)
        found = self._offsets_of(targets, predictions.offsets)
        # To select valid points, their number would have to be read from the device.
        factors = mask[..., None].to(targets.classes.dtype)
        if self.iou_power:
            factors = factors * self._iou_factors(targets, found, wanted)
        loss_cls = self.loss_cls(predictions.logits, targets.classes, factors)
        loss_reg = self.loss_reg(found, wanted, targets.positive)
        share = 1 / self.loss_normalizer
        return dict(loss_cls=loss_cls * share, loss_reg=loss_reg * share)

    @staticmethod
    def _offsets_of(targets: PointTargets, offsets: Tensor) -> Tensor:
        """(B, P, K, 2) predicted offsets of each entry of the targets, from (B, P, O, 2)."""
        if offsets.shape[2] == 1:
            return offsets.expand(-1, -1, targets.label.shape[-1], -1)
        if targets.per_class:
            return offsets
        return offsets.gather(2, targets.label[..., None].expand(-1, -1, -1, 2))

    def _iou_factors(self, targets: PointTargets, found: Tensor, wanted: Tensor) -> Tensor:
        """(B, P, C) factors of the classification loss, from offsets (B, P, K, 2)."""
        iou = distance_iou(at_least_float32(found), at_least_float32(wanted))
        # The gradient of the power is too large near 0.
        factor = (iou.clamp(min=1e-6) ** self.iou_power).to(targets.classes.dtype)
        factor = factor.where(targets.positive, 1.0)
        if targets.per_class:
            return factor
        if self.reg_tower.num_offsets == 1 and factor.shape[-1] == 1:
            # Classes of equally long events share the offsets.
            return factor.where(targets.classes > 0, 1.0)
        ones = torch.ones_like(targets.classes)
        return ones.scatter_reduce(2, targets.label, factor, "amin")

    def limit_scales(
        self, predictions: PointPredictions, data_samples: list, steps_per_limit: int | None
    ) -> list[int]:
        """See :meth:`BaseEventHead.limit_scales`; a value in ``test_cfg`` takes precedence."""
        usual = self.test_cfg.steps_per_limit or steps_per_limit
        return super().limit_scales(predictions, data_samples, usual)

    def candidates(
        self, predictions: PointPredictions, data_samples: list, limit_scales: Sequence[int]
    ) -> Candidates:
        """See :meth:`BaseEventHead.candidates`."""
        points = self.point_generator(predictions.lengths, self.strides, predictions.mask.device)
        scores = at_least_float32(predictions.logits).sigmoid() * predictions.mask[..., None]
        self.check_predictions(data_samples, scores, predictions.offsets)
        return decode_points(
            scores,
            at_least_float32(predictions.offsets),
            points,
            predictions.lengths,
            coder=self.coder,
            score_thr=self.test_cfg.score_thr,
            top_k=[scale * self.test_cfg.pre_nms_top_k for scale in limit_scales],
            min_length=self.test_cfg.min_length,
        )

    def has_points(self, segments: np.ndarray, steps: int) -> np.ndarray:
        """(N,) whether a point is positive for each event (N, 2) of a video."""
        length = -(-steps // self.strides[-1]) * self.strides[-1]
        lengths = [length // stride for stride in self.strides]
        points = self.point_generator(lengths, self.strides, torch.device("cpu"))
        valid = points.position < steps
        # Each event separately, so that none loses its points to another.
        targets = self.assigner.assign(
            points,
            valid.expand(len(segments), -1),
            torch.as_tensor(segments, dtype=torch.float32)[:, None],
            torch.zeros(len(segments), 1, dtype=torch.long),
            1,
        )
        return targets.classes.flatten(1).any(1).numpy()

    def set_classes(self, embeddings: np.ndarray) -> None:
        """Replace the classes (open vocabulary).

        Args:
            embeddings: (C, K) embeddings of any number of class names, by
                :func:`loco_mm.features.embed_classes`.

        Raises:
            InputError: The classifier does not use embeddings, each class has its own offsets, or
                the width of the embeddings is different.
        """
        if not hasattr(self.cls_tower, "set_embeddings"):
            raise InputError(
                "model.head.classifier: expected LanguageClassifier, which compares with "
                f"class names, got {type(self.cls_tower).__name__}"
            )
        if self.reg_tower.num_offsets > 1:
            raise InputError(
                "model.head.regressor: expected offsets shared by all classes (class_aware=False), "
                f"got offsets of {self.reg_tower.num_offsets} classes"
            )
        self.cls_tower.set_embeddings(embeddings)
        self.num_classes = len(embeddings)

    def class_scores(self, predictions: PointPredictions) -> list[Tensor]:
        """Score of each class at each step of a video: the maximum over levels.

        Args:
            predictions: Output of :meth:`forward`.

        Returns:
            list[Tensor]: (T_i, C) per video, on the CPU, from the nearest point of each level.
        """
        best = best_of_levels(predictions, self.strides).cpu()
        return [row[:count] for row, count in zip(best, predictions.num_steps, strict=True)]

    def stitch(
        self, predictions: list[PointPredictions], windows: Sequence[StepWindow]
    ) -> PointPredictions:
        """Predictions for a long video: those of the responsible window at each point.

        Args:
            predictions: Raw predictions for batches of windows, which start at multiples of the
                last stride.
            windows: The windows in order.
        """
        return stitch_points(predictions, windows, self.strides)

    def own_part(self, predictions: PointPredictions, window: StepWindow) -> PointPredictions:
        """See :meth:`BaseEventHead.own_part`."""
        own = own_points(predictions.mask, predictions.lengths, self.strides, window)
        return predictions._replace(mask=own)
