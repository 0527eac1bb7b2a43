"""Inputs and outputs of the inferencer."""

import json

import numpy as np
import pytest
import torch
from mmengine.infer import BaseInferencer
from mmengine.registry import init_default_scope

from loco_mm.apis import AVEventInferencer, inference, init_model
from loco_mm.errors import InputError
from loco_mm.features import build_extractor
from loco_mm.fileio import describe_folder, random_embeddings
from loco_mm.models.heads import PointHead
from loco_mm.registry import INFERENCERS
from loco_mm.structures import Events

from ..media_files import write_flash
from .small_localizer import CLASSES, by_names, small_checkpoint, small_config, some_features


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("inferencer")


@pytest.fixture(scope="module")
def config(folder):
    return small_config(folder / "small.py")


@pytest.fixture(scope="module")
def checkpoint(folder, config):
    return small_checkpoint(folder / "small.pth", config)


@pytest.fixture(scope="module")
def media(folder):
    return write_flash(folder / "a.mp4", fps=10, seconds=4)


@pytest.fixture(scope="module")
def inferencer(config, checkpoint):
    return AVEventInferencer(config, checkpoint, show_progress=False)


def results(inferencer, inputs, **options):
    return inferencer(inputs, **options)["predictions"]["results"]


def test_it_is_the_toolbox_s(config, checkpoint):
    init_default_scope("mmaction")
    kind = dict(type="av-event-localization", config=str(config), checkpoint=str(checkpoint))
    built = INFERENCERS.build(kind)
    assert isinstance(built, BaseInferencer) and isinstance(built, AVEventInferencer)
    assert built.classes == CLASSES


def test_a_media_file_is_as_its_features(inferencer, config, checkpoint, media):
    extractor = build_extractor(dict(type="spectral"))
    duration, features = extractor.extract(media)[0].duration, extractor.extract(media)[1]
    model = init_model(config, checkpoint)
    wanted = Events.from_instances(
        inference(model, *features.values(), duration=duration).pred_instances
    )
    found = results(inferencer, media)
    assert list(found) == ["a"]
    assert len(found["a"]) == len(wanted) > 20
    for row, event in zip(found["a"], wanted, strict=True):
        assert row == dict(
            segment=[event.start, event.end], label=CLASSES[event.label], score=event.score
        )
    assert json.loads(json.dumps(found)) == found


def test_all_that_it_takes(inferencer, media, folder):
    visual, audio = some_features(20)
    describe_folder(folder, build_extractor(dict(type="spectral")).description())
    np.save(folder / "x_spectral_visual.npy", visual)
    np.save(folder / "x_spectral_audio.npy", np.concatenate([audio, audio[:1]]))
    np.save(folder / "left.npy", visual[:, :300])
    np.save(folder / "right.npy", visual[:, 300:])
    wanted = results(inferencer, (visual, audio))["video"]
    files = tuple(folder / f"x_spectral_{m}.npy" for m in ("visual", "audio"))
    parts = [str(folder / "left.npy"), folder / "right.npy"]
    many = [
        media,
        (torch.from_numpy(visual), audio.tolist()),
        files,
        dict(visual=parts, audio=audio),
        dict(visual=visual, audio=audio, video_id="named", duration=5.0),
    ]
    for batch_size in (1, 4):
        found = results(inferencer, many, batch_size=batch_size)
        assert list(found) == ["a", "video-1", "x", "left", "named"]
        for name in ("video-1", "x", "left"):
            assert [row["label"] for row in found[name]] == [row["label"] for row in wanted]
            one, other = ([row["segment"] for row in rows] for rows in (found[name], wanted))
            np.testing.assert_allclose(one, other, atol=1e-4)
    assert max(row["segment"][1] for row in found["named"]) <= 5.0
    assert results(inferencer, []) == {}


def test_pictures_files_and_thresholds(inferencer, tmp_path, capsys):
    pair = tuple(some_features(20))
    every = results(inferencer, pair)["video"]
    thr = every[10]["score"]
    found = inferencer(
        pair,
        score_thr=thr,
        vis_out_dir=tmp_path / "png",
        pred_out_file=tmp_path / "p.json",
        print_result=True,
    )
    assert found["predictions"]["results"]["video"] == [r for r in every if r["score"] >= thr]
    assert found["visualization"] == [str(tmp_path / "png" / "video.png")]
    assert (tmp_path / "png" / "video.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "p.json").read_text()) == found["predictions"]
    assert json.loads(capsys.readouterr().out) == found["predictions"]
    (sample,) = inferencer(pair, return_datasamples=True)["predictions"]
    assert len(sample.pred_instances) == len(every)
    with pytest.raises(ValueError, match="unknown argument"):
        inferencer(pair, treshold=1)


def test_long_videos(config, checkpoint):
    def build(windows):
        return AVEventInferencer(config, checkpoint, windows=windows, show_progress=False)

    auto, whole, always = build("auto"), build(None), build(dict(size=32, overlap=16))
    for steps, same_as in ((20, (whole, always)), (63, (whole,)), (64, (always,))):
        pair = tuple(some_features(steps))
        found = results(auto, pair)["video"]
        for other in same_as:
            wanted = results(other, pair)["video"]
            assert [row["label"] for row in found] == [row["label"] for row in wanted]
            np.testing.assert_allclose(
                [row["segment"] for row in found], [row["segment"] for row in wanted], atol=1e-4
            )
    # Limits increase with the length: 100 events per 32 steps.
    assert len(results(auto, tuple(some_features(100)))["video"]) == 300
    assert len(results(whole, tuple(some_features(100)))["video"]) == 300


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (
            7,
            r"inputs: expected a media file, a pair \(visual, audio\) of features, a dict of "
            r"both, or a list of these,, got int",
        ),
        ("x.npy", r"inputs: expected a pair \(visual, audio\) of feature files, got 'x.npy'"),
        (
            ("a.mp4", "b.mp4"),
            r"inputs\.visual: expected a \.npy file \(several videos are a list\), got 'a\.mp4'",
        ),
        ([("v.npy", 3)], r"inputs\[0\].audio: expected an array or .npy files, got int"),
        (
            dict(visual=[[1.0]]),
            r"expected keys of \['audio', 'duration', 'grid', 'video_id', 'visual'\], got a "
            r"dict of \['visual'\]",
        ),
        (["x/a.mp4", "y/a.avi"], r"inputs\[1\]: a second video named 'a': rename one"),
        (
            [dict(visual=[[1.0]], audio=[[1.0]], video_id=3)],
            r"inputs\[0\]\.video_id: expected a string, got 3",
        ),
        ("gone.mp4", "media file gone.mp4: no such file"),
        (("gone.npy", "gone.npy"), "feature file gone.npy: no such file"),
    ],
)
def test_what_it_does_not_take(inferencer, inputs, text):
    with pytest.raises(InputError, match=text):
        inferencer(inputs)


@pytest.mark.parametrize("size", [0, -1, 1.5, "2"])
def test_a_batch_holds_something(inferencer, size):
    with pytest.raises(InputError, match="batch_size: expected an integer >= 1, got .*"):
        inferencer(tuple(some_features(20)), batch_size=size)


def test_features_of_others_are_refused(config, checkpoint, folder, media, tmp_path):
    other = dict(type="spectral", grid=dict(fps=8, num_frames=8, stride=4))
    with pytest.raises(
        InputError,
        match=r"extractor 'spectral': expected the grid of the model's training, \{'fps': 16, "
        r"'num_frames': 8, 'stride': 4\}, got \{'fps': 8, 'num_frames': 8, 'stride': 4\}",
    ):
        AVEventInferencer(config, checkpoint, other)
    with pytest.raises(InputError, match="extractor.type: .*'nope', known are i3d-vggish, "):
        AVEventInferencer(config, checkpoint, "nope")
    with pytest.raises(InputError, match="extractor: expected a name, a config .*, got 3"):
        AVEventInferencer(config, checkpoint, 3)
    described = build_extractor(dict(type="spectral")).description()
    newer = described.model_copy(update=dict(version=3))
    path = small_checkpoint(tmp_path / "2.pth", config, extractor=newer.model_dump(mode="json"))
    with pytest.raises(
        InputError,
        match=r"trained on features of the extractor 'spectral', the extractor 'spectral' has "
        r"others: version: expected 3, got 2",
    ):
        AVEventInferencer(config, path, show_progress=False)(media)
    describe_folder(tmp_path, newer)
    for name, array in zip(("v", "a"), some_features(20), strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    inferencer = AVEventInferencer(config, checkpoint, show_progress=False)
    with pytest.raises(InputError, match=rf"{tmp_path} has others: version: expected 2, got 3"):
        inferencer((tmp_path / "v.npy", tmp_path / "a.npy"))


def test_other_files_of_an_extractor(config, media, tmp_path):
    features = dict(kind="spectral", visual=dict(suffixes=["_rgb.npy"], dim=322))
    kind = dict(
        visual=dict(suffixes=["_rgb.npy"], dim=322),
        audio=dict(suffixes=["_spectral_audio.npy"], dim=130),
        grid=dict(fps=16, num_frames=8, stride=4),
    )
    path = small_checkpoint(tmp_path / "x.pth", config, features=kind)
    text = (
        r"the extractor 'spectral': expected _rgb\.npy, the visual features that the model was "
        r"trained on, got _spectral_visual\.npy"
    )
    with pytest.raises(InputError, match=text):
        AVEventInferencer(config, path, "spectral")
    assert features["kind"] == "spectral"


def test_a_checkpoint_that_does_not_say_its_features(config, media, tmp_path):
    path = small_checkpoint(tmp_path / "x.pth", config, extractor=None)
    silent = AVEventInferencer(config, path, show_progress=False)
    with pytest.raises(
        InputError, match="does not name the extractor of .*: give an extractor, one of"
    ):
        silent(media)
    inferencer = AVEventInferencer(config, path, "spectral", show_progress=False)
    assert len(results(inferencer, media)["a"]) > 20


@pytest.mark.parametrize(
    ("extractor", "settings", "text"),
    [
        ("timm", dict(model="x"), r"needs weights: give it, as {'type': 'timm', 'model': 'x'}"),
        ("os.path.join", {}, r"is not known here: give it, as {'type': 'os.path.join'}"),
    ],
)
@pytest.mark.parametrize("weights", [{}, dict(visual="0a")])
def test_nothing_is_fetched_on_the_word_of_a_checkpoint(
    config, media, tmp_path, extractor, settings, text, weights
):
    description = dict(
        extractor=extractor, version=1, settings=settings, weights=weights, features={}
    )
    path = small_checkpoint(tmp_path / "x.pth", config, extractor=description)
    inferencer = AVEventInferencer(config, path, show_progress=False)
    with pytest.raises(InputError, match=text):
        inferencer(media)


def test_a_head_that_cannot_stitch_sees_long_videos_whole(config, checkpoint, monkeypatch):
    monkeypatch.setattr(PointHead, "stitches", False)
    inferencer = AVEventInferencer(config, checkpoint, show_progress=False)
    assert inferencer.model.windows is None
    assert len(results(inferencer, tuple(some_features(70)))["video"]) == 200


def test_models_of_segments_take_features():
    from loco_mm.apis import load_config
    from loco_mm.testing import shrink_model

    from ..comparing import CONFIGS

    cfg = load_config(str(CONFIGS / "loco_ave_fully.py"))
    cfg.model = shrink_model(cfg.model)
    inferencer = AVEventInferencer(cfg, show_progress=False)
    rng = np.random.default_rng(0)
    pair = rng.normal(size=(10, 12)), rng.normal(size=(10, 8))
    (sample,) = inferencer(pair, return_datasamples=True)["predictions"]
    found = results(inferencer, pair)["video"]
    covered = sum(row["segment"][1] - row["segment"][0] for row in found)
    assert covered == (sample.pred_segment_labels != inferencer.model.head.num_classes).sum()
    assert all("label_id" in row or "label" in row for row in found)
    with pytest.raises(InputError, match="a model for labels of segments takes features"):
        inferencer("x.mp4")
    with pytest.raises(
        InputError, match=r"windows: expected None for a AVSegmentClassifier, got \{'size': 8\}"
    ):
        AVEventInferencer(cfg, windows=dict(size=8))


def test_other_classes_by_their_names(tmp_path):
    """Classes of the training keep their scores; labels follow the order of the names."""
    known = random_embeddings(3, 6)
    classifier = by_names(tmp_path / "known.npy", known)
    config = small_config(tmp_path / "s.py", classifier=classifier, class_aware=False)
    inferencer = AVEventInferencer(
        config, small_checkpoint(tmp_path / "s.pth", config), show_progress=False
    )
    video = tuple(some_features(20))
    before = results(inferencer, video)["video"]
    names = ("glass breaking", "horn", "rain <b>", "bark")
    others = np.concatenate([random_embeddings(9, 6)[-1:], known[::-1]])
    inferencer.set_classes(names, others)
    assert inferencer.classes == names
    after = results(inferencer, video)["video"]
    assert {event["label"] for event in after} == set(names)
    for name in CLASSES:
        one, other = (
            [[*e["segment"], e["score"]] for e in found if e["label"] == name]
            for found in (before, after)
        )
        best = min(len(one), len(other), 5)
        assert best
        np.testing.assert_allclose(one[:best], other[:best], atol=1e-5)
    np.save(tmp_path / "one.npy", others[:1])
    inferencer.set_classes(["glass breaking"], tmp_path / "one.npy")
    assert {event["label"] for event in results(inferencer, video)["video"]} == {"glass breaking"}
    with pytest.raises(
        InputError, match=r"set_classes\.embeddings: expected 2 rows, one per class, got 4"
    ):
        inferencer.set_classes(["a", "b"], others)


def test_a_model_that_knows_classes_by_number_refuses_others(inferencer):
    with pytest.raises(
        InputError,
        match="model.head.classifier: expected LanguageClassifier, which compares with class "
        "names, got ConvClassifier",
    ):
        inferencer.set_classes(["a"], random_embeddings(1, 6))
