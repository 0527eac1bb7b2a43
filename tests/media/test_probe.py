"""Streams and timestamps of media files, and errors for bad files."""

import re

import av
import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media import Pictures, Sound, probe, write_video

from ..media_files import click_samples, flash_frames, write_flash
from .reading import clicks, flashes

TIMES = np.arange(60) / 30


def _pictures():
    return Pictures(flash_frames(TIMES), (64, 48), 30)


def _sound(**settings):
    return Sound(click_samples(16000, 2, events=False), 16000, **settings)


def test_ends_of_both_streams_on_the_clock_of_the_file(tmp_path):
    path = tmp_path / "late.mp4"
    write_video(path, _pictures(), _sound(start=1.5))
    media = probe(path)
    assert media.path == str(path)
    assert media.video_end == pytest.approx(2, abs=0.04)
    assert media.audio_end == pytest.approx(3.5, abs=0.07)
    assert media.duration == media.audio_end


def test_a_transport_streams_clock_does_not_start_at_zero(tmp_path):
    media = probe(write_flash(tmp_path / "x.ts", seconds=3.0))
    assert media.video.move(0) < 0
    assert media.duration == pytest.approx(3, abs=0.07)


@pytest.mark.parametrize(
    "streams, message",
    [
        ((True, False), "expected a video stream and an audio stream, got no audio stream (video)"),
        ((False, True), "expected a video stream and an audio stream, got no video stream (audio)"),
    ],
)
def test_a_missing_stream(tmp_path, streams, message):
    path = tmp_path / "half.mp4"
    write_video(path, _pictures() if streams[0] else None, _sound() if streams[1] else None)
    with pytest.raises(InputError) as error:
        probe(path)
    assert message in str(error.value) and str(path) in str(error.value)


def test_a_cover_is_no_video(tmp_path):
    """A cover image is a video stream with a single frame."""
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "rgb24"
        cover.disposition |= av.stream.Disposition.attached_pic
        sound = container.add_stream("aac", rate=16000, layout="mono")
        image = av.VideoFrame.from_ndarray(next(flash_frames([0.0])), format="rgb24")
        container.mux(cover.encode(image))
        container.mux(cover.encode(None))
        samples = av.AudioFrame.from_ndarray(click_samples(16000, 2), "fltp", "mono")
        samples.sample_rate, samples.pts = 16000, 0
        container.mux(sound.encode(samples))
        container.mux(sound.encode(None))
    with pytest.raises(InputError, match=r"got no video stream \(.*\)"):
        probe(path)


def test_no_file_a_folder_an_empty_one_and_a_text(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        probe(tmp_path / "x.mp4")
    with pytest.raises(InputError, match="got a folder, device or pipe"):
        probe(tmp_path)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(InputError, match="cannot be read as video and audio"):
        probe(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("hello\n" * 1000)
    with pytest.raises(InputError, match="cannot be read as video and audio"):
        probe(tmp_path / "text.mp4")


def test_a_playlist_leads_nowhere(tmp_path):
    write_flash(tmp_path / "inner.ts", seconds=4.0)
    playlist = tmp_path / "list.mp4"
    playlist.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{tmp_path}/inner.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(InputError, match="cannot be read"):
        probe(playlist)
    concat = tmp_path / "concat.mp4"
    concat.write_text(f"ffconcat version 1.0\nfile '{tmp_path}/inner.ts'\n")
    with pytest.raises(InputError, match="cannot be read"):
        probe(concat)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_an_mp4_without_its_index(tmp_path, share):
    """FFmpeg mistakes some of them for other kinds of streams."""
    path = tmp_path / "x.mp4"
    write_flash(path, fps=10, seconds=20.0)
    content = path.read_bytes()
    assert content[4:8] == b"ftyp"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"its index \(moov\) is missing: it is truncated"):
        probe(path)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_file_that_is_cut_off(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    write_flash(path, seconds=20.0)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="is truncated; get a new copy|cannot be read"):
        probe(path)


def _write_tracks(path, tracks):
    """A file with one stream for each (encoder, frames)."""
    with av.open(str(path), "w") as container:
        opened = []
        for codec, frames in tracks:
            if codec == "aac":
                stream = container.add_stream(codec, rate=16000, layout="mono")
            else:
                stream = container.add_stream(codec, rate=10)
                stream.width, stream.height = frames[0].width, frames[0].height
                stream.pix_fmt = "yuv420p"
            opened.append((stream, frames))
        for stream, frames in opened:
            for frame in frames:
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))


def _images(seconds, size=(64, 48)):
    images = flash_frames(np.arange(10 * seconds) / 10, size)
    return [av.VideoFrame.from_ndarray(image, format="rgb24") for image in images]


def _samples(seconds):
    frame = av.AudioFrame.from_ndarray(click_samples(16000, seconds), "fltp", "mono")
    frame.sample_rate, frame.pts = 16000, 0
    return [frame]


def test_sound_without_a_decoder_is_passed_over(tmp_path):
    """Phones record spatial audio as an additional stream."""
    path = tmp_path / "x.mp4"
    _write_tracks(path, [("mpeg4", _images(4)), ("aac", _samples(4)), ("aac", _samples(4))])
    content = path.read_bytes()

    def hide(sounds):
        """Overwrite the names of the codecs of the last streams."""
        hidden = b"xxxx".join(content.rsplit(b"mp4a", sounds))
        path.write_bytes(b"free".join(hidden.rsplit(b"esds", sounds)))

    hide(1)
    assert probe(path).audio.stream == 1
    assert clicks(probe(path)) == pytest.approx([3.12], abs=0.07)
    hide(2)
    with pytest.raises(InputError, match="its audio has a format that FFmpeg cannot decode"):
        probe(path)


def test_a_longer_stream_that_is_not_read(tmp_path):
    path = tmp_path / "x.mkv"
    tracks = [("mpeg4", _images(4)), ("aac", _samples(4)), ("mpeg4", _images(20, (16, 16)))]
    _write_tracks(path, tracks)
    media = probe(path)
    assert media.video.stream == 0
    assert media.duration == pytest.approx(4, abs=0.1)
    assert media.remarks() == []


def test_a_pause(tmp_path):
    path = tmp_path / "x.mkv"
    times = np.concatenate([np.arange(30) / 30, 41 + np.arange(60) / 30])
    pictures = Pictures(flash_frames(times), (64, 48), 30, times)
    write_video(path, pictures, Sound(click_samples(16000, 43), 16000))
    media = probe(path)
    assert media.duration == pytest.approx(43, abs=0.1)
    assert media.remarks() == [
        f"media file {path}: its video stream has nothing between 1.0 s and 41.1 s: its last "
        "frame is shown for it"
    ]


@pytest.mark.parametrize("number, first, last", [(1, 5, 10), (2, 10, 15)])
def test_a_matroska_file_with_a_damaged_cluster(tmp_path, number, first, last):
    """FFmpeg silently continues with the next one."""
    path = tmp_path / "x.mkv"
    write_flash(path, seconds=20.0)
    cluster = bytes.fromhex("1f43b675")
    parts = path.read_bytes().split(cluster)
    head = cluster.join(parts[: number + 1])
    path.write_bytes(cluster.join([head + bytes(4) + parts[number + 1], *parts[number + 2 :]]))
    (remark,) = probe(path).remarks()
    start, end = map(float, re.findall(r"between (.*) s and (.*) s: it is damaged", remark)[0])
    assert (start, end) == pytest.approx((first, last), abs=0.5)


def test_a_file_of_which_half_is_gone(tmp_path):
    path = tmp_path / "x.mkv"
    write_flash(path, seconds=15.0)
    cluster = bytes.fromhex("1f43b675")
    head, first, *lost, last = path.read_bytes().split(cluster)
    assert len(lost) == 2
    path.write_bytes(cluster.join([head, bytes(4).join([first, *lost]), last]))
    with pytest.raises(InputError, match="neither picture nor sound in .* s of 15.0 s: it is dam"):
        probe(path)


def test_more_than_an_hour_of_a_few_bytes(tmp_path):
    path = tmp_path / "x.mkv"
    times = np.arange(0, 4400, 200.0)
    pictures = Pictures(flash_frames(times), (64, 48), 30, times)
    write_video(path, pictures, Sound(np.zeros((1, 2_400_000), np.float32), 1000, codec="flac"))
    with pytest.raises(
        InputError,
        match=r"x\.mkv: expected at least 100 bytes per second, got \d+ bytes for 5000 s",
    ):
        probe(path)


@pytest.mark.parametrize("start", [0.0, 2.0, 500.0])
def test_transport_streams_that_were_joined(tmp_path, start):
    """The timestamps of the second part restart, overlap those of the first, or jump ahead."""
    path = tmp_path / "x.ts"
    write_flash(tmp_path / "first.ts", seconds=4.0)
    times = start + np.arange(120) / 30
    pictures = Pictures(flash_frames(times - start), (64, 48), 30, times)
    sound = Sound(click_samples(16000, 4), 16000, start)
    write_video(tmp_path / "second.ts", pictures, sound)
    path.write_bytes((tmp_path / "first.ts").read_bytes() + (tmp_path / "second.ts").read_bytes())
    media = probe(path)
    assert media.duration == pytest.approx(8, abs=0.15)
    assert clicks(media) == pytest.approx([3.12, 7.12], abs=0.15)
    assert flashes(media) == pytest.approx([3.12, 7.12], abs=0.15)
    (remark,) = media.remarks()
    assert re.search(r"timestamps restart or jump at (3.9|4.0) s: the parts are joined", remark)


def test_a_stream_that_ends_early(tmp_path):
    path = tmp_path / "x.mp4"
    write_video(path, _pictures(), Sound(click_samples(16000, 6), 16000))
    assert probe(path).remarks() == [
        f"media file {path}: its video stream ends after 2.0 s of 6.0 s: its last frame is shown "
        "for the rest"
    ]
