"""One clock for a file whose timestamps start again, or jump."""

import math

# Seconds back, and ahead of all streams where a format has such jumps, that are no playing on.
BACK, AHEAD = 1.0, 10.0


class Timeline:
    """Moves the packets of a file so that its parts follow each other.

    Recordings that were joined end to end, or a recorder that was started again, leave parts whose
    timestamps start anew. All streams of a part are moved by the same time.

    Args:
        jumps: Whether timestamps of the file's format may jump ahead, as a transport
            stream's. In others a jump is a pause.

    Attributes:
        starts (list[float]): Seconds at which parts begin, without the first.
    """

    def __init__(self, jumps: bool):
        self.starts: list[float] = []
        self._ahead = AHEAD if jumps else math.inf
        self._moves = [0.0]
        self._part: dict[int, int] = {}
        self._last: dict[int, float] = {}
        self._ends: dict[int, float] = {}

    def move(self, stream: int, time: float, length: float) -> float:
        """Seconds to move the next packet of a file by.

        Args:
            stream: Index of its stream.
            time: When it is decoded, s.
            length: How long it lasts, s.
        """
        part = self._part.get(stream, 0)
        if not self._plays_on(stream, time + self._moves[part]):
            # Another stream may have got there before.
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
        # Pictures are decoded some time before they are shown: it plays on without a break.
        start = self._ends[stream] if self._ends[stream] > end - BACK else end
        self.starts.append(start)
        self._moves.append(start - time)

    def _plays_on(self, stream: int, time: float) -> bool:
        if stream not in self._last:
            return True
        return self._last[stream] - BACK <= time <= max(self._ends.values()) + self._ahead
