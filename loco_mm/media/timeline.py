"""Continuous time for files whose timestamps restart or jump."""

import math

# Minimum step back, and minimum jump ahead of all streams, in seconds, that begins a new part.
BACK, AHEAD = 1.0, 10.0


class Timeline:
    """Shifts the timestamps of packets so that the parts of a file follow each other.

    Concatenated or restarted recordings consist of parts whose timestamps restart. All streams of a
    part are shifted equally.

    Args:
        jumps: Whether timestamps of the file's format may jump ahead, as in transport streams. In
            other formats, a jump is a pause.

    Attributes:
        starts (list[float]): Start times of all parts but the first, in seconds.
    """

    def __init__(self, jumps: bool):
        self.starts: list[float] = []
        self._ahead = AHEAD if jumps else math.inf
        self._moves = [0.0]
        self._part: dict[int, int] = {}
        self._last: dict[int, float] = {}
        self._ends: dict[int, float] = {}

    def move(self, stream: int, time: float, length: float) -> float:
        """Shift in seconds for the next packet of a file.

        Args:
            stream: Index of its stream.
            time: Its decoding time in seconds.
            length: Its duration in seconds.
        """
        part = self._part.get(stream, 0)
        if not self._plays_on(stream, time + self._moves[part]):
            # Another stream may have reached this part before.
            later = range(part + 1, len(self._moves))
            known = [n for n in later if self._plays_on(stream, time + self._moves[n])]
            if not known:
                self._open_part(stream, time)
            part = self._part[stream] = known[0] if known else len(self._moves) - 1
        moved = self._last[stream] = time + self._moves[part]
        self._ends[stream] = max(self._ends.get(stream, 0.0), moved + length)
        return self._moves[part]

    def _open_part(self, stream: int, time: float) -> None:
        end = max(self._ends.values())
        # Frames are decoded some time before they are shown, without a pause between the parts.
        start = self._ends[stream] if self._ends[stream] > end - BACK else end
        self.starts.append(start)
        self._moves.append(start - time)

    def _plays_on(self, stream: int, time: float) -> bool:
        if stream not in self._last:
            return True
        return self._last[stream] - BACK <= time <= max(self._ends.values()) + self._ahead
