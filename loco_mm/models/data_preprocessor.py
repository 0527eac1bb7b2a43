"""Collates samples into a padded batch.

Shape letters: B batch, T padded steps, T_i steps of a sample, Dv and Da channels;
... cells of a map, if any.
"""

from typing import Literal

import torch
from mmengine.model import BaseDataPreprocessor
from pydantic import PositiveInt

from ..arguments import checked
from ..errors import InputError
from ..ops import padded
from ..registry import MODELS


@MODELS.register_module()
class AVDataPreprocessor(BaseDataPreprocessor):
    """Pads a batch with zeros and masks the padding.

    The batch is padded to ``max_len`` steps or, when a video is longer, to the next multiple of
    ``size_divisor``: no video is ever cut.

    Args:
        max_len: Minimum number of steps T of a batch; set by the localizer.
        size_divisor: T is a multiple of it: the last stride of the pyramid, set by the localizer.
        mute: ``'visual'`` or ``'audio'``: the modality whose features are replaced by zeros, to
            measure what the other one achieves alone.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        size_divisor: PositiveInt = 1,
        mute: Literal["visual", "audio"] | None = None,
        non_blocking: bool = False,
    ):
        super().__init__(non_blocking=non_blocking)
        if max_len % size_divisor:
            raise InputError(
                f"model.max_len: expected a multiple of {size_divisor}, the stride of the "
                f"pyramid's last level, got {max_len}: change model.max_len"
            )
        self.max_len = max_len
        self.size_divisor = size_divisor
        self.mute = mute

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move a batch to the model's device and pad it.

        Args:
            data: ``inputs`` with ``visual`` [(T_i, ..., Dv)] and ``audio`` [(T_i, Da)],
                and ``data_samples``.
            training: Whether the batch trains the model.

        Returns:
            dict: ``inputs`` with ``visual`` (B, T, ..., Dv), ``audio`` (B, T, Da) and ``mask``
            (B, T) bool, True = valid; and ``data_samples``.

        Raises:
            InputError: Features are missing, the modalities of a sample differ in length, or a
                training sample is longer than ``max_len``.
        """
        if not isinstance(data, dict) or not {"visual", "audio"} <= set(data.get("inputs") or ()):
            raise InputError(
                "dataset.pipeline: expected PackAVInputs or PackSegmentInputs at its end, got "
                "a batch without the inputs 'visual' and 'audio'"
            )
        lengths = [len(x) for x in data["inputs"]["visual"]]
        if lengths != [len(x) for x in data["inputs"]["audio"]]:
            raise InputError("a sample: expected visual and audio of one length, got two lengths")
        longest = max(lengths)
        if training and longest > self.max_len:
            raise InputError(
                f"a training sample: expected at most model.max_len = {self.max_len}, got "
                f"{longest} steps: set max_len of RandomTemporalCrop in the train pipeline to it"
            )
        data = self.cast_data(data)
        steps = max(self.max_len, -(-longest // self.size_divisor) * self.size_divisor)
        inputs = {name: padded(data["inputs"][name], steps) for name in ("visual", "audio")}
        if self.mute:
            inputs[self.mute] = torch.zeros_like(inputs[self.mute])
        step = torch.arange(steps, device=inputs["visual"].device)
        inputs["mask"] = step < torch.tensor(lengths, device=step.device)[:, None]
        return dict(inputs=inputs, data_samples=data.get("data_samples"))
