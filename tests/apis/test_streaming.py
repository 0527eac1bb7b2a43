"""Events of running videos."""

import math

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate

from loco_mm.apis import AVEventInferencer, FeatureChunks, MediaChunks
from loco_mm.apis.inference import pack_features
from loco_mm.errors import InputError
from loco_mm.media import FrameSpec, probe, read_frames, read_sound
from loco_mm.models.task_modules import SegmentSoftNMS
from loco_mm.registry import TASK_UTILS
from loco_mm.structures import StepWindow, plan_windows

from ..comparing import CONFIGS, leaf_config
from ..media.growth import growing_copy
from ..media_files import write_flash
from .small_localizer import CLASSES, small_checkpoint, small_config, some_features

WINDOWS = dict(size=32, overlap=16)
GRID = dict(fps=16, num_frames=8, stride=4)
THR = 0.3
NMS = dict(type="SegmentSoftNMS", sigma=0.4)
HEADS = {
    "default": {},
    "voting": dict(test_cfg=dict(nms=NMS, voting=dict(type="SegmentVoting", iou_threshold=0.5))),
    "across classes": dict(test_cfg=dict(nms=dict(NMS, across_classes=True))),
    "two steps": dict(
        test_cfg=dict(
            nms=dict(
                type="SuppressionSteps",
                steps=[dict(NMS, method="hard", iou_threshold=0.5), dict(NMS)],
            )
        )
    ),
    "none": dict(test_cfg=dict(nms=None, score_thr=0.5)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("streaming")


@pytest.fixture(scope="module", params=HEADS)
def head(request):
    return request.param


@pytest.fixture(scope="module")
def files(folder, head):
    name = head.replace(" ", "_")
    config = small_config(folder / f"{name}.py", **HEADS[head])
    return config, small_checkpoint(folder / f"{name}.pth", config)


@pytest.fixture(scope="module")
def running(files):
    return AVEventInferencer(*files, windows=WINDOWS, stream=True, show_progress=False)


@pytest.fixture(scope="module")
def offline(files):
    return AVEventInferencer(*files, windows=WINDOWS, show_progress=False)


def by_score(events):
    return sorted(
        ((e.score, *e.segment, CLASSES.index(e.label)) for e in events), key=lambda row: -row[0]
    )


def rows_of(predictions, video_id="video"):
    return [
        (row["score"], *row["segment"], CLASSES.index(row["label"]))
        for row in predictions["predictions"]["results"][video_id]
    ]


def assert_same_rows(found, wanted, tolerance=1e-4):
    assert len(found) == len(wanted) > 5
    np.testing.assert_allclose(sorted(found), sorted(wanted), atol=tolerance)


def test_a_video_of_one_window_has_the_events_of_the_complete_one(running, offline):
    pair = tuple(some_features(20))
    floor = 0.5  # limits on the number of events are not reached
    found = list(running(pair, score_thr=floor))
    assert_same_rows(by_score(found), rows_of(offline(pair, score_thr=floor)))
    assert {event.time for event in found} == {(19 * 4 + 8) / 16}
    assert {event.video_id for event in found} == {"video"}


def candidates_of_windows(model, visual, audio):
    """Start of the next window, and candidates that begin at most 32 steps before their own."""
    multiple = model.level_spec.strides[-1]
    plan = plan_windows(len(visual), *WINDOWS.values(), multiple=multiple)
    for number, window in enumerate(plan):
        cut = slice(window.start, window.stop)
        packed = pack_features(model, visual[cut], audio[cut], GRID, None, "video")
        within = StepWindow(*(step - window.start for step in window))
        with torch.no_grad():
            found = model.window_candidates(pseudo_collate([packed]), within, False)
        segments, scores, labels = (x.double().numpy() for x in found)
        segments = segments + window.start
        if window.start:
            segments[:, 0] = np.maximum(segments[:, 0], window.start - 32)
        keep = (segments[:, 1] > segments[:, 0]) & (scores > 0)
        is_last = number == len(plan) - 1
        rows = [[*s, p, c] for s, p, c in zip(segments, scores, labels, strict=True)]
        bound = math.inf if is_last else plan[number + 1].start
        yield bound, [row for row, valid in zip(rows, keep, strict=True) if valid]


def decay_of(better, worse, step):
    """Factor by which one candidate lowers the score of another; written with plain numbers."""
    settings = step.settings
    if better[3] != worse[3] and not settings["across_classes"]:
        return 1.0
    inter = max(0.0, min(better[1], worse[1]) - max(better[0], worse[0]))
    iou = inter / (better[1] - better[0] + worse[1] - worse[0] - inter)
    if settings["method"] == "hard":
        return 0.0 if iou >= settings["iou_threshold"] else 1.0
    return math.exp(-(iou**2) / settings["sigma"])


def suppressed(arrivals, step, least):
    """One suppression, candidate by candidate: as the arrivals, the final ones of each window."""
    left, every = [], []
    for bound, rows in arrivals:
        final = []
        for row in rows:
            lowered = row[2] * math.prod(decay_of(kept, row, step) for kept in every)
            left.append([*row[:2], lowered, row[3]])
        while True:
            left = [row for row in left if row[2] >= least]
            ready = [row for row in left if row[1] <= bound and not _is_open(row, left, step)]
            if not ready:
                break
            best = max(ready, key=lambda row: row[2])
            left.remove(best)
            final.append(best)
            for row in left:
                row[2] *= decay_of(best, row, step)
        every += final
        yield min([bound, *(row[0] for row in left)]), final


def _is_open(row, left, step):
    """Whether a better candidate may still lower its score."""
    return any(other[2] > row[2] and decay_of(other, row, step) < 1 for other in left)


def test_a_long_video_has_the_events_of_a_plain_loop_over_its_windows(running, head):
    visual, audio = some_features(90)
    arrivals = list(candidates_of_windows(running.model, visual, audio))
    nms, voting = running.model.head.nms, running.model.head.voting
    found = [(bound, [row for row in rows if row[2] >= THR]) for bound, rows in arrivals]
    if nms is None:
        nms = SegmentSoftNMS(method="hard", iou_threshold=1.0)
    for step in getattr(nms, "steps", [nms]):
        assert isinstance(step, SegmentSoftNMS)
        found = list(suppressed(found, step, THR))
    wanted, seen = [], []
    for (_, rows), (_, final) in zip(arrivals, found, strict=True):
        seen += rows
        segments = torch.tensor([row[:2] for row in final]).double().reshape(-1, 2)
        if voting is not None and final:
            labels = torch.tensor([row[3] for row in final])
            voters = torch.tensor(seen).double()
            segments = voting(segments, labels, (voters[:, :2], voters[:, 2], voters[:, 3]))
        for (start, end), (*_, score, label) in zip(segments.tolist(), final, strict=True):
            start, end = (min(max((x * 4 + 4) / 16, 0), (89 * 4 + 8) / 16) for x in (start, end))
            wanted += [[score, start, end, label]] * (end > start)
    events = list(running((visual, audio), score_thr=THR))
    assert_same_rows(by_score(events), wanted, 1e-3)
    early = [event for event in events if event.time < 22]
    assert len(early) > len(events) / 3


def test_events_do_not_depend_on_later_features_or_on_chunks(running):
    """Whatever follows, an event that was final stays what it is."""
    visual, audio = some_features(110)
    wanted = list(running((visual, audio), score_thr=THR))
    steps = [(visual[n : n + 1], audio[n : n + 1]) for n in range(110)]
    assert list(running(FeatureChunks(steps), score_thr=THR)) == wanted
    times = [event.time for event in wanted]
    assert times == sorted(times)
    assert all(event.segment[1] <= event.time for event in wanted)
    for length in (60, 81):
        other = [np.concatenate([x[:length], -x[:40]]) for x in (visual, audio)]
        seen = ((length - 1) * 4 + 8) / 16
        first, second = (
            [event for event in events if event.time <= seen]
            for events in (wanted, running(tuple(other), score_thr=THR))
        )
        assert first == second
        assert first


def test_a_media_file_that_grows_has_the_events_of_its_features(folder, tmp_path):
    config = small_config(folder / "media.py")
    files = config, small_checkpoint(folder / "media.pth", config)
    running = AVEventInferencer(*files, windows=WINDOWS, stream=True, show_progress=False)
    path = write_flash(tmp_path / "a.ts", fps=10, seconds=14)
    wanted = list(running(str(path), score_thr=THR, timeout=0))
    extractor = running.features.extractor
    media, features = extractor.extract(path)
    video = dict(zip(("visual", "audio"), features.values(), strict=True), duration=media.duration)
    of_features = list(running(video, score_thr=THR))
    assert len(of_features) == len(wanted) > 20
    for one, other in zip(of_features, wanted, strict=True):
        assert one.label == other.label and other.video_id == "a"
        np.testing.assert_allclose(one.segment, other.segment, atol=1e-3)
        assert other.time >= one.time - 1e-9
    with growing_copy(path, tmp_path / "b.ts") as grown:
        found = list(running(grown, score_thr=THR, timeout=0.5))
    assert [event[1:4] for event in found] == [event[1:4] for event in wanted]
    media = probe(path)
    frames = np.stack(list(read_frames(media, 10, 140, FrameSpec(None))))
    samples = np.concatenate(list(read_sound(media, 16000, 14 * 16000)))
    chunks = ((frames[10 * n :][:10], samples[16000 * n :][:16000]) for n in range(14))
    raw = list(running(MediaChunks(chunks, 10, 16000, "camera"), score_thr=THR))
    assert {event.video_id for event in raw} == {"camera"}
    with open(path, "rb") as file:
        assert [e[1:4] for e in running(file, score_thr=THR)] == [e[1:4] for e in wanted]


@TASK_UTILS.register_module()
class KeepAll:
    """A suppression that cannot be applied to a stream."""

    def __init__(self, max_num=1):
        pass

    def __call__(self, segments, scores, labels, limit_scale=1):
        return segments, scores, labels


def build(folder, name="plain", windows="auto", extractor=None, **head):
    config = small_config(folder / f"{name}.py", **head)
    options = dict(windows=windows, extractor=extractor, stream=True, show_progress=False)
    return AVEventInferencer(config, **options)


def test_models_that_cannot(folder):
    with pytest.raises(InputError, match="windows: expected 'auto' or a dict.*got None"):
        build(folder, windows=None)
    with pytest.raises(InputError, match="test_cfg.nms: expected a suppression .* got KeepAll"):
        build(folder, "keep", test_cfg=dict(nms=dict(type="KeepAll")))
    avel = leaf_config(CONFIGS / "loco_ave_fully.py")
    with pytest.raises(InputError, match="stream: expected a model that predicts events in win"):
        AVEventInferencer(avel, stream=True)


def test_sources_that_are_refused(folder):
    running = build(folder)
    with pytest.raises(InputError, match="the checkpoint does not name the extractor"):
        list(running(folder / "a.ts"))
    running = build(folder, extractor="spectral")
    for source, message in (
        ([1, 2], "inputs: expected one running video, got a list"),
        (7, "inputs: expected a media file"),
        (FeatureChunks([], GRID), "video video: expected at least one step, got none"),
        (folder / "none.ts", "none.ts: no such file"),
    ):
        with pytest.raises(InputError, match=message):
            list(running(source))
    with pytest.raises(InputError, match="score_thr: expected a number, got 'a'"):
        running((1, 2), score_thr="a")
    with pytest.raises(InputError, match="timeout: expected seconds >= 0, got -1"):
        running((1, 2), timeout=-1)
