"""Events of running videos."""

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate

from loco_mm.apis import AVEventInferencer, FeatureChunks, MediaChunks
from loco_mm.apis.inference import pack_features
from loco_mm.errors import InputError
from loco_mm.media import FrameSpec, probe, read_frames, read_sound
from loco_mm.models.task_modules import SegmentSoftNMS
from loco_mm.ops import soft_nms
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


def clipped_candidates(model, visual, audio):
    """Candidates of all windows at once, none of which starts before its window."""
    found = []
    for window in plan_windows(
        len(visual), *WINDOWS.values(), multiple=model.level_spec.strides[-1]
    ):
        cut = slice(window.start, window.stop)
        packed = pack_features(model, visual[cut], audio[cut], GRID, None, "video")
        within = StepWindow(*(step - window.start for step in window))
        with torch.no_grad():
            segments, *rest = model.window_candidates(pseudo_collate([packed]), within, False)
        segments = segments.double() + window.start
        if window.start:
            segments[:, 0].clamp_(min=window.start)
        found.append((segments, *rest))
    return map(torch.cat, zip(*found, strict=True))


def test_a_long_video_has_the_events_of_all_windows_at_once(running, head):
    """The oracle suppresses the candidates of the complete video, after all of them are known."""
    visual, audio = some_features(110)
    segments, scores, labels = clipped_candidates(running.model, visual, audio)
    valid = (segments[:, 1] > segments[:, 0]) & (scores > 0)
    segments, scores, labels = segments[valid], scores[valid], labels[valid]
    candidates = segments, scores.double(), labels
    nms, voting = running.model.head.nms, running.model.head.voting
    steps = [] if nms is None else getattr(nms, "steps", [nms])
    kept = candidates
    for step in steps:
        assert isinstance(step, SegmentSoftNMS)
        kept = soft_nms(*kept, **(step.settings | dict(max_num=10000)))
    if voting is not None:
        kept = (voting(kept[0], kept[2], candidates), *kept[1:])
    seconds = ((kept[0] * 4 + 4) / 16).clamp(0, (109 * 4 + 8) / 16)
    high = (kept[1] >= THR) & (seconds[:, 1] > seconds[:, 0])
    wanted = torch.column_stack([kept[1], seconds, kept[2]])[high].tolist()
    events = list(running((visual, audio), score_thr=THR))
    assert_same_rows(by_score(events), wanted, 1e-3)
    early = [event for event in events if event.time < 27]
    assert len(early) > len(events) / 3
    # No better one delays the best event: it is final when the window after its end is there.
    best = max(events, key=lambda event: event.score)
    assert best.latency <= (WINDOWS["size"] * 4 + 8) / 16


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
