"""Label tracks of Audacity."""

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents
from loco_mm.exchange.audacity import read_audacity, write_audacity


def test_tracks_as_audacity_exports_them(tmp_path):
    (tmp_path / "a.txt").write_text(
        "1.500000\t2.750000\tdog barking\n\\\t120.5\t880.0\n\n0.000000\t0.000000\tclick\n"
    )
    (tmp_path / "b.TXT").write_text("")
    (tmp_path / "readme.md").write_text("not a track")
    expected = [NamedEvent(1.5, 2.75, "dog barking"), NamedEvent(0, 0, "click")]
    assert read_audacity(tmp_path).videos == dict(a=VideoEvents(expected), b=VideoEvents([]))
    assert read_audacity(tmp_path / "a.txt").videos == dict(a=VideoEvents(expected))


def test_decimal_commas(tmp_path):
    (tmp_path / "a.txt").write_text("1,5\t2,25\tone, two\n")
    assert read_audacity(tmp_path).videos["a"].events == [NamedEvent(1.5, 2.25, "one, two")]


def test_what_is_written(tmp_path):
    events = [NamedEvent(2, 3.25, "rain", 0.5), NamedEvent(1, 2, "dog")]
    write_audacity(tmp_path / "out", EventTable({"-a": VideoEvents(events)}))
    assert (tmp_path / "out" / "-a.txt").read_text() == (
        "1.000000\t2.000000\tdog\n2.000000\t3.250000\train\n"
    )


def test_bad_tracks(tmp_path):
    with pytest.raises(
        InputError, match=f"{tmp_path}: expected a .txt file for each video, got none"
    ):
        read_audacity(tmp_path)
    (tmp_path / "a.txt").write_text("1\t2\train\n1 2 rain\n")
    with pytest.raises(
        InputError,
        match=r"label track .*a\.txt, line 2: expected start, end and label with tabs between "
        r"them, got 1 fields",
    ):
        read_audacity(tmp_path)
    (tmp_path / "a.txt").write_text("1\t2\train\n")
    (tmp_path / "a.TXT").write_text("1\t2\train\n")
    if len(list(tmp_path.iterdir())) == 2:
        with pytest.raises(
            InputError, match="expected one file per video, got another of video 'a'"
        ):
            read_audacity(tmp_path)


def test_events_alike_of_which_one_has_no_score(tmp_path):
    events = [NamedEvent(1, 2, "dog", 0.5), NamedEvent(1, 2, "dog")]
    write_audacity(tmp_path, EventTable(dict(a=VideoEvents(events))))
    assert len(read_audacity(tmp_path).videos["a"].events) == 2
