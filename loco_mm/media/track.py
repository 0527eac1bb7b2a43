"""A stream of a media file that is read."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import InputError

# Share of a stream's packets that may be damaged.
DAMAGED_SHARE = 0.1
# Seconds between packets that are a gap.
_GAP = 0.5


class Gap(NamedTuple):
    """A time without a packet: from, to, s."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"between {self.start:.1f} s and {self.end:.1f} s"


@dataclass
class Track:
    """A stream that is read.

    Attributes:
        path: The file.
        kind: ``'video'`` or ``'audio'``.
        stream: Its index in the file.
        end: End of its last packet, s.
        gaps: Times without a packet.
        packets: How many packets have bytes.
        damaged: How many could not be decoded when it was last read.
    """

    path: str
    kind: str
    stream: int
    end: float = -math.inf
    gaps: list[Gap] = field(default_factory=list)
    packets: int = 0
    damaged: int = 0
    _moves: list[tuple[int, float]] = field(default_factory=list)

    def add(self, start: float, length: float, move: float) -> None:
        """Take note of when a packet is shown or heard, s, and by how much that was moved."""
        if not self._moves or self._moves[-1][1] != move:
            self._moves.append((self.packets, move))
        before = max(self.end, 0.0)
        if start - before > _GAP:
            self.gaps.append(Gap(before, start))
        self.end = max(self.end, start + length)

    def move(self, number: int) -> float:
        """Seconds to move the packet of a number by, so that it is on the file's clock."""
        index = bisect_right(self._moves, (number, math.inf)) - 1
        return self._moves[index][1] if index >= 0 else 0.0

    def count_damaged(self, reason: str | None) -> None:
        """Leave a packet out.

        Raises:
            InputError: Too many are.
        """
        self.damaged += 1
        if self.damaged > DAMAGED_SHARE * self.packets:
            raise InputError(
                f"media file {self.path}: more than {DAMAGED_SHARE:.0%} of the {self.packets} "
                f"packets of its {self.kind} stream cannot be decoded ({reason}): it is damaged; "
                "get it anew"
            )


def longest_gap(gaps: Sequence[Gap]) -> Gap:
    """The longest of some gaps, (0, 0) of none."""
    return max(gaps, key=lambda gap: gap.length, default=Gap(0.0, 0.0))


def shared_gaps(first: Sequence[Gap], second: Sequence[Gap]) -> list[Gap]:
    """When two streams have nothing at the same time, of their gaps in order."""
    found, mine, theirs = [], 0, 0
    while mine < len(first) and theirs < len(second):
        (start, end), (other_start, other_end) = first[mine], second[theirs]
        shared = Gap(max(start, other_start), min(end, other_end))
        if shared.length > 0:
            found.append(shared)
        if end < other_end:
            mine += 1
        else:
            theirs += 1
    return found
