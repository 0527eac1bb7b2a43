"""Streams with damaged packets, and with changing formats."""

import av
import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media import FrameSpec, Pictures, Sound, probe, read_frames, write_video

from ..media_files import EVENT, click_samples, flash_frames, write_flash
from .reading import clicks, flashes


def damage(path, stream, numbers):
    """Overwrite packets of a stream, given by their numbers."""
    with av.open(str(path)) as container:
        places = [(x.pos, x.size) for x in container.demux(stream) if x.size]
    content = bytearray(path.read_bytes())
    for number in numbers:
        start, size = places[number]
        content[start : start + size] = b"\xff" * size
    path.write_bytes(content)
    return len(places)


@pytest.mark.parametrize("stream, kind", [(0, "video"), (1, "audio")])
def test_a_damaged_packet_is_left_out_and_counted(tmp_path, stream, kind):
    path = tmp_path / "x.mp4"
    write_flash(path, fps=20)
    packets = damage(path, stream, [20])
    media = probe(path)
    assert media.remarks() == []
    assert flashes(media) == pytest.approx([EVENT], abs=0.11)
    assert clicks(media) == pytest.approx([EVENT], abs=0.01)
    assert media.remarks() == [
        f"media file {path}: 1 of {packets} packets of its {kind} stream cannot be decoded: skipped"
    ]


@pytest.mark.parametrize("stream, kind, read", [(0, "video", flashes), (1, "audio", clicks)])
def test_a_file_of_which_much_is_damaged(tmp_path, stream, kind, read):
    path = tmp_path / "x.mp4"
    write_flash(path, fps=20)
    packets = damage(path, stream, range(10, 40))
    with pytest.raises(InputError, match=f"more than 10% of the {packets} packets of its {kind}"):
        read(probe(path))


@pytest.mark.parametrize(
    "first, second",
    [
        (dict(rate=48000), dict(rate=32000)),
        (dict(layout="stereo"), dict(layout="5.1")),
        (dict(fps=20), dict(fps=25, layout="stereo", rate=22050)),
    ],
)
def test_sound_that_changes_in_mid_file(tmp_path, first, second):
    path = tmp_path / "x.ts"
    write_flash(tmp_path / "first.ts", seconds=4.0, **first)
    write_flash(tmp_path / "second.ts", seconds=4.0, **second)
    path.write_bytes((tmp_path / "first.ts").read_bytes() + (tmp_path / "second.ts").read_bytes())
    media = probe(path)
    assert media.duration == pytest.approx(8, abs=0.15)
    assert flashes(media) == pytest.approx([EVENT, 4 + EVENT], abs=0.15)
    assert clicks(media) == pytest.approx([EVENT, 4 + EVENT], abs=0.15)


def test_pictures_that_change_in_mid_file(tmp_path):
    path = tmp_path / "x.ts"
    for name, size in (("first", (64, 48)), ("second", (128, 96))):
        pictures = Pictures(flash_frames(np.arange(80) / 20, size), size, 20)
        sound = Sound(click_samples(16000, 4), 16000)
        write_video(tmp_path / f"{name}.ts", pictures, sound)
    path.write_bytes((tmp_path / "first.ts").read_bytes() + (tmp_path / "second.ts").read_bytes())
    media = probe(path)
    assert flashes(media) == pytest.approx([EVENT, 4 + EVENT], abs=0.15)
    small = list(read_frames(media, 10, 80, FrameSpec(32)))
    assert {image.shape for image in small} == {(32, 32, 3)}
