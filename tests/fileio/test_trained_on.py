"""Description of the training dataset in a checkpoint."""

from dataclasses import asdict

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import TrainedOn
from loco_mm.structures import FEATURE_KINDS

from .test_feature_folder import DESCRIPTION

KIND = FEATURE_KINDS["i3d-vggish"]
META = dict(
    classes=("a", "b"),
    features=asdict(KIND),
    extractor=DESCRIPTION.model_dump(mode="json"),
    skipped_videos={},
)


def test_there_and_back():
    found = TrainedOn.of(META, "x")
    assert found == (("a", "b"), asdict(KIND.grid), KIND, DESCRIPTION.model_copy(
        update=dict(features=dict(visual=dict(suffixes=["_v.npy"], dim=4)))
    ))  # fmt: skip
    assert TrainedOn.of(found.to_meta(), "x") == found
    assert TrainedOn.of({}, "x") == TrainedOn()
    assert TrainedOn().to_meta() == {}
    only_grid = TrainedOn.of(dict(features=dict(grid=asdict(KIND.grid))), "x")
    assert only_grid == TrainedOn(grid=asdict(KIND.grid))
    assert TrainedOn.of(only_grid.to_meta(), "x") == only_grid


def test_one_completes_another():
    named = TrainedOn(classes=("a",))
    assert named.completed(TrainedOn.of(META, "x")).classes == ("a",)
    assert named.completed(TrainedOn.of(META, "x")).kind == KIND


@pytest.mark.parametrize(
    ("meta", "text"),
    [
        (dict(classes=[1]), "x: expected class names, got list"),
        (dict(features=[1]), "x has features without a grid"),
        (
            dict(features=dict(grid=dict(fps=3))),
            r"x: grid: expected 'fps', 'num_frames', 'stride', got \['fps'\]",
        ),
        (dict(features=dict(asdict(KIND), audio=3)), "features.audio: expected a dict, got 3"),
        (dict(extractor=dict(extractor="a")), "x, meta of its data: version is missing"),
        (dict(extractor=3), "x, meta of its data: expected an object, got 3"),
    ],
)
def test_what_is_none_is_reported(meta, text):
    with pytest.raises(InputError, match=text):
        TrainedOn.of(meta, "x")
