"""Collates samples into a padded batch.

Shape letters: B batch, T padded steps, S steps of all samples, Dv and Da channels; ... cells of a
map, if any.
"""

from typing import Any, Literal

import torch
from mmengine.model import BaseDataPreprocessor
from pydantic import PositiveInt
from torch import Tensor

from ..arguments import checked
from ..datasets.feature_cache import cached_features
from ..errors import InputError
from ..ops import LENGTHS, join_inputs, move_ahead
from ..registry import MODELS
from ..structures import MODALITIES


@MODELS.register_module()
class AVDataPreprocessor(BaseDataPreprocessor):
    """Pads a batch with zeros and masks the padding.

    In training, a batch is padded to ``max_len`` steps, so that all batches have the same size. In
    evaluation, it is padded to the next of a few lengths up to ``max_len`` or, when a video is
    longer, to the next multiple of ``size_divisor``: no video is ever cut.

    Args:
        max_len: Number of steps T of a training batch; set by the localizer.
        size_divisor: T is a multiple of it: the last stride of the pyramid, set by the localizer.
        mute: ``'visual'`` or ``'audio'``: the modality whose features are replaced by zeros, to
            measure what the other one achieves alone.
        test_lengths: Number of lengths up to ``max_len`` to which batches are padded in evaluation,
            equally spaced.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        size_divisor: PositiveInt = 1,
        mute: Literal["visual", "audio"] | None = None,
        test_lengths: PositiveInt = 4,
    ):
        super().__init__()
        if max_len % size_divisor:
            raise InputError(
                f"model.max_len: expected a multiple of {size_divisor}, the stride of the "
                f"pyramid's last level, got {max_len}: change model.max_len"
            )
        self.max_len = max_len
        self.size_divisor = size_divisor
        self.mute = mute
        self.test_lengths = test_lengths

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move a batch to the model's device and pad it.

        Args:
            data: ``inputs`` and ``data_samples``, as :func:`collate_av` or MMEngine's
                ``pseudo_collate`` give them.
            training: Whether the batch trains the model.

        Returns:
            dict: ``inputs`` with ``visual`` (B, T, ..., Dv), ``audio`` (B, T, Da) and ``mask``
            (B, T) bool, True = valid, on the device; and ``data_samples``, which stay on the CPU:
            heads move the ground truth that they need.

        Raises:
            InputError: Features are missing, the modalities of a sample differ in length, or a
                training sample is longer than ``max_len``.
        """
        return self.pad(data, training)

    def pad(self, data: dict, training: bool = False) -> dict:
        """:meth:`forward` without what subclasses add to whole videos, for windows of a stream."""
        joined = self.joined(data)
        lengths = joined[LENGTHS]["visual"]
        longest = max(lengths)
        if training and longest > self.max_len:
            raise InputError(
                f"a training sample: expected at most model.max_len = {self.max_len}, got "
                f"{longest} steps: set max_len of RandomTemporalCrop in the train pipeline to it"
            )
        steps = self.padded_length(longest, training)
        # Row of each step in the padded batch.
        places = [row * steps + torch.arange(length) for row, length in enumerate(lengths)]
        blocks = {name: joined[name] for name in MODALITIES}
        moved = move_ahead({**blocks, "index": torch.cat(places)}, torch.device(self.device))
        index = moved.pop("index")

        def pad(rows: Tensor) -> Tensor:
            flat = rows.new_zeros(len(lengths) * steps, *rows.shape[1:])
            return flat.index_copy_(0, index, rows).unflatten(0, (-1, steps))

        inputs = {name: pad(rows) for name, rows in moved.items()}
        inputs["mask"] = pad(torch.ones_like(index, dtype=torch.bool))
        if self.mute:
            inputs[self.mute] = torch.zeros_like(inputs[self.mute])
        return dict(inputs=inputs, data_samples=data.get("data_samples"))

    def padded_length(self, longest: int, training: bool) -> int:
        """Number of steps of a batch whose longest sample has ``longest`` steps."""
        if longest > self.max_len:
            return -(-longest // self.size_divisor) * self.size_divisor
        if training:
            return self.max_len
        unit = -(-self.max_len // (self.test_lengths * self.size_divisor)) * self.size_divisor
        return min(self.max_len, -(-longest // unit) * unit)

    def joined(self, data: dict) -> dict[str, Any]:
        """The inputs of a batch in the form of :func:`join_inputs`.

        Features that the dataset keeps on the device are taken from there.

        Args:
            data: See :meth:`forward`.

        Raises:
            InputError: Features are missing, or the modalities of a sample differ in length.
        """
        inputs = data.get("inputs") if isinstance(data, dict) else None
        if not isinstance(inputs, dict) or not set(MODALITIES) <= set(inputs):
            raise InputError(
                "dataset.pipeline: expected PackAVInputs or PackSegmentInputs at its end, got "
                "a batch without the inputs 'visual' and 'audio'"
            )
        if LENGTHS not in inputs:
            inputs = join_inputs(inputs)
        lengths = inputs[LENGTHS]
        if lengths["visual"] != lengths["audio"]:
            raise InputError("a sample: expected visual and audio of one length, got two lengths")
        device = torch.device(self.device)
        cached = {
            name: cached_features(inputs[name], name, device)
            for name in MODALITIES
            if inputs[name].dtype is torch.int64
        }
        return {**inputs, **cached}
