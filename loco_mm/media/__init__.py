"""Reading and writing media files with PyAV."""

from .frames import FrameSpec, read_frames
from .probe import Media, probe
from .sound import read_sound
from .writing import Pictures, Sound, write_video

__all__ = [
    "FrameSpec",
    "Media",
    "Pictures",
    "Sound",
    "probe",
    "read_frames",
    "read_sound",
    "write_video",
]
