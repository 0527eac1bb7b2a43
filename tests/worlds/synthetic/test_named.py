"""Named worlds never change, as results are reported on them."""

import hashlib
import json

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.structures import FEATURE_KINDS
from loco_mm.worlds.synthetic import NAMED_WORLDS, WorldFiles, make_plan
from loco_mm.worlds.synthetic.world import SyntheticWorld

# For version 1 of each: digest of the content of all videos, and for the first test video the sums
# of the features and of their squares, visual and audio.
FROZEN = {
    "short": ("15f592aba2df1049", [-250.74, 7718.03, 1390.94, 8187.69]),
    "minute": ("22442e36710b8b61", [798.0, 16790.49, 1093.89, 14363.95]),
    "timelines": ("3143cac0d1af28a6", [245.61, 19613.38, -444.08, 18786.68]),
}


def digest(content):
    classes, videos = content
    content = [
        (x.video_id, x.subset, x.script.duration, x.script.instances, *rows(x.script.events))
        for x in videos
    ]
    return hashlib.sha256(json.dumps([classes, content]).encode()).hexdigest()[:16]


def rows(events):
    return np.round(events.segments, 5).tolist(), events.labels.tolist()


def sums(plan, video):
    grid = FEATURE_KINDS["onepeace"].grid
    found = []
    for modality in ("visual", "audio"):
        values = plan.world.features(video.key, video.script, modality, 64, grid)
        found += [float(values.sum()), float((values**2).sum())]
    return found


@pytest.mark.parametrize("name", FROZEN)
def test_a_named_world_stays_as_it_is(name, request):
    files = {}
    if NAMED_WORLDS[name].is_of_annotations:
        shared = request.getfixturevalue("shared")
        files["annotations"] = str(shared / "data" / "unav100_annotations.json")
    plan = make_plan(name, files)
    assert plan.name == f"{name}-v1"
    content = plan.content()
    first = next(video for video in content[1] if video.subset == "test")
    assert digest(content) == FROZEN[name][0]
    assert sums(plan, first) == pytest.approx(FROZEN[name][1], rel=1e-4, abs=1e-2)


def test_every_named_world_is_frozen_and_all_of_it_is_said():
    assert set(NAMED_WORLDS) == set(FROZEN)
    for named in NAMED_WORLDS.values():
        # A changed default must not change them.
        assert set(named.world) == set(vars(SyntheticWorld()))
        rest = {"world", "annotations", "name"} | ({"labels"} - set(named.files))
        assert set(named.files) | rest == set(WorldFiles.__dataclass_fields__)


def test_a_named_world_with_other_files_goes_without_its_name():
    assert make_plan("short", dict(annotations="other.json")).name == "synthetic"
    plan = make_plan("minute", dict(num_videos=[3, 1, 1]))
    assert plan.name == "synthetic"
    assert plan.world == make_plan("minute", {}).world
    assert plan.num_videos == (3, 1, 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("long", r"expected one of \['short', 'minute', 'timelines'\], got 'long'"),
        (
            "timelines",
            "synthetic world: expected the annotation file of UnAV-100 with 'timelines', got none",
        ),
    ],
)
def test_what_is_no_world_is_refused(name, message):
    with pytest.raises(InputError, match=message):
        make_plan(name, {})
