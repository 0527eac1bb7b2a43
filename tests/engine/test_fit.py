"""Values that must match each other."""

import pytest

from loco_mm.apis import load_config
from loco_mm.engine.fit import check_fit
from loco_mm.errors import InputError

from ..comparing import ROOT

PATH = str(ROOT / "configs" / "loco_synthetic.py")


def fit(path, options):
    check_fit(load_config(path, options))


def error_message(options, path=PATH):
    with pytest.raises(InputError) as error:
        fit(path, options)
    return str(error.value)


def test_widths_and_lengths_are_compared_inside_wrappers_too():
    inner = dict(
        type="SyntheticAVDataset",
        features=dict(kind="onepeace", visual=dict(dim=64), audio=dict(dim=3)),
        pipeline=[],
        max_len=128,
    )
    wrapper = dict(type="RepeatDataset", times=2, dataset=inner, _delete_=True)
    found = error_message({"train_dataloader.dataset": wrapper})
    assert found == (
        "model.encoder.audio_dim: expected 3, the audio channels of "
        "train_dataloader.dataset.dataset.features, got 64"
    )
    inner["features"]["audio"]["dim"] = 64
    fit(PATH, {"train_dataloader.dataset": wrapper})
    inner["max_len"] = 300
    both = dict(type="ConcatDataset", datasets=[inner, inner], _delete_=True)
    assert error_message({"train_dataloader.dataset": both, "model.max_len": 128}) == (
        "train_dataloader.dataset.datasets.0.max_len: expected at most model.max_len = 128, got 300"
    )


def test_classes_that_the_config_tells_are_counted_at_once():
    path = str(ROOT / "configs" / "loco_unav100_onepeace.py")
    with pytest.raises(
        InputError,
        match=r"model\.head\.num_classes: expected 100, the classes of train_dataloader\.dataset, "
        r"got 99",
    ):
        fit(path, {"model.head.num_classes": 99})
    three = {
        f"{s}_dataloader.dataset.metainfo.classes": list("abc") for s in ("train", "val", "test")
    }
    fit(path, three | {"model.head.num_classes": 3})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"model.encoder.visual_dim": 1024},
            "model.encoder.visual_dim: expected 512, the visual channels of "
            "train_dataloader.dataset.visual_dim, got 1024",
        ),
        (
            {"test_dataloader.dataset.audio_dim": 4},
            "model.encoder.audio_dim: expected 4, the audio channels of "
            "test_dataloader.dataset.audio_dim, got 128",
        ),
        (
            {"model.spatial": dict(type="AudioGuidedAttention")},
            "train_dataloader.dataset.features: expected 'map', whose cells model.spatial "
            "attends to, got 'mean'",
        ),
        (
            {"model.head.supervision": "weakly"},
            "model.head.supervision: expected 'fully', as in train_dataloader.dataset, got "
            "'weakly'",
        ),
        (
            {"train_dataloader.dataset.video_label": "proportion"},
            "model.head.video_label: expected 'proportion', as in train_dataloader.dataset, "
            "got 'class'",
        ),
        (
            {"model.head": dict(_delete_=True, type="PointHead", num_classes=28)},
            "model.head.type: expected a head for labels of segments, the task of "
            "train_dataloader.dataset, got PointHead",
        ),
        (
            {"model.head.num_classes": 29},
            "model.head.num_classes: expected 28, the classes of train_dataloader.dataset, got 29",
        ),
    ],
)
def test_a_model_of_segments_fits_its_data(options, text):
    path = str(ROOT / "configs" / "loco_ave_fully.py")
    assert error_message(options, path).startswith(text)


WEAKLY = {"train_dataloader.dataset.supervision": "weakly"}


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        (
            "lesp/lesp_ave_fully",
            {"val_dataloader.dataset.features": "mean"},
            "val_dataloader.dataset.features: expected 'map', whose cells model.encoder "
            "attends to, got 'mean'",
        ),
        (
            "cacenet/cacenet_ave_fully",
            WEAKLY,
            "model.head.supervision: expected 'weakly', as in train_dataloader.dataset, got "
            "'fully'",
        ),
        (
            "psp/psp_ave_fully",
            WEAKLY | {"model.head.supervision": "weakly"},
            "model.auxiliary.pairs: PairSimilarityLoss reads the labels of segments, which "
            "train_dataloader.dataset with supervision='weakly' does not give: leave it out",
        ),
    ],
)
def test_what_other_systems_ask_of_their_data(name, options, text):
    path = str(ROOT / "configs" / f"{name}.py")
    assert error_message(options, path).startswith(text)


@pytest.mark.parametrize("listed", [False, True])
def test_a_metric_of_segments_is_not_for_events(listed):
    metric = dict(type="SegmentAccuracy", _delete_=True)
    evaluators = [dict(type="SegmentMAP"), dict(type="SegmentAccuracy")]
    assert error_message({"val_evaluator": evaluators if listed else metric}) == (
        "val_evaluator.type: expected a metric of events, the task of val_dataloader.dataset, such "
        "as SegmentMAP, got SegmentAccuracy"
    )


def test_a_head_for_segments_is_not_for_events():
    head = dict(_delete_=True, type="AVELHead", num_classes=25)
    assert error_message({"model.head": head}) == (
        "model.head.type: expected a head for events, the task of train_dataloader.dataset, got "
        "AVELHead"
    )
