"""A running video gives the frames and samples of the complete one."""

import os
import threading
from itertools import islice

import av
import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media import FrameSpec, MediaChunks, open_live, probe, read_frames, read_sound
from loco_mm.media.live import MOST_BEHIND

from ..media_files import CHANNELS, KINDS, click_samples, flash_frames, write_flash
from .growth import growing_copy

SPEC = FrameSpec(32)
FPS, RATE = 10, 16000


def fragmented(source, path):
    """A copy as fragmented MP4."""
    options = dict(movflags="frag_keyframe+empty_moov+default_base_moof", frag_duration="300000")
    with av.open(source) as given, av.open(str(path), "w", options=options) as written:
        streams = {s.index: written.add_stream_from_template(s) for s in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                written.mux(packet)
    return path


def read_live(media, steps=50):
    """Frames, samples and duration, read in small steps, and what had been read at each."""
    frames, pieces = media.frames(FPS, SPEC), media.sound(RATE)
    found, sound, times = [], [], []
    for step in range(steps):
        media.read_until((step + 1) / FPS)
        found.append(next(frames))
        while sum(map(len, sound)) < (step + 1) * RATE / FPS:
            sound.append(next(pieces))
        times.append(media.time)
    media.read_until(np.inf)
    samples = np.concatenate(sound)[: steps * RATE // FPS]
    return np.stack(found), samples, media.time, np.array(times)


def complete(path, steps=50):
    media = probe(path)
    frames = np.stack(list(read_frames(media, FPS, steps, SPEC)))
    sound = np.concatenate(list(read_sound(media, RATE, steps * RATE // FPS)))
    return frames, sound, media.duration


def assert_same(found, wanted):
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_allclose(found[1], wanted[1], atol=1e-6)
    assert found[2] == pytest.approx(wanted[2], abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_complete_file(tmp_path, kind):
    suffix, options = KINDS[kind]
    path = write_flash(tmp_path / f"a{suffix}", **options)
    with open_live(path, 0.0) as media:
        found = read_live(media)
    assert_same(found, complete(path))
    # It reads little ahead of what is asked for, after the first seconds for the streams' formats.
    assert (found[3][:30] < 4.5).all()


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mp4"])
def test_a_file_that_grows(tmp_path, suffix):
    path = write_flash(tmp_path / f"a{suffix}", sound_start=0.5)
    if suffix == ".mp4":
        path = fragmented(path, tmp_path / "f.mp4")
    with (
        growing_copy(path, tmp_path / f"b{suffix}") as grown,
        open_live(grown, 0.5) as media,
    ):
        assert_same(read_live(media), complete(path))
        assert media.ended


def test_a_pipe(tmp_path):
    path = write_flash(tmp_path / "a.ts")
    read, write = os.pipe()
    data = (tmp_path / "a.ts").read_bytes()

    def send():
        with os.fdopen(write, "wb") as file:
            file.write(data)

    sending = threading.Thread(target=send)
    sending.start()
    with os.fdopen(read, "rb") as file, open_live(file) as media:
        assert_same(read_live(media), complete(path))
    sending.join()


@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_frames_and_sound(layout):
    """Chunks of 0.2 s, whose frames and samples are those at the same times."""
    fps, rate, seconds = 25, 8000, 6.0
    images = np.stack(list(flash_frames(np.arange(round(fps * seconds)) / fps)))
    samples = click_samples(rate, seconds, CHANNELS[layout]).T
    chunks = [
        (images[n : n + 5], samples[n * rate // fps : (n + 5) * rate // fps])
        for n in range(0, len(images), 5)
    ]
    with open_live(MediaChunks(iter(chunks), fps, rate)) as media:
        found, sound, duration, times = read_live(media)
    assert duration == seconds
    assert (times <= np.arange(1, 51) / FPS + 0.6).all()
    bright = [frame.max() > 150 for frame in found]
    assert np.flatnonzero(bright).tolist() == [31]
    assert np.flatnonzero(np.abs(sound) > 0.2)[0] / RATE == pytest.approx(3.12, abs=0.002)


def chunks_of(images, sound):
    """Seconds of frames at 5 fps and samples at 8 kHz; either may end earlier."""
    frames = np.full((5, 8, 8, 3), 100, np.uint8)
    samples = np.full(8000, 0.5, np.float32)
    for second in range(max(images, sound)):
        yield frames if second < images else None, samples if second < sound else []


def test_a_stream_that_pauses_is_not_waited_for():
    with open_live(MediaChunks(chunks_of(30, 3), 5, 8000)) as media:
        pieces = media.sound(8000)
        samples = np.zeros(0)
        while len(samples) < 10 * 8000:
            samples = np.append(samples, next(pieces))
        assert media.time <= 10 + MOST_BEHIND + 1
        assert np.abs(samples[: 3 * 8000 - 100]).min() > 0.4
        assert np.abs(samples[3 * 8000 + 100 :]).max() == 0
    with open_live(MediaChunks(chunks_of(3, 30), 5, 8000)) as media:
        frames = list(islice(media.frames(5, SPEC), 50))
        assert media.time <= 10 + MOST_BEHIND + 1
        assert min(frame.min() for frame in frames) > 90


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (np.zeros(3), r"chunks\[0\]: expected a pair \(frames, samples\), got ndarray"),
        ((np.zeros((1, 4, 4, 3)), None), r"chunks\[0\]\[0\]: expected uint8 frames .* float64"),
        (
            (np.zeros((1, 4, 4), np.uint8), None),
            r"expected uint8 frames \(H, W, 3\), got uint8 \(4",
        ),
        ((None, np.zeros(4, int)), r"chunks\[0\]\[1\]: expected float samples .* got int64 \(4, 1"),
        ((None, np.zeros((4, 6))), r"1 or 2 channels, got float64 \(4, 6\)"),
    ],
)
def test_chunks_of_another_form(chunk, message):
    with (
        open_live(MediaChunks([chunk], 5, 8000)) as media,
        pytest.raises(InputError, match=message),
    ):
        media.read_until(1)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "a.ts").write_bytes(bytes(5000))
    for path, message in (("a.ts", "cannot be read as video"), ("b.ts", "no such file")):
        with pytest.raises(InputError, match=f"{path}: {message}"), open_live(tmp_path / path, 0):
            pass
    with (
        pytest.raises(InputError, match="MediaChunks.fps: expected a positive number, got 0"),
        open_live(MediaChunks([], 0, 8000)) as media,
    ):
        media.read_until(1)


def test_a_jump_of_hours_is_refused(tmp_path):
    path = write_flash(tmp_path / "a.mkv", times=[0.0, 0.1, 4000.0], seconds=1.0)
    with (
        open_live(path, 0.0) as media,
        pytest.raises(InputError, match="a.mkv: expected gaps of at most 3600 s, got one of 4000"),
    ):
        media.read_until(5000)
