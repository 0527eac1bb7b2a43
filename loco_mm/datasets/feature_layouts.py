"""How the features of UnAV-100 lie in files, and how many steps a video has."""

from dataclasses import dataclass

from ..structures import TemporalGrid


@dataclass(frozen=True)
class Layout:
    """How features lie in files.

    Attributes:
        grid (TemporalGrid): Their grid.
        files (dict[str, tuple[str, ...]]): Suffixes of the files, by modality.
        widths (dict[str, int]): Channels of the real features, by modality.
    """

    grid: TemporalGrid
    files: dict[str, tuple[str, ...]]
    widths: dict[str, int]


LAYOUTS = {
    "onepeace": Layout(
        TemporalGrid(16, 16, 4),
        dict(visual=("_one_peace_video_finetune.npy",), audio=("_one_peace_audio.npy",)),
        dict(visual=1536, audio=1536),
    ),
    "i3d-vggish": Layout(
        TemporalGrid(25, 24, 8),
        dict(visual=("_rgb.npy", "_flow.npy"), audio=("_vggish.npy",)),
        dict(visual=2048, audio=128),
    ),
}


def num_steps(duration: float, grid: TemporalGrid) -> int:
    """Features of a video of that many seconds, at least one."""
    return max(1, int((duration * grid.fps - grid.num_frames) // grid.stride) + 1)
