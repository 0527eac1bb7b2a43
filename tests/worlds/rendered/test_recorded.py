"""Classes with pictures and recordings."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import read_annotations
from loco_mm.media import FrameSpec, probe, read_frames, read_sound
from loco_mm.worlds.rendered import find_content, make_rendered_plan
from loco_mm.worlds.rendered.recorded import RecordedCast

from ...content_files import RATE, write_content

TRAIN, TEST = (0, 0, 3), (0, 2, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_content(tmp_path_factory.mktemp("content"), count=3)


@pytest.fixture(scope="module")
def cast(folder):
    return RecordedCast(find_content(folder), RATE)


def shown(cast, label, key, number=0, seconds=0.5):
    """The pixels of an occurrence on black frames: colours where there is one."""
    image = np.zeros((100, 150, 3), np.float32)
    cast.figure(label, key, number, 100)(image, seconds)
    return image[image.max(2) > 5], image


def test_a_figure_has_the_colour_of_its_class(cast):
    for number in range(10):
        pixels, image = shown(cast, 1, TRAIN, number)
        red, green, blue = pixels.mean(0)
        assert red > 5 * green and red > 5 * blue
        # Between 0.35 and 0.65 of the height.
        rows = np.flatnonzero(image.max((1, 2)) > 5)
        assert 33 <= rows[-1] - rows[0] + 1 <= 67
    assert shown(cast, 0, TRAIN)[0].mean(0).argmax() == 1


def test_occurrences_differ_and_can_be_repeated(cast):
    first, second = (shown(cast, 1, TRAIN, number)[1] for number in (0, 1))
    assert np.abs(first - second).max() > 20
    np.testing.assert_array_equal(shown(cast, 1, TRAIN, 0)[1], first)
    assert np.abs(shown(cast, 1, TRAIN, 0, seconds=1.7)[1] - first).max() > 20


def test_training_and_test_have_other_files(cast):
    """Two of three files are for training; the third has a third of their brightness."""
    brightness = {
        key: {round(float(shown(cast, 1, key, n)[0].max())) for n in range(20)}
        for key in (TRAIN, TEST)
    }
    # At most 73 of 255, times 1.2; at least 110, times 0.7.
    assert max(brightness[TEST]) <= 90
    assert max(brightness[TRAIN]) > 200


def test_a_voice_has_the_pitch_of_its_class(cast):
    rng = np.random.default_rng(0)
    for label, hertz in ((0, 1500), (1, 400)):
        samples = cast.voice(label, TRAIN, 2 * RATE, rng)
        assert samples.shape == (2 * RATE,)
        assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.25, rel=1e-6)
        peak = np.abs(np.fft.rfft(samples)).argmax() / 2
        # Two files, the second of half the pitch, each times 0.85 to 1.18.
        assert 0.84 * hertz / 2 <= peak <= 1.19 * hertz
    # Repetitions: the tones of 0.5 s are heard to the end.
    assert np.abs(samples[-RATE // 2 :]).max() > 0.1


def test_clutter_differs_between_videos(cast):
    images = []
    for key in (TRAIN, TEST):
        image = np.zeros((100, 150, 3), np.float32)
        cast.backdrop(image, key)
        images.append(image)
    assert min(float(image.max()) for image in images) > 15
    assert np.abs(images[0] - images[1]).max() > 15


def test_a_world(folder, tmp_path):
    plan = make_rendered_plan(dict(durations=(5.0, 6.0)), dict(num_videos=(1, 0, 1)), folder)
    assert plan.frame_size == (240, 180) and plan.world.num_classes == 2
    assert plan.write(tmp_path) == 3
    found = read_annotations(tmp_path / "annotations" / "unav100_annotations.json")
    assert found.classes == ("green", "red")
    for video in plan.content():
        media = probe(tmp_path / "videos" / f"{video.video_id}.mp4")
        assert media.duration == pytest.approx(video.scene.duration, abs=0.1)
        (frame,) = read_frames(media, 1, 1, FrameSpec(None))
        assert frame.shape == (180, 240, 3)
        assert np.abs(np.concatenate(list(read_sound(media, 8000, 16000)))).max() > 0
    assert plan.write(tmp_path) == 0


def test_another_file_is_another_world(folder, tmp_path):
    plans = []
    for name, count in (("a", 1), ("b", 2)):
        plans.append(make_rendered_plan({}, {}, write_content(tmp_path / name, count)).settings())
    assert plans[0]["classes"].keys() == plans[1]["classes"].keys() == {"green", "red"}
    assert plans[0] != plans[1]
    assert plans[0] == make_rendered_plan({}, {}, tmp_path / "a").settings()


def test_more_classes_than_there_are(folder):
    with pytest.raises(InputError, match="num_classes: expected at most 2, got 3"):
        make_rendered_plan(dict(num_classes=3), {}, folder)


def test_a_file_that_cannot_be_read(tmp_path):
    write_content(tmp_path)
    (tmp_path / "red" / "0.png").write_text("nothing")
    with pytest.raises(InputError, match=r"red/0\.png: cannot be read"):
        RecordedCast(find_content(tmp_path), RATE)
