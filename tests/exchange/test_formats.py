"""Written files can be read again, in each format."""

import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loco_mm.errors import InputError
from loco_mm.exchange import FORMATS, EventTable, NamedEvent, VideoEvents, format_of, read_events

ENDINGS = dict(activitynet=".json", csv=".csv", dcase=".tsv", via=".csv", fiftyone=".json")
KEEP_SCORES = {"activitynet", "csv", "via", "label-studio", "fiftyone"}
# No line breaks, and no spaces at the ends.
LABELS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12
).filter(lambda text: text == text.strip())
TIMES = st.integers(0, 10**7)
IDS = st.text("abcXYZ019-_?#%+ =&.", min_size=1, max_size=8).filter(
    lambda text: text == text.strip() and text not in (".", "..")
)


@st.composite
def tables(draw):
    is_scored = draw(st.booleans())
    videos = {}
    for video_id in draw(st.lists(IDS, min_size=1, max_size=4, unique_by=str.lower)):
        events = []
        for _ in range(draw(st.integers(0, 4))):
            start, end = sorted(draw(st.lists(TIMES, min_size=2, max_size=2, unique=True)))
            score = draw(st.integers(0, 10**4)) / 1e4 if is_scored else None
            events.append(NamedEvent(start / 1000, end / 1000, draw(LABELS), score))
        videos[video_id] = VideoEvents(events)
    return EventTable(videos)


def assert_same(found, expected, keeps_scores, tolerance=1e-9):
    assert sorted(found.videos) == sorted(expected.videos)
    for video_id, video in expected.videos.items():
        scores = [x.score if keeps_scores else None for x in video.events]
        wanted = sorted(
            (x._replace(score=s) for x, s in zip(video.events, scores, strict=True)),
            key=lambda x: (*x[:3], x.score or 0),
        )
        events = sorted(found.videos[video_id].events, key=lambda x: (*x[:3], x.score or 0))
        assert [x.label for x in events] == [x.label for x in wanted]
        for one, other in zip(events, wanted, strict=True):
            assert one.start == pytest.approx(other.start, abs=tolerance)
            assert one.end == pytest.approx(other.end, abs=tolerance)
            assert one.score == pytest.approx(other.score)


@pytest.mark.parametrize("name", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(table=tables())
@example(table=EventTable({"...": VideoEvents()}))
def test_what_is_written_is_read_again(name, tmp_path_factory, table):
    path = tmp_path_factory.mktemp(name) / f"events{ENDINGS.get(name, '')}"
    FORMATS[name].write(path, table)
    assert_same(FORMATS[name].read(path), table, name in KEEP_SCORES)


@pytest.fixture
def table():
    events = [NamedEvent(1.25, 3.5, "dog"), NamedEvent(0.0, 61.0625, "rain")]
    other = VideoEvents([NamedEvent(2.0, 3.0, "dog")], "b.mkv", 20.0, "test")
    return EventTable(dict(a=VideoEvents(events, "a.mp4", 70.5, "train"), b=other), ("rain", "dog"))


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_reported_from_names_and_beginnings(name, table, tmp_path):
    path = tmp_path / f"events{ENDINGS.get(name, '')}"
    FORMATS[name].write(path, table)
    assert format_of(path) == name
    # Times are rounded to milliseconds: 61.0625 s has more digits.
    assert_same(read_events(path), table, False, tolerance=0.0006)


def test_from_each_format_to_each_other(table, tmp_path):
    """All formats agree for times in whole milliseconds, whatever the source format."""
    table.videos["a"].events[1] = NamedEvent(0.0, 61.062, "rain")
    path = tmp_path / "start.csv"
    FORMATS["csv"].write(path, table)
    for name in [*FORMATS, "csv"]:
        found = read_events(path)
        path = tmp_path / f"{name}{ENDINGS.get(name, '')}"
        FORMATS[name].write(path, found)
    assert_same(read_events(path), table, False)


def test_what_formats_keep_of_videos_and_classes(table, tmp_path):
    found = {}
    for name in FORMATS:
        path = tmp_path / f"{name}{ENDINGS.get(name, '')}"
        FORMATS[name].write(path, table)
        found[name] = FORMATS[name].read(path)
    for name, read in found.items():
        a = read.videos["a"]
        keeps = name in ("csv", "activitynet")
        assert (a.duration, a.subset) == ((70.5, "train") if keeps else (None, None)), name
        assert a.file == ("a.mp4" if name in ("dcase", "via", "label-studio") else None), name
        has_classes = name in ("activitynet", "via", "fiftyone")
        assert read.classes == (("rain", "dog") if has_classes else None), name


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.json", "[]", "label-studio"),
        ("x.json", '{"labels": {}}', "fiftyone"),
        ("x.json", '{"results": {}}', "activitynet"),
        ("x.json", '{"v": {"annotations": []}}', "activitynet"),
        ("x.CSV", "# VIA", "via"),
        ("x.csv", "# CSV_HEADER = metadata_id,file_list", "via"),
        ("x.csv", "# my notes", "csv"),
        ("x.txt", "", "audacity"),
    ],
)
def test_formats_of_small_files(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content)
    assert format_of(tmp_path / name) == expected


def test_formats_that_cannot_be_reported(tmp_path):
    (tmp_path / "x.xml").write_text("")
    (tmp_path / "two").mkdir()
    for name in ("a.txt", "a.vtt"):
        (tmp_path / "two" / name).write_text("")
    for name in ("x.xml", "two", "gone"):
        with pytest.raises(
            InputError, match=f"{name}: expected a name with a known extension; formats are"
        ):
            format_of(tmp_path / name)


@pytest.mark.parametrize("content", ["{}", '{"labels": [], "x": 1}', '{"v": {"duration": 3}}'])
def test_json_of_no_known_form(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(
        InputError,
        match=r"expected a file of ActivityNet \(database or results\), MMAction2 \(videos with "
        r"annotations\), Label Studio \(a list of",
    ):
        format_of(tmp_path / "x.json")


@pytest.mark.parametrize("name", ["audacity", "vtt", "srt"])
@pytest.mark.parametrize("label", ["two\nlines", "a\tb", ""])
def test_labels_that_a_format_cannot_hold(name, label, tmp_path):
    table = EventTable(dict(a=VideoEvents([NamedEvent(0, 1, label)])))
    with pytest.raises(
        InputError,
        match="expected a label of one line without tabs, as this format holds no other, got "
        f"{re.escape(repr(label))}",
    ):
        FORMATS[name].write(tmp_path / "x", table)
    assert not (tmp_path / "x").exists()


def test_fiftyone_reads_what_is_written(table, tmp_path):
    """By FiftyOne's own parser, where it is installed."""
    metadata = pytest.importorskip("fiftyone.core.metadata")
    parsers = pytest.importorskip("fiftyone.utils.data.parsers")
    FORMATS["fiftyone"].write(tmp_path / "labels.json", table.above(0))
    content = json.loads((tmp_path / "labels.json").read_text())
    parser = parsers.FiftyOneTemporalDetectionSampleParser()
    parser.classes = content["classes"]
    video = metadata.VideoMetadata(frame_rate=10.0, total_frame_count=705, duration=70.5)
    parser.with_sample(("a.mp4", content["labels"]["a"]), metadata=video)
    found = parser.get_label().detections
    assert [x.label for x in found] == ["dog", "rain"]
    for detection, event in zip(found, table.videos["a"].events, strict=True):
        frames = [10 * event.start, 10 * event.end]
        assert detection.support == pytest.approx(frames, abs=1.5)
