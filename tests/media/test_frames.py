"""Frames at a constant rate."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media import FrameSpec, Pictures, Sound, probe, read_frames, write_video

from ..media_files import EVENT, KINDS, click_samples, write_flash

SMALL = FrameSpec(32, scaling="area")


def _bright(frames):
    return np.flatnonzero([frame.max() > 150 for frame in frames])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fps", [8, 16, 25])
def test_the_flash_is_in_its_slots(tmp_path, kind, fps):
    """Those whose centre it covers; at 24 fps it starts up to 1/24 s late."""
    ending, settings = KINDS[kind]
    media = probe(write_flash(tmp_path / f"x{ending}", **settings))
    frames = list(read_frames(media, fps, 6 * fps, SMALL))
    assert len(frames) == 6 * fps
    assert frames[0].shape == (32, 32, 3) and frames[0].dtype == np.uint8
    found = (_bright(frames) + 0.5) / fps
    assert found.size and (found > EVENT).all() and (found < EVENT + 0.125).all()
    assert len(found) >= {8: 1, 16: 1, 25: 2}[fps]


@pytest.mark.parametrize(
    "turn, side", [(0, "left"), (90, "bottom"), (180, "right"), (-90, "top"), (270, "top")]
)
def test_turned_as_a_player_turns_it(tmp_path, turn, side):
    media = probe(write_flash(tmp_path / "x.mp4", turn=turn))
    frames = list(read_frames(media, 25, 150, SMALL))
    image = frames[_bright(frames)[0]].mean(-1)
    sides = dict(left=image[:, :8], right=image[:, -8:], top=image[:8], bottom=image[-8:])
    assert max(sides, key=lambda name: sides[name].mean()) == side


def test_still_before_the_first_and_after_the_last(tmp_path):
    path = tmp_path / "x.mp4"
    images = [np.full((48, 64, 3), value, np.uint8) for value in (50, 120, 200)]
    pictures = Pictures(images, (64, 48), 2, [1.0, 1.5, 2.0])
    write_video(path, pictures, Sound(click_samples(16000, 6, events=False), 16000))
    frames = list(read_frames(probe(path), 4, 20, SMALL))
    shades = [50] * 6 + [120] * 2 + [200] * 12
    assert np.abs([frame.mean() for frame in frames] - np.array(shades)).max() < 4


def test_fewer_are_given_than_there_are(tmp_path):
    media = probe(write_flash(tmp_path / "x.mp4"))
    assert len(list(read_frames(media, 25, 7, SMALL))) == 7
    assert not list(read_frames(media, 25, 0, SMALL))


def test_sizes(tmp_path):
    """A frame of 64 x 48: stretched, cropped, or whole."""
    media = probe(write_flash(tmp_path / "x.mp4"))
    stretched, cut, whole = (
        list(read_frames(media, 25, 80, spec))[79]
        for spec in (SMALL, FrameSpec(32, 32), FrameSpec(None, 96))
    )
    assert stretched.shape == cut.shape == (32, 32, 3)
    assert whole.shape == (96, 128, 3)
    # The bright half ends at the centre of each.
    for image in (stretched, cut, whole):
        half = image.shape[1] // 2
        assert image[:, : half - 4].mean() > 150 > 60 > image[:, half + 4 :].mean()


def test_a_file_that_is_not_the_same_any_more(tmp_path):
    path = tmp_path / "x.mkv"
    write_flash(path, seconds=3.0)
    media = probe(path)
    write_video(path, None, Sound(click_samples(16000, 3), 16000))
    with pytest.raises(InputError, match="changed while"):
        list(read_frames(media, 25, 7, SMALL))
