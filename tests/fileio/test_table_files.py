"""Tables with one row per event."""

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents, write_csv
from loco_mm.fileio.table_files import read_table, write_dcase


def read(tmp_path, text, name="x.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_table(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        "video_id,start,end,label\na,1.5,1:02,rain\n",
        "\ufeffFilename;Onset;Offset;Event_Label\r\na.mp4;1.5;62;rain\r\n",
        "note\tlabel\tend\tstart\tvideo_id\nx y\t rain \t62\t1.5\ta\n\n",
        'video_id,start,end,label\n"a",1.5,62,"rain"',
    ],
    ids=["plain", "semicolons", "tabs", "quotes"],
)
def test_tables_of_many_hands(tmp_path, text):
    assert read(tmp_path, text).videos["a"].events == [NamedEvent(1.5, 62.0, "rain")]


def test_all_columns(tmp_path):
    table = read(
        tmp_path,
        "video_id,start,end,label,score,duration,split\n"
        "a,1,2,rain,0.5,10,train\na,3,4,dog,,,\nb,,,,,1:00,test\n",
    )
    events = [NamedEvent(1, 2, "rain", 0.5), NamedEvent(3, 4, "dog")]
    assert table.videos == dict(
        a=VideoEvents(events, None, 10.0, "train"), b=VideoEvents([], None, 60.0, "test")
    )


def test_what_is_written(tmp_path):
    events = [NamedEvent(1, 2.0004, "rain, hail", 0.5)]
    table = EventTable(dict(a=VideoEvents(events, "a.wav"), b=VideoEvents()))
    write_csv(tmp_path / "x.csv", table)
    assert (tmp_path / "x.csv").read_text() == (
        'video_id,start,end,label,score\na,1.000,2.000,"rain, hail",0.5000\nb,,,,\n'
    )
    write_dcase(tmp_path / "x.tsv", table)
    assert (tmp_path / "x.tsv").read_text() == (
        "filename\tonset\toffset\tevent_label\na.wav\t1.000\t2.000\train, hail\nb.mp4\t\t\t\n"
    )
    table.videos["b"].duration = 7.5
    write_csv(tmp_path / "x.csv", table.above(0.6))
    assert (tmp_path / "x.csv").read_text() == (
        "video_id,start,end,label,duration\na,,,,\nb,,,,7.5\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            r"expected video_id, start, end, label in the first row, got \[\] without "
            r"video_id, start, end, label",
        ),
        (
            "a,1,2,rain\n",
            r"expected video_id, start, end, label in the first row, got \['a', '1', "
            r"'2', 'rain'\] without video_id, start, end, label",
        ),
        (
            "video_id,start,end\na,1,2\n",
            r"expected video_id, start, end, label in the first row, got \['video_id', "
            r"'start', 'end'\] without label",
        ),
        (
            "video_id,filename,start,end,label\n",
            r"expected one column video_id, got \['video_id', 'filename', 'start', "
            r"'end', 'label'\]",
        ),
        ("video_id,start,end,label\na,1,2,rain,x\n", "line 2: expected 4 fields, got 5"),
        ("video_id,start,end,label\na,1,2,r\na,,2,r\n", "line 3: expected seconds, got start ''"),
        (
            "video_id,start,end,label\n,1,2,rain\n",
            "line 2: video id: expected a name without path separators, got ''",
        ),
        (
            "video_id,start,end,label\na/..,1,2,rain\n",
            "line 2: video id: expected a name without path separators, got '..'",
        ),
        ('video_id,start,end,label\n"a"b,1,2,rain\n', "line 2: .*expected after"),
        (
            "video_id,start,end,label,subset\na,1,2,r,train\na,1,2,r,test\n",
            "line 3: subset of video a: expected train, as in a row before, got test",
        ),
    ],
)
def test_bad_tables(tmp_path, text, message):
    with pytest.raises(InputError, match=rf"^event table .*x\.csv.*{message}"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "video_id;start;end;label;score\na;1,5;62,0;rain;0,25\n",
        "video_id\tstart\tend\tlabel\tscore\na\t1,5\t62\train\t0,25\n",
        "# my notes\n#\nvideo_id,start,end,label,score\na,1.5,62,rain,0.25\n",
        '# notes\n# video_id, start, end, label, score\na, 1.5, 62, "rain", 0.25\n',
    ],
    ids=["semicolons", "tabs", "comments", "names in a comment"],
)
def test_decimal_commas_and_comments(tmp_path, text):
    assert read(tmp_path, text).videos["a"].events == [NamedEvent(1.5, 62.0, "rain", 0.25)]


def test_segments_of_audioset(tmp_path):
    table = read(
        tmp_path,
        "# Segments csv created today\n# num_ytids=2, num_segs=2\n"
        "# YTID, start_seconds, end_seconds, positive_labels\n"
        '-a, 0.000, 10.000, "/m/068hy,/m/07q6cd_"\nb, 30.000, 40.000, "/m/068hy"\n',
    )
    assert {video_id: video.events for video_id, video in table.videos.items()} == {
        "-a": [NamedEvent(0, 10, "/m/068hy"), NamedEvent(0, 10, "/m/07q6cd_")],
        "b": [NamedEvent(30, 40, "/m/068hy")],
    }


def test_a_comma_between_commas_is_no_decimal_one(tmp_path):
    with pytest.raises(InputError, match="line 2: expected seconds, got start '1,500'"):
        read(tmp_path, 'video_id,start,end,label\na,"1,500",2000,rain\n')


def test_lines_are_counted_with_comments(tmp_path):
    with pytest.raises(InputError, match="line 4: expected seconds, got end 'x'"):
        read(tmp_path, "# a\n# b\nvideo_id,start,end,label\na,1,x,rain\n")
