"""Short media files with a flash and a click at a known time."""

import numpy as np

from loco_mm.media import Pictures, Sound, write_video

# In seconds; no window of any extractor's grid starts or ends near these times.
EVENT, FLASH, CLICK = 3.12, 0.075, 0.02
CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6}


def flash_frames(times, size=(64, 48), events=True):
    """A dark frame whose left half is bright during the event, with a brightness gradient."""
    width, height = size
    for time in times:
        image = np.full((height, width, 3), 20, np.uint8)
        if events and EVENT - 1e-6 <= time < EVENT + FLASH - 1e-6:
            image[:, : width // 2] = (255, 200, 220)
        yield image


def click_samples(rate, seconds, channels=1, events=True):
    """(channels, samples) silence with a burst during the event."""
    samples = np.zeros((channels, round(seconds * rate)), np.float32)
    if events and seconds > EVENT + CLICK:
        start, count = round(EVENT * rate), round(CLICK * rate)
        samples[:, start : start + count] = 0.8 * np.sign(np.sin(np.arange(count) * 0.6))
    return samples


def write_flash(
    path,
    fps=30.0,
    seconds=6.0,
    rate=44100,
    layout="mono",
    sound_start=0.0,
    times=None,
    turn=0,
    codecs=("libx264", "aac"),
    events=True,
):
    """Write such a file, optionally with late audio and irregular frame times."""
    times = np.arange(round(seconds * fps)) / fps if times is None else np.asarray(times)
    samples = click_samples(rate, seconds, CHANNELS[layout], events)
    samples = samples[:, round(sound_start * rate) :]
    pictures = Pictures(flash_frames(times, events=events), (64, 48), fps, times, turn, codecs[0])
    write_video(path, pictures, Sound(samples, rate, sound_start, layout, codecs[1]))
    return str(path)


def uneven_times(seconds=6.0):
    """Irregular frame times in seconds, including the start and the end of the flash."""
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.15, 200))
    outside = (times < EVENT - 0.01) | (times > EVENT + FLASH + 0.01)
    times = times[(times < seconds) & outside]
    return np.sort([0.0, EVENT, EVENT + FLASH, *times])


# Settings of write_flash that do not change the time of the event.
KINDS = {
    "plain": (".mp4", {}),
    "12.5 fps, 8 kHz": (".mp4", dict(fps=12.5, rate=8000)),
    "60 fps, 48 kHz, 5.1": (".mp4", dict(fps=60.0, rate=48000, layout="5.1")),
    "24 fps, 22 kHz, late sound": (".mkv", dict(fps=24.0, rate=22050, sound_start=1.3)),
    "uneven, stereo": (".mp4", dict(times=uneven_times(), layout="stereo")),
    "turned": (".mp4", dict(turn=90)),
    "webm, late sound": (
        ".webm",
        dict(rate=48000, sound_start=0.5, codecs=("libvpx", "libopus")),
    ),
    "transport stream, late sound": (".ts", dict(sound_start=0.5)),
}
