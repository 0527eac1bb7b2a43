"""The event memory of LESP (Ge et al., MM 2023).

Shape letters: B batch, C classes, S entries of a class, H and W cells of a map, Dv and Da channels
of the features.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import torch
from mmengine.model import BaseModule
from pydantic import Field
from torch import Tensor

from ...arguments import Count, InitCfg, checked
from ...ops.gather import gather_rows
from ...registry import MODELS


class Candidates(NamedTuple):
    """A segment of each video.

    Attributes:
        visual (Tensor): (B, H, W, Dv).
        audio (Tensor): (B, Da).
        scores (Tensor): (B,), how well sight and sound fit; positive.
        labels (Tensor): (B,) long, -1 for none.
    """

    visual: Tensor
    audio: Tensor
    scores: Tensor
    labels: Tensor


class _Entry(NamedTuple):
    """Where an entry of a class comes from: an old entry, or behind those a candidate."""

    score: float
    key: float
    source: int


@MODELS.register_module()
class SegmentMemory(BaseModule):
    """Of each class the segments whose sight and sound fit best, as they came.

    An entry is known by the sum of its sound: it does not get in twice. In several processes the
    candidates of all get in, in the order of their ranks, so that the memories stay equal; in the
    authors' code those of the first alone do.

    Args:
        num_classes (int): Classes C. The model passes its head's.
        visual_dim (int): Channels Dv. The model passes its encoder's, as it does Da.
        audio_dim (int): Channels Da.
        bank_size (int): Entries S a class.
        cells (Sequence[int]): H and W.
    """

    visual: Tensor
    audio: Tensor
    scores: Tensor

    @checked
    def __init__(
        self,
        num_classes: Count,
        visual_dim: Count = 512,
        audio_dim: Count = 128,
        bank_size: Count = 32,
        cells: Annotated[Sequence[Count], Field(min_length=2, max_length=2)] = (7, 7),
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        slots = (num_classes, bank_size)
        self.register_buffer("visual", torch.zeros(*slots, *cells, visual_dim))
        self.register_buffer("audio", torch.zeros(*slots, audio_dim))
        # 0 is an empty entry.
        self.register_buffer("scores", torch.zeros(slots))

    def inputs(self) -> dict[str, Tensor]:
        """All entries as a batch of C videos of S segments: visual, audio, and a mask (C, S)."""
        mask = torch.ones_like(self.scores, dtype=torch.bool)
        return dict(visual=self.visual, audio=self.audio, mask=mask)

    @torch.no_grad()
    def update(self, candidates: Candidates) -> None:
        """Let in those that score more than the worst of their class.

        Args:
            candidates (Candidates): Of this process.
        """
        floats = candidates._replace(labels=candidates.labels.to(candidates.audio.dtype))
        everyone, _, _ = gather_rows(floats)
        size, rows = self.scores.shape[1], self._table(everyone)
        old, new = rows[: self.scores.numel()], rows[self.scores.numel() :]
        kept: dict[int, list[_Entry]] = {}
        for number, (score, key, place) in enumerate(new):
            label = int(place)
            if label < 0 or not score > 0:  # NaN does not get in
                continue
            if label not in kept:
                slots = enumerate(old[label * size : (label + 1) * size])
                kept[label] = [_Entry(score, key, slot) for slot, (score, key, _) in slots]
            entries = kept[label]
            if all(entry.key != key or not entry.score for entry in entries):
                entries.append(_Entry(score, key, size + number))
                entries.sort(key=lambda entry: -entry.score)
                del entries[size:]
        for label, entries in kept.items():
            self._keep(label, [entry.source for entry in entries], everyone)

    def _table(self, candidates: Candidates) -> list[list[float]]:
        """Score, key and label of all entries, class by class, and then of the candidates.

        Which of them stay is found out on the CPU, and the device is waited for once.
        """
        scores = torch.cat([self.scores.flatten(), candidates.scores])
        # One sum for all: equal sounds give equal sums, to the last bit.
        keys = torch.cat([self.audio.flatten(0, 1), candidates.audio]).sum(-1)
        labels = torch.arange(len(self.scores), device=scores.device)
        labels = torch.cat([labels.repeat_interleave(self.scores.shape[1]), candidates.labels])
        return torch.stack([scores, keys, labels], dim=1).tolist()

    def _keep(self, label: int, sources: list[int], candidates: Candidates) -> None:
        """Replace the entries of a class."""
        index = torch.tensor(sources, device=self.scores.device)
        for name in ("visual", "audio", "scores"):
            bank = getattr(self, name)
            new = getattr(candidates, name).to(bank.dtype)
            bank[label] = torch.cat([bank[label], new]).index_select(0, index)
