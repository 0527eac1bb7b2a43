"""Subtitles."""

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents
from loco_mm.exchange.subtitles import read_srt, read_vtt, write_srt, write_vtt

TABLE = EventTable(
    dict(a=VideoEvents([NamedEvent(3661.2, 3662, "x < y & z"), NamedEvent(0, 1.0005, "rain")]))
)


def test_what_is_written(tmp_path):
    write_vtt(tmp_path, TABLE)
    assert (tmp_path / "a.vtt").read_text() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nrain\n\n"
        "01:01:01.200 --> 01:01:02.000\nx &lt; y &amp; z\n"
    )
    write_srt(tmp_path, TABLE)
    assert (tmp_path / "a.srt").read_text() == (
        "1\n00:00:00,000 --> 00:00:01,000\nrain\n\n2\n01:01:01,200 --> 01:01:02,000\nx < y & z\n"
    )


def test_subtitles_of_others(tmp_path):
    (tmp_path / "a.vtt").write_text(
        "\ufeffWEBVTT - a title\r\n\r\nNOTE\r\nnot a cue\r\n\r\nSTYLE\r\n::cue {}\r\n\r\n"
        "first\r\n00:01.500 --> 00:04.000 line:80% align:start\r\n<v Ann>dog\r\n<i>barking</i>\r\n"
    )
    assert read_vtt(tmp_path).videos["a"].events == [NamedEvent(1.5, 4, "dog barking")]
    (tmp_path / "a.srt").write_text(
        "\n\n7\n00:00:01,500 --> 00:00:04,000\ndog\n \n\n8\n1:0:0 --> 1:0:1\nx"
    )
    assert read_srt(tmp_path).videos["a"].events == [
        NamedEvent(1.5, 4, "dog"),
        NamedEvent(3600, 3601, "x"),
    ]


def test_one_sound_in_three_styles(tmp_path):
    cue = "00:00:01,000 --> 00:00:02,000\r\n{}\r\n\r\n"
    styled = ("<i>[beep]</i>", "{\\an8}[beep]", '<font color="#fff">[beep]</font>', "[beep]")
    (tmp_path / "a.srt").write_text("".join(map(cue.format, styled)))
    assert {x.label for x in read_srt(tmp_path).videos["a"].events} == {"[beep]"}
    (tmp_path / "a.srt").write_text(cue.format("a <x> {y}"))
    assert [x.label for x in read_srt(tmp_path).videos["a"].events] == ["a <x> {y}"]


def test_a_line_of_a_blank_ends_no_cue_of_webvtt(tmp_path):
    (tmp_path / "a.vtt").write_text("WEBVTT\nKind: captions\n\n00:01.000 --> 00:02.000\n \nbeep\n")
    assert read_vtt(tmp_path).videos["a"].events == [NamedEvent(1, 2, "beep")]


def test_cues_right_after_the_first_line(tmp_path):
    (tmp_path / "a.vtt").write_text(
        "WEBVTT\n00:01.000 --> 00:02.000\nbeep\n\n00:03.000 --> 00:04.000\nbuzz\n"
    )
    assert [x.label for x in read_vtt(tmp_path).videos["a"].events] == ["beep", "buzz"]


def test_a_name_with_the_ending_of_a_video(tmp_path):
    (tmp_path / "a.mp4.srt").write_text("1\n0:0:1 --> 0:0:2\nx\n")
    assert list(read_srt(tmp_path).videos) == ["a"]
    (tmp_path / "a.srt").write_text("1\n0:0:1 --> 0:0:2\nx\n")
    with pytest.raises(
        InputError, match=r"a\.srt: expected one file per video, got another of video 'a'"
    ):
        read_srt(tmp_path)


@pytest.mark.parametrize(
    ("reader", "name", "text", "message"),
    [
        (
            read_vtt,
            "a.vtt",
            "1\n00:01.000 --> 00:02.000\nx\n",
            "expected WEBVTT in its first line",
        ),
        (
            read_vtt,
            "a.vtt",
            "WEBVTT\n\nhello\n",
            "block 2: expected times as 00:01.500 --> 00:04.000 in WebVTT, got 'hello'",
        ),
        (
            read_srt,
            "a.srt",
            "1\n\nx\n",
            "block 1: expected times as 00:01.500 --> 00:04.000 in SRT, got '1'",
        ),
        (read_srt, "a.srt", "1\n00:01 --> soon\nx\n", "block 1: expected seconds, got end 'soon'"),
        (read_srt, "a.srt", "1\n00:01 -->\nx\n", "block 1: expected seconds, got end ''"),
        (read_srt, "a.srt", "1\n00:01 --> 00:02\n", "block 1: expected a name, got label ''"),
    ],
)
def test_bad_subtitles(tmp_path, reader, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=f"^subtitles .*{name}.*{message}"):
        reader(tmp_path)
