"""Videos of a world generated in memory."""

import numpy as np

from loco_mm.apis.world_report import made_videos
from loco_mm.worlds.synthetic import make_plan

WORLD = dict(num_classes=3, durations=[4.0, 7.0])


def test_they_are_those_that_the_world_writes(tmp_path):
    plan = make_plan(WORLD, dict(num_videos=[3, 2, 2], widths=[6, 4], layouts=["onepeace"]))
    plan.write(tmp_path)
    videos = list(made_videos(plan, "train"))
    assert len(videos) == 3
    for video in videos:
        for modality, suffix in (("visual", "_video_finetune"), ("audio", "_audio")):
            path = tmp_path / "av_features" / f"{video.video_id}_one_peace{suffix}.npy"
            assert np.array_equal(video.features[modality], np.load(path))


def test_of_several_layouts_the_first_is_taken():
    plan = make_plan(WORLD, dict(num_videos=[1, 0, 0], layouts=["i3d-vggish", "onepeace"]))
    (video,) = made_videos(plan, "train")
    assert video.grid.stride == 8
    assert len(video.features["audio"]) == video.grid.num_steps(video.script.duration)
