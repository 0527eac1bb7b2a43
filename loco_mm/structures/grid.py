"""The feature grid: which second of a video a feature step stands for."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from numbers import Real

from ..errors import InputError
from ..schema import show

# Share of the steps that duration and grid ask for, by which features may differ.
LENGTH_TOLERANCE = 0.1


@dataclass(frozen=True)
class TemporalGrid:
    """Maps seconds to grid steps and back.

    A feature is computed over ``num_frames`` frames of a video decoded at ``fps``, and the next
    one starts ``stride`` frames later. Step ``g`` stands for the middle of its frames:
    ``seconds = (g * stride + num_frames / 2) / fps``.

    Args:
        fps: Frame rate of the features' video, frames a second.
        num_frames: Frames one feature covers.
        stride: Frames between the starts of two features.
    """

    fps: float
    num_frames: float
    stride: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, Real) or not 0 < float(value) < math.inf:
                raise InputError(f"grid.{name} must be a positive number, got {value!r}")

    @classmethod
    def from_config(cls, config: "TemporalGrid | Mapping", where: str = "grid") -> "TemporalGrid":
        """A grid as configs and callers give it.

        Args:
            config: ``fps``, ``num_frames`` and ``stride``.
            where: Key or argument, for the message.

        Raises:
            InputError: A part is missing, unknown, or out of range.
        """
        if isinstance(config, TemporalGrid):
            return config
        names = [field.name for field in fields(cls)]
        if not isinstance(config, Mapping):
            raise InputError(f"{where}: expected a dict, got {show(config)}")
        if set(config) != set(names):
            expected = ", ".join(map(repr, names))
            raise InputError(f"{where}: expected {expected}, got {sorted(map(str, config))}")
        return cls(**config)

    @property
    def step_seconds(self) -> float:
        """Seconds between two grid steps."""
        return self.stride / self.fps

    def num_steps(self, duration: float) -> int:
        """Features of a video of that many seconds, at least one."""
        return max(1, int((duration * self.fps - self.num_frames) // self.stride) + 1)

    def fits(self, steps: int, duration: float, tolerance: float = 0.0) -> bool:
        """Whether that many features can be those of a video of that many seconds.

        Extractors differ in what they do at a video's ends: some pad it by the frames that a
        feature covers. So many steps, and two more, are free.

        Args:
            steps: Features found.
            duration: Seconds.
            tolerance: Share of the expected steps by which they may differ, if that is
                more.
        """
        expected = self.num_steps(duration)
        free = 2 + self.num_frames / self.stride
        return abs(steps - expected) <= max(free, tolerance * expected)

    def to_grid(self, seconds):
        """Seconds (any array or number) to fractional grid steps."""
        return (seconds * self.fps - 0.5 * self.num_frames) / self.stride

    def to_seconds(self, steps):
        """Fractional grid steps (any array or number) to seconds, not clipped."""
        return (steps * self.stride + 0.5 * self.num_frames) / self.fps
