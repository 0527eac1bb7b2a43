"""The audio-visual event localizer: wiring only.

Shape letters: B batch, T grid steps, Dv and Da channels of the features, D model width.
"""

from copy import deepcopy

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from ...registry import MODELS, build_part


@MODELS.register_module()
class AVLocalizer(BaseModel):
    """encoder -> modulator (training, optional) -> pyramid -> neck (optional) -> head.

    Values that slots share are derived here, and given to a part whose constructor has such an
    argument: ``max_len``, ``dim``, and with the pyramid built, its ``strides`` and, as
    ``in_channels``, the channels of what comes before (``out_channels``).

    Args:
        max_len (int): Grid steps T of a full training sequence.
        dim (int): Model width D.
        encoder (dict): Config of the encoder.
        pyramid (dict): Config of the pyramid.
        head (dict): Config of the head.
        modulator (dict | None): Config of a training loss on the encoded streams.
        neck (dict | None): Config of what levels pass before the head.
        data_preprocessor (dict | None): Config of the preprocessor.
    """

    def __init__(
        self,
        max_len: int,
        dim: int,
        encoder: dict,
        pyramid: dict,
        head: dict,
        modulator: dict | None = None,
        neck: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ):
        built_pyramid = build_part(MODELS, pyramid, max_len=max_len, dim=dim)
        preprocessor = deepcopy(data_preprocessor) or dict(type="AVDataPreprocessor")
        preprocessor.update(max_len=max_len, size_divisor=built_pyramid.strides[-1])
        super().__init__(data_preprocessor=preprocessor, init_cfg=init_cfg)
        shared = dict(max_len=max_len, dim=dim, strides=built_pyramid.strides)
        self.encoder = build_part(MODELS, encoder, **shared)
        self.modulator = build_part(MODELS, modulator, **shared) if modulator else None
        self.pyramid = built_pyramid
        channels = built_pyramid.out_channels
        self.neck = build_part(MODELS, neck, **shared, in_channels=channels) if neck else None
        channels = self.neck.out_channels if neck else channels
        self.head = build_part(MODELS, head, **shared, in_channels=channels)

    def forward(
        self, inputs: dict[str, Tensor], data_samples: list | None = None, mode: str = "tensor"
    ):
        """Run the model on a preprocessed batch.

        Args:
            inputs (dict[str, Tensor]): ``visual`` (B, T, Dv), ``audio`` (B, T, Da) and ``mask``
                (B, T) bool, True = valid.
            data_samples (list[ActionDataSample] | None): Ground truth and meta of the batch.
            mode (str): ``'loss'``, ``'predict'`` or ``'tensor'``.

        Returns:
            dict of losses, with figures for the log beside them; the samples with
            ``pred_instances`` set; or the head's raw predictions.
        """
        if mode not in ("loss", "predict", "tensor"):
            raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")
        mask = inputs["mask"]
        visual, audio = self.encoder(inputs["visual"], inputs["audio"], mask)
        features, masks = self.pyramid(visual, audio, mask)
        if self.neck is not None:
            features = self.neck(features, masks)
        if mode == "tensor":
            return self.head(features, masks)
        if mode == "predict":
            results = self.head.predict(features, masks, data_samples)
            for sample, instances in zip(data_samples, results, strict=True):
                sample.pred_instances = instances
            return data_samples
        losses = self.head.loss(features, masks, data_samples)
        if self.modulator is not None:
            losses.update(self.modulator(visual, audio, mask))
        losses.update(_mean_statistics(self.pyramid))
        return losses


def _mean_statistics(module: nn.Module) -> dict[str, Tensor]:
    """For the log: means of the figures that parts keep of a forward pass, by name."""
    kept: dict[str, list[Tensor]] = {}
    for part in module.modules():
        for name, value in getattr(part, "statistics", {}).items():
            kept.setdefault(name, []).append(value)
    return {name: torch.stack(values).mean() for name, values in kept.items()}
