"""Models with one head on dense features.

Shape letters: B batch, T grid steps, D channels of a stream.
"""

from typing import Any

from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, Part, checked
from ...errors import InputError
from ...registry import MODELS, build_part, find_type
from ...tasks import Task
from ..features import Features, FeatureSpec, Levels
from .base_av_model import BaseAVModel


class SingleStageModel(BaseAVModel):
    """encoder -> modulator (training, optional) -> pyramid (optional) -> neck (optional) -> head.

    Each component is built with ``spec``, the :class:`FeatureSpec` of its input (for the encoder,
    of its output), and has an attribute ``out_spec`` if its output has other sizes. One step of an
    encoder with a class attribute ``stride`` covers that many grid steps. Without a pyramid, the
    single stream of the encoder is the only level, or the head reads the streams that it needs.

    Args:
        max_len: Grid steps T of a full training sequence.
        dim: Channels D of the encoder's streams.
        encoder: Config of the encoder.
        head: Config of the head.
        pyramid: Config of the pyramid, which computes levels from the streams.
        modulator: Config of a training loss on the encoded streams, which is called with
            :class:`Features` and returns losses and values to log, by name.
        neck: Config of a module between pyramid and head. If its constructor has an argument
            ``num_classes``, it receives that of the head.
        auxiliary (dict): Configs of other training losses, :class:`BaseAuxiliaryLoss`, by name;
            logged as ``loss_`` and that name. They also receive ``num_classes`` of the head.
        data_preprocessor: Config of the preprocessor.
        tiny: See :class:`BaseAVModel`.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        dim: PositiveInt,
        encoder: Part,
        head: Part,
        pyramid: Part | None = None,
        modulator: Part | None = None,
        neck: Part | None = None,
        auxiliary: dict[str, Part] | None = None,
        data_preprocessor: Part | None = None,
        tiny: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        stride = getattr(find_type(MODELS, encoder.get("type")), "stride", 1)
        streams = levels = FeatureSpec(dim, (stride,), max_len)
        built_pyramid = None
        if pyramid:
            built_pyramid = build_part(MODELS, pyramid, "pyramid", spec=streams)
            levels = built_pyramid.out_spec
        super().__init__(max_len, levels.strides[-1], data_preprocessor, tiny, init_cfg)
        self.encoder = build_part(MODELS, encoder, "encoder", spec=streams)
        self.modulator = self.neck = None
        if modulator:
            self.modulator = build_part(MODELS, modulator, "modulator", spec=streams)
        self.pyramid = built_pyramid
        if neck:
            per_class = dict(num_classes=head.get("num_classes"))
            self.neck = build_part(MODELS, neck, "neck", per_class, spec=levels)
            levels = self.neck.out_spec
        self.stride = streams.strides[0]
        self.level_spec = levels
        self.head = build_part(MODELS, head, "head", spec=levels)
        of_loss = dict(spec=levels, num_classes=self.head.num_classes)
        self.auxiliary = nn.ModuleDict(
            {
                name: build_part(MODELS, part, f"auxiliary.{name}", **of_loss)
                for name, part in (auxiliary or {}).items()
            }
        )

    @property
    def task(self) -> Task:
        """The task of its head."""
        return self.head.task

    @property
    def num_classes(self) -> int:
        """Number of classes of its head."""
        return self.head.num_classes

    def extract_feat(self, inputs: dict[str, Tensor]) -> Features:
        """Encode the streams and build the levels."""
        mask = inputs["mask"]
        streams = self.encoder(inputs["visual"], inputs["audio"], mask)
        of_streams = mask[:, :: self.stride]
        if self.pyramid is not None:
            levels, masks, figures = self.pyramid(streams, of_streams)
        else:
            alone = list(streams.values()) if len(streams) == 1 else []
            levels, masks, figures = Levels(alone, [of_streams] * len(alone))
            if not alone and self.head.reads_levels:
                raise InputError(
                    "model.pyramid: expected a config, got None: the encoder gives several "
                    f"streams ({', '.join(streams)}), and model.head reads levels made of them"
                )
        if self.neck is not None:
            levels = self.neck(levels, masks)
        return Features(streams, mask, levels, masks, figures)

    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses of head, modulator and auxiliary losses, and other values to log."""
        return self.losses(self.extract_feat(inputs), data_samples)

    def losses(self, features: Features, data_samples: list) -> dict[str, Tensor]:
        """The same from features."""
        losses = self.head.loss(features, data_samples)
        if self.modulator is not None:
            losses.update(self.modulator(features))
        auxiliary: dict[str, Any] = dict(self.auxiliary.items())
        for name, part in auxiliary.items():
            losses[f"loss_{name}"] = part(features, part.read_labels(features, data_samples))
        return {**losses, **features.figures}

    def predict(
        self, inputs: dict[str, Tensor], data_samples: list, class_scores: bool = False
    ) -> list:
        """The samples with the predictions of the head, see :meth:`BaseAVModel.predict`."""
        return self._decode(self._forward(inputs), data_samples, class_scores)

    def _decode(self, raw: Any, data_samples: list, class_scores: bool, **options) -> list:
        """The samples with predictions; the options are those of ``predict_by_feat``."""
        found = self.head.predict_by_feat(raw, data_samples, **options)
        scores = self.head.class_scores(raw) if class_scores else None
        for number, (sample, result) in enumerate(zip(data_samples, found, strict=True)):
            self.task.attach(sample, result)
            if scores is not None:
                sample.pred_class_scores = scores[number]
        return data_samples

    def _forward(self, inputs: dict[str, Tensor], data_samples: list | None = None) -> Any:
        """The head's raw predictions."""
        return self.head(self.extract_feat(inputs))
