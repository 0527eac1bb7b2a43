"""The synthetic world: what it holds, and the files it writes."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from loco_mm.datasets import SyntheticAVDataset, read_annotations
from loco_mm.datasets.synthetic import ANN_FILE, LAYOUTS, SyntheticWorld, WorldFiles, make_plan
from loco_mm.datasets.synthetic_world import Instance, activity, num_steps
from loco_mm.errors import InputError
from loco_mm.structures import TemporalGrid

GRID = TemporalGrid(16, 16, 4)
WORLD = SyntheticWorld(num_classes=4, durations=(4.0, 9.0))
SCRIPTS = [((0, i), WORLD.script((0, i))) for i in range(120)]


def small_files(**settings):
    return WorldFiles(WORLD, **(dict(num_videos=(4, 2, 3), widths=(6, 4)) | settings))


def spans(script, modality, label):
    return [(i.start, i.end) for i in script.instances[modality] if i.label == label]


def test_annotated_is_exactly_what_is_both_heard_and_seen():
    for _, script in SCRIPTS:
        for label in range(WORLD.num_classes):
            both = sorted(
                (max(a[0], v[0]), min(a[1], v[1]))
                for a in spans(script, "audio", label)
                for v in spans(script, "visual", label)
                if min(a[1], v[1]) - max(a[0], v[0]) > 1e-9
            )
            annotated = script.segments[script.labels == label]
            assert len(both) == len(annotated)
            if both:
                np.testing.assert_allclose(both, sorted(annotated.tolist()))


def test_events_differ_between_modalities_and_distractors_abound():
    outlasting = distractors = events = 0
    for _, script in SCRIPTS:
        events += len(script.labels)
        seen = {i.source: i for i in script.instances["visual"]}
        heard = {i.source: i for i in script.instances["audio"]}
        both = seen.keys() & heard.keys()
        assert both == set(range(len(script.labels)))
        distractors += len(seen.keys() ^ heard.keys())
        outlasting += sum(
            (seen[s].start, seen[s].end) != (heard[s].start, heard[s].end) for s in both
        )
    assert outlasting > 0.95 * events
    assert 0.7 * events < distractors < 3 * events


def test_durations_are_log_uniform_and_events_lie_in_the_video():
    lengths = []
    for _, script in SCRIPTS:
        assert 4.0 <= script.duration <= 9.0
        assert (script.segments >= 0).all()
        assert (script.segments <= script.duration).all()
        lengths += (script.segments[:, 1] - script.segments[:, 0]).tolist()
    assert min(lengths) >= 0.498
    median = np.median(np.log(lengths))
    assert np.log(0.5) + 0.2 * np.log(14) < median < np.log(0.5) + 0.6 * np.log(14)


def test_classes_overlap_and_one_class_does_not():
    crossing = 0
    for _, script in SCRIPTS:
        for i, (a, b) in enumerate(script.segments):
            for j, (c, d) in enumerate(script.segments[:i]):
                if min(b, d) > max(a, c):
                    assert script.labels[i] != script.labels[j]
                    crossing += 1
    assert crossing > 10


def test_features_show_an_instance_where_it_is():
    key, script = next((k, s) for k, s in SCRIPTS if len(s.labels))
    quiet = dataclasses.replace(WORLD, background=0.0, variation=0.0, loudness=1.0, signal=1000.0)
    for modality in ("visual", "audio"):
        values = quiet.features(key, script, modality, 8, GRID)
        assert values.shape == (num_steps(script.duration, GRID), 8)
        shown = values @ np.linalg.pinv(quiet.prototypes(modality, 8)) / quiet.signal
        instances = script.instances[modality]
        wanted = np.zeros_like(shown)
        for column, one in zip(activity(instances, len(values), GRID).T, instances, strict=True):
            wanted[:, one.label] += column
        np.testing.assert_allclose(shown, wanted, atol=0.05)


def test_activity_is_the_share_of_a_features_frames():
    # Features cover 0..1, 0.25..1.25, 0.5..1.5, 0.75..1.75 s.
    shown = activity([Instance(0.5, 1.25, 0, 0)], 4, GRID)
    assert shown[:, 0].tolist() == [0.5, 0.75, 0.75, 0.5]


def test_steps_follow_from_duration_and_grid():
    assert num_steps(10.0, GRID) == 37
    assert num_steps(0.3, GRID) == 1
    assert num_steps(60.0, LAYOUTS["i3d-vggish"].grid) == 185


def test_prototypes_share_a_latent_and_differ():
    visual, audio = (WORLD.prototypes(m, 32) for m in ("visual", "audio"))
    np.testing.assert_allclose(np.linalg.norm(visual, axis=1), 1)
    assert np.abs(visual @ visual.T - np.eye(4)).max() < 0.9
    assert np.abs(visual - audio).max() > 0.1
    more = dataclasses.replace(WORLD, num_classes=9).prototypes("visual", 32)
    assert np.array_equal(more[:4], visual)


def test_noise_is_correlated_in_time():
    noise = WORLD._noise(np.random.default_rng(0), 4000, 3)
    assert noise.std() == pytest.approx(1, abs=0.1)
    lag = np.corrcoef(noise[1:, 0], noise[:-1, 0])[0, 1]
    assert lag == pytest.approx(WORLD.correlation, abs=0.05)


def frames(scale=1.0):
    """Features of both modalities, and per class whether a frame lies in an event."""
    world = dataclasses.replace(WORLD, signal=WORLD.signal * scale)
    rows = {"visual": [], "audio": []}
    truth = []
    for key, script in SCRIPTS:
        for modality in rows:
            values = world.features(key, script, modality, 24, GRID)
            # The background is not what a frame tells.
            rows[modality].append(values - values.mean(0))
        events = [
            Instance(a, b, int(k), 0)
            for (a, b), k in zip(script.segments, script.labels, strict=True)
        ]
        shown = activity(events, num_steps(script.duration, GRID), GRID) > 0.5
        hot = np.zeros((len(shown), WORLD.num_classes), bool)
        for column, event in zip(shown.T, events, strict=True):
            hot[:, event.label] |= column
        truth.append(hot)
    half = sum(map(len, truth[:60]))
    return {m: np.concatenate(x) for m, x in rows.items()}, np.concatenate(truth), half


def average_precision(scores, truth):
    order = np.argsort(-scores)
    hits = truth[order]
    return (hits.cumsum() / np.arange(1, len(hits) + 1))[hits].mean()


def probe(features, truth, half):
    """Scores of a linear classifier per frame, fitted on one half and shown on the other."""
    x = np.concatenate([features, np.ones((len(features), 1))], 1)
    weight = np.linalg.solve(
        x[:half].T @ x[:half] + 10 * np.eye(x.shape[1]), x[:half].T @ truth[:half]
    )
    return x @ weight


def test_neither_modality_nor_their_sum_solves_it():
    features, truth, half = frames()
    single = {m: probe(x, truth, half) for m, x in features.items()}
    joint = probe(np.concatenate(list(features.values()), 1), truth, half)
    both = np.minimum(single["visual"], single["audio"])
    figures = {
        name: np.mean([average_precision(s[half:, k], truth[half:, k]) for k in range(4)])
        for name, s in dict(**single, sum=joint, both=both).items()
    }
    assert figures["visual"] < 0.75
    assert figures["audio"] < 0.75
    assert figures["both"] > max(figures["visual"], figures["audio"]) + 0.05
    assert figures["both"] > figures["sum"]


def digest(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "world.json"
    }


def test_the_same_settings_give_the_same_bytes_and_more_videos_the_same_first_ones(tmp_path):
    small_files().write(tmp_path / "a")
    small_files().write(tmp_path / "b")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    small_files(num_videos=(7, 2, 3)).write(tmp_path / "c")
    more = digest(tmp_path / "c")
    features = {k: v for k, v in digest(tmp_path / "a").items() if k.startswith("av_features")}
    assert features.items() <= more.items()
    other = WorldFiles(dataclasses.replace(WORLD, seed=1), num_videos=(4, 2, 3), widths=(6, 4))
    other.write(tmp_path / "d")
    assert not digest(tmp_path / "d").items() & features.items()


def test_files_have_the_real_form_in_both_layouts(tmp_path):
    small_files(layouts=("onepeace", "i3d-vggish")).write(tmp_path / "w")
    content = json.loads((tmp_path / "w" / ANN_FILE).read_text())["database"]
    assert [v["subset"] for v in content.values()] == 4 * ["train"] + 2 * ["validation"] + 3 * [
        "test"
    ]
    read_annotations(tmp_path / "w" / ANN_FILE, strict=True)
    for video_id, video in content.items():
        assert len(video_id) == 11
        for layout, widths in (
            ("onepeace", {"_one_peace_video_finetune": 6, "_one_peace_audio": 4}),
            ("i3d-vggish", {"_rgb": 3, "_flow": 3, "_vggish": 4}),
        ):
            steps = num_steps(video["duration"], LAYOUTS[layout].grid)
            for suffix, width in widths.items():
                values = np.load(tmp_path / "w" / "av_features" / f"{video_id}{suffix}.npy")
                assert values.shape == (steps, width)
                assert values.dtype == np.float32


def test_the_widths_of_real_features(tmp_path):
    small_files(num_videos=(1, 0, 0), widths=None, layouts=("onepeace", "i3d-vggish")).write(
        tmp_path / "w"
    )
    widths = sorted(np.load(p).shape[1] for p in (tmp_path / "w" / "av_features").iterdir())
    assert widths == [128, 1024, 1024, 1536, 1536]


def test_another_world_is_not_overwritten_and_the_same_is_left(tmp_path):
    root = tmp_path / "w"
    assert small_files().write(root)
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*")}
    assert not small_files().write(root)
    assert before == {p: p.stat().st_mtime_ns for p in root.rglob("*")}
    with pytest.raises(InputError, match="not empty, and not this world"):
        small_files(widths=(8, 8)).write(root)
    assert small_files(widths=(8, 8)).write(root, overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        small_files().write(tmp_path / "mine")


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    calls = []

    def fail(*_, **__):
        calls.append(1)
        if len(calls) == 5:
            raise OSError("disk full")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        small_files().write(tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


def test_shuffled_labels_keep_features_and_counts(tmp_path):
    small_files(num_videos=(30, 2, 3)).write(tmp_path / "a")
    small_files(num_videos=(30, 2, 3), shuffle_train_labels=True).write(tmp_path / "b")
    one, other = digest(tmp_path / "a"), digest(tmp_path / "b")
    assert [k for k in one if one[k] != other[k]] == [ANN_FILE]
    a, b = (read_annotations(tmp_path / name / ANN_FILE) for name in "ab")
    train = [v for v, entry in a.videos.items() if entry.subset == "train"]
    labels = [np.concatenate([c.videos[v].labels for v in train]) for c in (a, b)]
    assert not np.array_equal(*labels)
    assert np.array_equal(np.sort(labels[0]), np.sort(labels[1]))
    rest = a.videos.keys() - set(train)
    assert all(np.array_equal(a.videos[v].labels, b.videos[v].labels) for v in rest)


def test_events_of_a_given_file_are_taken(tmp_path):
    annotations = tmp_path / "real.json"
    small_files(num_videos=(6, 3, 4)).write(tmp_path / "source")
    annotations.write_bytes((tmp_path / "source" / ANN_FILE).read_bytes())
    plan = small_files(num_videos=(3, 1, 2), annotations=str(annotations))
    plan.write(tmp_path / "w")
    source, taken = read_annotations(annotations), read_annotations(tmp_path / "w" / ANN_FILE)
    assert len(taken.videos) == 6
    assert taken.classes == source.classes
    for name, video in taken.videos.items():
        assert video.duration == source.videos[name].duration
        assert np.array_equal(video.segments, source.videos[name].segments)
        assert np.array_equal(video.labels, source.videos[name].labels)
    with pytest.raises(InputError, match="9 videos of subset 'train' wanted, .* has 6"):
        small_files(num_videos=(9, 1, 1), annotations=str(annotations)).write(tmp_path / "x")


def test_real_annotations_run(tmp_path, shared):
    path = shared / "data" / "unav100_annotations.json"
    world = dataclasses.replace(WORLD, num_classes=100)
    WorldFiles(world, (3, 2, 2), widths=(4, 4), annotations=str(path)).write(tmp_path / "w")
    taken, real = read_annotations(tmp_path / "w" / ANN_FILE), read_annotations(path)
    assert len(taken.videos) == 7
    for name, video in taken.videos.items():
        assert np.array_equal(video.segments, real.videos[name].segments)


def test_the_dataset_writes_its_world_and_reads_it(tmp_path):
    settings = dict(
        world=dict(num_classes=4, durations=[4.0, 9.0]),
        files=dict(num_videos=[4, 2, 3], widths=[6, 4]),
        data_root=str(tmp_path / "w"),
        pipeline=[
            dict(
                type="LoadAVFeatures",
                visual=dict(suffixes=["_one_peace_video_finetune.npy"], dim=6),
                audio=dict(suffixes=["_one_peace_audio.npy"], dim=4),
                grid=dict(fps=16, num_frames=16, stride=4),
            ),
        ],
    )
    dataset = SyntheticAVDataset(subset="test", **settings)
    assert len(dataset) == 3
    assert dataset[0]["visual"].shape[1] == 6
    assert len(SyntheticAVDataset(subset="train", **settings)) == 4


@pytest.mark.parametrize(
    ("world", "files", "message"),
    [
        (dict(signal=-1.0), {}, "signal=-1.0 is out of range"),
        (dict(durations=[9.0, 4.0]), {}, r"durations=\(9.0, 4.0\)"),
        (dict(min_event=5.0, durations=[4.0, 9.0]), {}, "min_event=5.0"),
        (dict(colour="red"), {}, "unexpected keyword argument 'colour'"),
        ({}, dict(num_videos=[1, 2]), r"num_videos=\(1, 2\) found, three counts"),
        ({}, dict(layouts=["clip"]), r"layouts=\('clip',\)"),
        ({}, dict(widths=[1, 4]), r"widths=\(1, 4\)"),
    ],
)
def test_bad_settings_are_refused_by_name(world, files, message):
    with pytest.raises(InputError, match=message):
        make_plan(world, files)
