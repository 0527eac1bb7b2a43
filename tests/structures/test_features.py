"""Kinds of features, from configs."""

import pytest

from loco_mm.errors import InputError
from loco_mm.structures import FEATURE_KINDS, FeatureKind, FeatureStream, TemporalGrid

OWN = dict(
    visual=dict(suffixes=["_clip.npy"], dim=512),
    audio=dict(suffixes=["_a.npy", "_b.npy"], dim=96),
    grid=dict(fps=8, num_frames=8, stride=2),
)


def test_a_kind_of_ones_own():
    kind = FeatureKind.from_config(OWN)
    assert kind.visual == FeatureStream(("_clip.npy",), 512)
    assert kind.grid == TemporalGrid(8, 8, 2)
    assert kind.files("v") == ["v_clip.npy", "v_a.npy", "v_b.npy"]
    assert FeatureKind.from_config(kind) is kind


def test_a_kind_by_name_and_with_changes():
    assert FeatureKind.from_config("onepeace") is not None
    assert FeatureKind.from_config(dict(kind="onepeace")) == FEATURE_KINDS["onepeace"]
    narrow = FeatureKind.from_config(dict(kind="i3d-vggish", visual=dict(dim=8)))
    assert narrow.visual == FeatureStream(("_rgb.npy", "_flow.npy"), 8)
    assert narrow.audio == FEATURE_KINDS["i3d-vggish"].audio
    assert narrow.grid == TemporalGrid(25, 24, 8)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            "clip",
            r"features\.kind: expected one of \['i3d-vggish', .*, 'spectral'\], got 'clip'",
        ),
        (
            dict(kind="onepeace", visuals={}),
            r"features: expected 'visual', 'audio', 'grid', got \['visuals'\]",
        ),
        (
            dict(OWN, visual=dict(suffix=["x"], dim=4)),
            r"features\.visual: expected 'suffixes' \(a list of strings\) and 'dim', got "
            r"\{'suffix': \['x'\], 'dim': 4\}",
        ),
        (
            dict(OWN, visual=dict(suffixes="x", dim=4)),
            r"features\.visual: expected 'suffixes' \(a list of strings\) and 'dim', got "
            r"\{'suffixes': 'x', 'dim': 4\}",
        ),
        (
            dict(OWN, audio=dict(suffixes=[], dim=4)),
            r"features\.audio: expected 'suffixes' \(a list of strings\) and 'dim', got "
            r"\{'suffixes': \[\], 'dim': 4\}",
        ),
        (
            dict(OWN, audio=dict(suffixes=["x"], dim="4")),
            r"features\.audio\.dim: expected a number of channels, got '4'",
        ),
        (
            dict(OWN, grid=dict(fps=8)),
            r"features\.grid: expected 'fps', 'num_frames', 'stride', got \['fps'\]",
        ),
        (
            dict(OWN, grid=dict(fps=8, num_frames=8, stride=0)),
            r"grid\.stride: expected a positive number",
        ),
        (
            dict(visual=OWN["visual"], grid=OWN["grid"]),
            r"features\.audio: expected 'suffixes' \(a list of strings\) and 'dim', got \{\}",
        ),
    ],
)
def test_bad_kinds_are_refused_by_key(config, message):
    with pytest.raises(InputError, match=message):
        FeatureKind.from_config(config)
