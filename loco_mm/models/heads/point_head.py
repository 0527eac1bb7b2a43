"""The class-aware dense head of LoCo, as in UnAV (Geng et al., CVPR 2023).

The contract is MMDetection's: ``loss = forward + loss_by_feat``, ``predict = forward +
predict_by_feat``.

Shape letters: B batch, L levels, T steps of a level, P points of all levels, C classes,
D input channels, N events of a video, M predictions of a video.
"""

import math
from typing import NamedTuple

import torch
import torch.distributed as dist
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from ...errors import InputError
from ...ops import at_least_float32
from ...registry import MODELS, TASK_UTILS, build_part
from ..layers import TemporalConv
from .decoding import decode_video


class PointPredictions(NamedTuple):
    """What the head says of every point.

    Attributes:
        logits (Tensor): (B, P, C) class scores before the sigmoid.
        offsets (Tensor): (B, P, C, 2) distances to an event's ends, in strides, not negative.
        mask (Tensor): (B, P) bool, True = valid.
        lengths (tuple[int, ...]): Points of each level.
    """

    logits: Tensor
    offsets: Tensor
    mask: Tensor
    lengths: tuple[int, ...]


class _Tower(nn.Module):
    """Two convolutions with norms and an output convolution, shared by all levels."""

    def __init__(self, in_channels: int, channels: int, out_channels: int):
        super().__init__()
        self.convs = nn.ModuleList(
            [
                TemporalConv(in_channels, channels, bias=False),
                TemporalConv(channels, channels, bias=False),
            ]
        )
        self.norms = nn.ModuleList([nn.LayerNorm(channels), nn.LayerNorm(channels)])
        self.output = TemporalConv(channels, out_channels)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        keep = mask[..., None].to(x.dtype)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.relu(norm(conv(x))) * keep
        # bfloat16 has steps of 1/32 from 4 to 8: too coarse for distances, and for the order of
        # scores. The output keeps the weights' precision under autocast.
        with torch.autocast(x.device.type, enabled=False):
            return self.output(x.to(self.output.weight.dtype))


@MODELS.register_module()
class PointHead(BaseModule):
    """Classifies every point and regresses, per class, the distances to an event's ends.

    Args:
        num_classes (int): Classes C.
        strides (Sequence[int]): Stride of each level, in grid steps. The localizer passes those
            of its pyramid.
        in_channels (int): Channels D of the levels.
        feat_channels (int): Channels of both towers.
        point_generator (dict | None): Config of the points, :class:`PyramidPointGenerator`.
        assigner (dict): Config of the assigner.
        loss_cls (dict): Config of the classification loss, summed over points.
        loss_reg (dict): Config of the regression loss, summed over positives.
        test_cfg (dict): ``score_thr`` (0.001), ``pre_nms_top_k`` a level (2000), ``min_length``
            in grid steps (0.05) and ``nms``, the config of the suppression.
        prior_prob (float): Score that classification starts from.
        init_normalizer (float): Where the running number of positive points of a process starts.
        normalizer_momentum (float): Share of it that a step keeps.
    """

    def __init__(
        self,
        num_classes: int,
        strides: tuple[int, ...],
        point_generator: dict | None = None,
        in_channels: int = 1024,
        feat_channels: int = 512,
        assigner: dict | None = None,
        loss_cls: dict | None = None,
        loss_reg: dict | None = None,
        test_cfg: dict | None = None,
        prior_prob: float = 0.01,
        init_normalizer: float = 250.0,
        normalizer_momentum: float = 0.9,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.strides = tuple(strides)
        points = point_generator or dict(type="PyramidPointGenerator")
        self.point_generator = build_part(TASK_UTILS, points, num_levels=len(self.strides))
        self.assigner = TASK_UTILS.build(assigner or dict(type="PointAssigner"))
        self.loss_cls = MODELS.build(loss_cls or dict(type="SigmoidFocalLoss"))
        self.loss_reg = MODELS.build(loss_reg or dict(type="SegmentIoULoss"))
        self.score_thr, self.pre_nms_top_k, self.min_length, self.nms = _test_settings(test_cfg)
        self.normalizer_momentum = normalizer_momentum
        self.cls_tower = _Tower(in_channels, feat_channels, num_classes)
        self.reg_tower = _Tower(in_channels, feat_channels, 2 * num_classes)
        nn.init.constant_(self.cls_tower.output.bias, -math.log((1 - prior_prob) / prior_prob))
        self.scale = nn.Parameter(torch.ones(len(self.strides)))
        self.register_buffer("loss_normalizer", torch.tensor(float(init_normalizer)))

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> PointPredictions:
        """Predict at every point.

        Args:
            features (list[Tensor]): L levels (B, T, D), 0 on padding.
            masks (list[Tensor]): L levels (B, T) bool, True = valid.

        Returns:
            PointPredictions: All levels, fine to coarse.
        """
        logits, offsets = [], []
        for level, (x, mask) in enumerate(zip(features, masks, strict=True)):
            logits.append(self.cls_tower(x, mask))
            distance = F.relu(self.scale[level] * self.reg_tower(x, mask))
            offsets.append(distance.unflatten(-1, (self.num_classes, 2)))
        lengths = tuple(mask.shape[1] for mask in masks)
        return PointPredictions(
            torch.cat(logits, 1), torch.cat(offsets, 1), torch.cat(masks, 1), lengths
        )

    def loss(self, features: list[Tensor], masks: list[Tensor], data_samples: list) -> dict:
        """Losses of a batch: ``forward`` and :meth:`loss_by_feat`."""
        return self.loss_by_feat(self(features, masks), data_samples)

    def loss_by_feat(self, predictions: PointPredictions, data_samples: list) -> dict[str, Tensor]:
        """Losses from predictions.

        Args:
            predictions (PointPredictions): Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_instances`` with segments (N, 2) in grid
                steps and labels (N,).

        Returns:
            dict[str, Tensor]: ``loss_cls`` and ``loss_reg``, both over the running mean of
            positive points. A point is counted once, however many classes it answers for (on
            UnAV-100 there are 5.6 % more such pairs), as the field's code does whose learning
            rates and loss weights are taken over.
        """
        mask = predictions.mask
        points = self.point_generator(predictions.lengths, self.strides, mask.device)
        segments, labels = self._ground_truth(data_samples, mask.device)
        targets = self.assigner.assign(points, mask, segments, labels, self.num_classes)
        share = self._normalize(targets.classes.amax(-1).sum())
        predicted = predictions.offsets[targets.sample, targets.point, targets.label]
        # One synchronisation, where two boolean indices would be two.
        valid = mask.flatten().nonzero()[:, 0]
        logits, classes = (x.flatten(0, 1)[valid] for x in (predictions.logits, targets.classes))
        return {
            "loss_cls": self.loss_cls(logits, classes) * share,
            "loss_reg": self.loss_reg(predicted, targets.offsets) * share,
        }

    def predict(self, features: list[Tensor], masks: list[Tensor], data_samples: list) -> list:
        """Predicted events of a batch: ``forward`` and :meth:`predict_by_feat`."""
        return self.predict_by_feat(self(features, masks), data_samples)

    def predict_by_feat(
        self, predictions: PointPredictions, data_samples: list
    ) -> list[InstanceData]:
        """Predicted events from predictions.

        Args:
            predictions (PointPredictions): Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): meta ``grid`` and ``duration`` in seconds.

        Returns:
            list[InstanceData]: A video each: segments (M, 2) in seconds within the video,
            scores (M,) and labels (M,), best first.
        """
        points = self.point_generator(predictions.lengths, self.strides, predictions.mask.device)
        scores = at_least_float32(predictions.logits).sigmoid() * predictions.mask[..., None]
        results = []
        for score, offset, sample in zip(scores, predictions.offsets, data_samples, strict=True):
            candidates = decode_video(
                score,
                at_least_float32(offset),
                points,
                predictions.lengths,
                score_thr=self.score_thr,
                top_k=self.pre_nms_top_k,
                min_length=self.min_length,
            )
            segments, kept, labels = self.nms(*candidates)
            seconds = sample.grid.to_seconds(segments).clamp(min=0, max=float(sample.duration))
            whole = seconds[:, 1] > seconds[:, 0]
            results.append(
                InstanceData(segments=seconds[whole], scores=kept[whole], labels=labels[whole])
            )
        return results

    @staticmethod
    def _ground_truth(data_samples: list, device: torch.device) -> tuple[Tensor, Tensor]:
        """(B, N, 2) segments in grid steps and (B, N) labels, -1 on padding."""
        instances = [sample.gt_instances for sample in data_samples]
        segments = pad_sequence([gt.segments for gt in instances], batch_first=True)
        labels = pad_sequence([gt.labels for gt in instances], batch_first=True, padding_value=-1)
        return segments.to(device), labels.to(device)

    def _normalize(self, positives: Tensor) -> Tensor:
        """() factor of the summed losses; updates the running number of positives, ``positives``.

        The number is a mean over processes: it starts at 250 a process, and the gradients,
        averaged over processes, are those of one process with the joint batch that starts at
        250 times their number.
        """
        if self.training:
            count = positives.detach().to(self.loss_normalizer.dtype, copy=True)
            if dist.is_initialized():
                dist.all_reduce(count)
                count /= dist.get_world_size()
            kept = self.normalizer_momentum * self.loss_normalizer
            new = kept + (1 - self.normalizer_momentum) * count.clamp(min=1)
            self.loss_normalizer.copy_(new)
        return 1 / self.loss_normalizer


def _test_settings(test_cfg: dict | None) -> tuple:
    settings = dict(
        score_thr=0.001, pre_nms_top_k=2000, min_length=0.05, nms=dict(type="SegmentSoftNMS")
    )
    unknown = set(test_cfg or {}) - set(settings)
    if unknown:
        raise InputError(
            f"model.head.test_cfg has unknown keys {sorted(unknown)}, expected {sorted(settings)}"
        )
    settings.update(test_cfg or {})
    return (
        settings["score_thr"],
        settings["pre_nms_top_k"],
        settings["min_length"],
        TASK_UTILS.build(settings["nms"]),
    )
