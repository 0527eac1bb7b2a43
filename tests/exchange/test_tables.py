"""Tables with a row for each event."""

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents, write_csv
from loco_mm.exchange.tables import read_table, write_dcase


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
        ("", r"columns \[\] found, .* expected in the first row"),
        ("a,1,2,rain\n", r"video_id, start, end, label missing"),
        ("video_id,start,end\na,1,2\n", "label missing"),
        ("video_id,filename,start,end,label\n", "video_id once expected"),
        ("video_id,start,end,label\na,1,2,rain,x\n", "line 2: 5 fields found, 4 expected"),
        ("video_id,start,end,label\na,1,2,r\na,,2,r\n", "line 3: start '' found, seconds"),
        ("video_id,start,end,label\n,1,2,rain\n", "line 2: video id '' found"),
        ("video_id,start,end,label\na/..,1,2,rain\n", "line 2: video id '..' found"),
        ('video_id,start,end,label\n"a"b,1,2,rain\n', "line 2: .*expected after"),
        (
            "video_id,start,end,label,subset\na,1,2,r,train\na,1,2,r,test\n",
            "line 3: subset test of video a found, train in a row before",
        ),
    ],
)
def test_bad_tables(tmp_path, text, message):
    with pytest.raises(InputError, match=rf"^event table .*x\.csv.*{message}"):
        read(tmp_path, text)
