"""What a media file holds, and how bad ones are told."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media import Pictures, Sound, probe, write_video

from ..media_files import click_samples, flash_frames, write_flash

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
    assert media.origin > 0
    assert media.duration == pytest.approx(3, abs=0.07)


@pytest.mark.parametrize(
    "streams, told",
    [
        ((True, False), "no audio stream found (video)"),
        ((False, True), "no video stream found (audio)"),
    ],
)
def test_a_missing_stream(tmp_path, streams, told):
    path = tmp_path / "half.mp4"
    write_video(path, _pictures() if streams[0] else None, _sound() if streams[1] else None)
    with pytest.raises(InputError, match="a video stream and an audio stream expected") as error:
        probe(path)
    assert told in str(error.value) and str(path) in str(error.value)


def test_a_cover_is_no_video(tmp_path):
    """A song's cover is a video stream of one picture."""
    import av

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
    with pytest.raises(InputError, match="no video stream found"):
        probe(path)


def test_no_file_a_folder_an_empty_one_and_a_text(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        probe(tmp_path / "x.mp4")
    with pytest.raises(InputError, match="a folder, device or pipe found"):
        probe(tmp_path)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(InputError, match="cannot be read as video and sound"):
        probe(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("hello\n" * 1000)
    with pytest.raises(InputError, match="cannot be read as video and sound"):
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
    """FFmpeg takes some of them for streams of other kinds."""
    path = tmp_path / "x.mp4"
    write_flash(path, fps=10, seconds=20.0)
    content = path.read_bytes()
    assert content[4:8] == b"ftyp"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"its index \(moov\) is missing: it is cut off"):
        probe(path)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_file_that_is_cut_off(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    write_flash(path, seconds=20.0)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="cut off|cannot be read"):
        probe(path)
