"""Files of a rendered world."""

import json

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import read_annotations
from loco_mm.media import FrameSpec, probe, read_frames, read_sound
from loco_mm.worlds.rendered import RenderedWorldFiles, make_rendered_plan

SMALL = dict(num_videos=(2, 1, 1))
WORLD = dict(durations=(5.0, 6.0))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("rendered") / "world"
    plan = make_rendered_plan(WORLD, SMALL)
    assert plan.write(root) == 5
    return plan, root


def test_annotations(written):
    plan, root = written
    found = read_annotations(root / "annotations" / "unav100_annotations.json")
    assert len(found.classes) == 6 and "beeping square" in found.classes
    subsets = [video.subset for video in found.videos.values()]
    assert subsets == ["train", "train", "validation", "test"]
    for video, (video_id, read) in zip(plan.content(), found.videos.items(), strict=True):
        assert video.video_id == video_id and read.duration == video.scene.duration
        np.testing.assert_allclose(read.events.segments, video.scene.events.segments, atol=1e-3)
        np.testing.assert_array_equal(read.events.labels, video.scene.events.labels)


def test_pictures_and_sound_show_what_happens(written):
    """Without a shape the frames are constant, and without a sound it is quiet."""
    plan, root = written
    present = []
    for video in plan.content():
        media, scene = probe(root / "videos" / f"{video.video_id}.mp4"), video.scene
        assert media.duration == pytest.approx(scene.duration, abs=0.1)
        count = int(scene.duration * 8)
        frames = np.stack(list(read_frames(media, 8, count, FrameSpec(40)))).astype(int)
        sound = np.concatenate(list(read_sound(media, 8000, count * 1000)))
        loud = np.sqrt((sound.reshape(count, 1000) ** 2).mean(1))
        times = (np.arange(count) + 0.5) / 8
        seen, heard = (_is_any(spans, times) for spans in (scene.seen, scene.heard))
        sure_seen, sure_heard = (_is_sure(flags) for flags in (seen, heard))
        moving = np.abs(np.diff(frames, axis=0)).max((1, 2, 3))
        still = ~seen[1:] & sure_seen[1:] & sure_seen[:-1]
        assert (moving[still] < 25).all()
        assert (loud[~heard & sure_heard] < 0.015).all()
        present += [moving[seen[1:] & seen[:-1]] > 40, loud[heard & sure_heard] > 0.015]
    assert np.mean(np.concatenate(present[::2])) > 0.5
    assert np.mean(np.concatenate(present[1::2])) > 0.8


def _is_any(spans, times):
    present = [(span.start <= times) & (times < span.end) for span in spans]
    return np.any([np.zeros_like(times, bool), *present], axis=0)


def _is_sure(flags):
    """Times that are neither near a change nor near an end."""
    sure = np.zeros_like(flags)
    sure[1:-1] = (flags[:-2] == flags[1:-1]) & (flags[2:] == flags[1:-1])
    return sure


def test_written_once_and_mended(written):
    plan, root = written
    assert plan.write(root) == 0
    lost = next((root / "videos").iterdir())
    lost.unlink()
    with pytest.warns(UserWarning, match="1 of the world's 5 files are missing"):
        assert plan.write(root) == 1
    assert probe(lost).duration > 4


def test_another_world_is_not_replaced_unasked(written):
    _, root = written
    other = make_rendered_plan({**WORLD, "seed": 1}, SMALL)
    with pytest.raises(InputError, match="not empty, and not this world"):
        other.write(root)
    settings = json.loads((root / "world.json").read_text())["settings"]
    assert settings["world"]["seed"] == 0


@pytest.mark.parametrize(
    "settings, message",
    [
        (
            dict(num_videos=(0, 0, 0)),
            "rendered world: expected three counts, not all of them 0, got num_videos=(0, 0, 0)",
        ),
        (
            dict(frame_size=(161, 120)),
            "expected an even width and height from 16 on, got frame_size=(161, 120)",
        ),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(InputError) as error:
        make_rendered_plan({}, settings)
    assert message in str(error.value)


def test_more_classes_than_there_are():
    with pytest.raises(InputError, match="num_classes: expected at most 6, got 7"):
        make_rendered_plan(dict(num_classes=7), {})


def test_the_default_is_what_the_config_says():
    from loco_mm.apis import load_config

    config = load_config("configs/loco_rendered.py")
    plan = RenderedWorldFiles(world=make_rendered_plan({}, {}).world)
    assert config.model.head.num_classes == plan.world.num_classes
    # Four features per second, of half a second each.
    assert config.train_dataloader.dataset.max_len >= 4 * plan.world.durations[1]
