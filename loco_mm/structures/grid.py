"""The time grid of features, which maps steps to seconds."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from numbers import Real

from ..errors import InputError
from ..schema import show

# Allowed difference between actual and expected number of steps, as a fraction of the latter.
LENGTH_TOLERANCE = 0.1


@dataclass(frozen=True)
class TemporalGrid:
    """Maps seconds to grid steps and back.

    A feature covers ``num_frames`` frames of a video decoded at ``fps``, and the next feature
    starts ``stride`` frames later. Step ``g`` represents the centre of its frames:
    ``seconds = (g * stride + num_frames / 2) / fps``.

    Args:
        fps: Frame rate at which the video is decoded, in frames per second.
        num_frames: Number of frames that a feature covers.
        stride: Number of frames between the starts of two features.
    """

    fps: float
    num_frames: float
    stride: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, Real) or not 0 < float(value) < math.inf:
                raise InputError(f"grid.{name}: expected a positive number, got {value!r}")

    @classmethod
    def from_config(cls, config: "TemporalGrid | Mapping", where: str = "grid") -> "TemporalGrid":
        """Create a grid from a config or argument.

        Args:
            config: ``fps``, ``num_frames`` and ``stride``.
            where: Key or argument, for the message.

        Raises:
            InputError: An entry is missing, unknown, or out of range.
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
        """Number of features of a video of the given duration, at least one."""
        return max(1, int((duration * self.fps - self.num_frames) // self.stride) + 1)

    def fits(self, steps: int, duration: float, tolerance: float = 0.0) -> bool:
        """Whether a video of a given duration can have this number of features.

        Extractors treat the ends of a video differently: some pad it by the frames that a feature
        covers. The difference in steps, plus two more, is therefore always allowed.

        Args:
            steps: Actual number of features.
            duration: Duration in seconds.
            tolerance: Allowed difference as a fraction of the expected number of steps, if that is
                larger.
        """
        expected = self.num_steps(duration)
        free = 2 + self.num_frames / self.stride
        return abs(steps - expected) <= max(free, tolerance * expected)

    def to_grid(self, seconds):
        """Convert seconds (any array or number) to fractional grid steps."""
        return (seconds * self.fps - 0.5 * self.num_frames) / self.stride

    def to_seconds(self, steps):
        """Convert fractional grid steps (any array or number) to seconds, without clipping."""
        return (steps * self.stride + 0.5 * self.num_frames) / self.fps
