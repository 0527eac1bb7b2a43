"""Collates the samples of a batch."""

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS

from ..ops import join_inputs
from ..structures import MODALITIES


@FUNCTIONS.register_module()
def collate_av(samples: Sequence[dict]) -> Any:
    """Collate samples like MMEngine's ``pseudo_collate``, with one tensor a modality.

    Workers of a data loader then pass on, and pin, two tensors and not two for each sample.

    Args:
        samples: Samples of one batch, with ``inputs`` and ``data_samples``. Samples of other
            pipelines are collated as MMEngine does.

    Returns:
        dict: ``inputs`` as :func:`join_inputs` gives them, and the list ``data_samples``.
    """
    batch = pseudo_collate(samples)
    inputs = batch.get("inputs") if isinstance(batch, dict) else None
    if not isinstance(inputs, dict) or inputs.keys() != set(MODALITIES):
        return batch
    return {**batch, "inputs": join_inputs(inputs)}
