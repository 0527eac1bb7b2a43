"""Reading and writing media files with PyAV."""

from .frames import FrameSpec, read_frames
from .live import LiveMedia, MediaChunks, open_live
from .probe import Media, probe
from .sound import read_sound
from .writing import Pictures, Sound, write_video

__all__ = [
    "FrameSpec",
    "LiveMedia",
    "Media",
    "MediaChunks",
    "Pictures",
    "Sound",
    "open_live",
    "probe",
    "read_frames",
    "read_sound",
    "write_video",
]
