"""A stream of a media file."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import InputError

# Maximum fraction of damaged packets in a stream.
DAMAGED_SHARE = 0.1
# Minimum time between packets, in seconds, that counts as a gap.
_GAP = 0.5


class Gap(NamedTuple):
    """A time interval without packets, in seconds."""

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
    """A stream of a media file.

    Attributes:
        path: Path of the file.
        kind: ``'video'`` or ``'audio'``.
        stream: Index of the stream in the file.
        end: End of the last packet in seconds.
        gaps: Intervals without packets.
        packets: Number of packets that are not empty.
        damaged: Number of packets that could not be decoded when it was last read.
        spared: Number of damaged packets that is always accepted.
    """

    path: str
    kind: str
    stream: int
    end: float = -math.inf
    gaps: list[Gap] = field(default_factory=list)
    packets: int = 0
    damaged: int = 0
    spared: int = 0
    _moves: list[tuple[int, float]] = field(default_factory=list)

    def add(self, start: float, length: float, move: float) -> None:
        """Record the presentation time of a packet in seconds, and its shift."""
        if not self._moves or self._moves[-1][1] != move:
            self._moves.append((self.packets, move))
        before = max(self.end, 0.0)
        if start - before > _GAP:
            self.gaps.append(Gap(before, start))
        self.end = max(self.end, start + length)

    def move(self, number: int) -> float:
        """Shift in seconds of the packet with the given number."""
        index = bisect_right(self._moves, (number, math.inf)) - 1
        return self._moves[index][1] if index >= 0 else 0.0

    def count_damaged(self, reason: str | None) -> None:
        """Count a packet that cannot be decoded.

        Raises:
            InputError: Too many packets are damaged.
        """
        self.damaged += 1
        if self.damaged > max(self.spared, DAMAGED_SHARE * self.packets):
            raise InputError(
                f"media file {self.path}: more than {DAMAGED_SHARE:.0%} of the {self.packets} "
                f"packets of its {self.kind} stream cannot be decoded ({reason}): it is damaged; "
                "get a new copy"
            )


def longest_gap(gaps: Sequence[Gap]) -> Gap:
    """The longest gap; (0, 0) if there are none."""
    return max(gaps, key=lambda gap: gap.length, default=Gap(0.0, 0.0))


def shared_gaps(first: Sequence[Gap], second: Sequence[Gap]) -> list[Gap]:
    """Intersections of the gaps of two streams, both in order."""
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
