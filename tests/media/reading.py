"""Flashes and clicks in what a reader returns for a media file."""

import numpy as np

from loco_mm.media import FrameSpec, read_frames, read_sound


def flashes(media, fps=20):
    """Times in seconds at which bright frames begin."""
    frames = read_frames(media, fps, round(media.duration * fps), FrameSpec(32))
    return _starts([frame.max() > 150 for frame in frames], fps)


def clicks(media, rate=16000):
    """Times in seconds at which the audio becomes loud."""
    samples = np.concatenate(list(read_sound(media, rate, round(media.duration * rate))))
    return _starts(np.abs(samples) > 0.2, rate)


def _starts(found, rate):
    times = np.flatnonzero(found) / rate
    return times[np.diff(times, prepend=-np.inf) > 0.5].tolist()
