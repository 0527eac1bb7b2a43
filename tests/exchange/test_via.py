"""CSV files of VIA 3."""

import json

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents, read_events
from loco_mm.exchange.via import read_via, write_via

# As exported by version 3: a list of options, a text attribute, and rows of other kinds.
HEAD = """\
# Exported using VGG Image Annotator (http://www.robots.ox.ac.uk/~vgg/software/via)
# SHAPE_ID = {"0":"TEMPORAL_SEGMENT"}
# ATTRIBUTE = %s
# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,metadata
"""
EVENT = dict(
    aname="event", anchor_id="FILE1_Z2_XY0", type=4, desc="", options={"0": "dog", "1": "rain"}
)
NOTE = dict(aname="note", anchor_id="FILE1_Z2_XY0", type=1, desc="", options={})


def read(tmp_path, rows, attributes=None):
    attributes = {"1": EVENT, "2": NOTE} if attributes is None else attributes
    (tmp_path / "x.csv").write_text(HEAD % json.dumps(attributes) + rows)
    return read_via(tmp_path / "x.csv")


def test_segments_as_via_exports_them(tmp_path):
    table = read(
        tmp_path,
        '"1_j5sJvB9h","[""clips/a.mp4""]",0,"[1.124,5.31493]","[]","{""1"":""1"",""2"":""loud""}"\n'
        '"1_aaaaaaaa","[""clips/a.mp4""]",0,"[6,7]","[]","{""1"":""0"",""2"":""""}"\n',
    )
    expected = [NamedEvent(1.124, 5.31493, "rain"), NamedEvent(6, 7, "dog")]
    assert table.videos == dict(a=VideoEvents(expected, "clips/a.mp4"))
    assert table.classes == ("dog", "rain")


def test_ticked_options_are_events_each(tmp_path):
    table = read(
        tmp_path, '"x","[""a""]",0,"[1,2]","[]","{""1"":""0,1""}"\n', {"1": dict(EVENT, type=2)}
    )
    assert [x.label for x in table.videos["a"].events] == ["dog", "rain"]


def test_labels_as_texts(tmp_path):
    """Without definitions, and with a text attribute only, which is VIA's initial state."""
    row = '"x","[""a""]",0,"[1,2]","[]","{""%s"":""dog""}"\n'
    for key, attributes in (("TEMPORAL-SEGMENTS", {}), ("2", {"2": NOTE})):
        assert [x.label for x in read(tmp_path, row % key, attributes).videos["a"].events] == [
            "dog"
        ]


def test_regions_of_pictures_are_counted(tmp_path):
    rows = '"x","[""a""]",0,"[1.5]","[2,10,10,5,5]","{}"\n"y","[""b""]",0,"[]","[]","{}"\n'
    with pytest.warns(UserWarning, match="skipped 1 regions of single pictures"):
        table = read(tmp_path, rows)
    assert {video_id: video.events for video_id, video in table.videos.items()} == dict(a=[], b=[])


def test_what_is_written(tmp_path):
    write_via(tmp_path / "x.csv", EventTable(dict(a=VideoEvents([NamedEvent(1, 2.5, "dog", 0.5)]))))
    lines = (tmp_path / "x.csv").read_text().splitlines()
    attributes = json.loads(lines[1].removeprefix("# ATTRIBUTE = "))
    assert attributes["1"]["options"] == {"0": "dog"}
    assert attributes["1"]["anchor_id"] == attributes["2"]["anchor_id"] == "FILE1_Z2_XY0"
    assert lines[2].startswith("# CSV_HEADER = metadata_id,file_list,")
    assert lines[3:] == [
        '"1_1","[""a.mp4""]","0","[1, 2.5]","[]","{""1"": ""0"", ""2"": ""0.5000""}"'
    ]


ROW = '"x","[""a""]",0,"[1,2]","[]",'


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "a,b\n",
            r"expected 6 fields \(metadata_id, file_list, flags, temporal_coordinates, "
            r"spatial_coordinates, metadata, as version 3 of VIA writes\), got 2",
        ),
        (
            '"x","[""a"",""b""]",0,"[1,2]","[]","{}"\n',
            r"row 1: expected one file, got file_list \['a', 'b'\]",
        ),
        ('"x","{}",0,"[1,2]","[]","{}"\n', "expected a list, got file_list {}"),
        ('"x","[""a""]",0,"[1,","[]","{}"\n', "row 1: temporal_coordinates: "),
        ('"x","[""a""]",0,"[1,""b""]","[]","{""1"":""0""}"\n', "expected seconds, got end 'b'"),
        (ROW + '"{}"\n', r"row 1: expected labels in one attribute, got 0 \(none\)"),
        (
            ROW + '"{""7"":""p"",""8"":""q""}"\n',
            r"row 1: expected labels in one attribute, got 2 \(7, 8\)",
        ),
        (ROW + '"{""1"":3}"\n', "expected a string, got metadata 3"),
    ],
)
def test_bad_files(tmp_path, rows, message):
    with pytest.raises(InputError, match=rf"^VIA file .*x\.csv.*{message}"):
        read(tmp_path, rows)


def test_classes_are_what_segments_use(tmp_path):
    """Without unused options, and without options of regions and text attributes."""
    attributes = {
        "1": dict(EVENT, aname="TEMPORAL-SEGMENTS", options={"default": "Default", "7": "rain"}),
        "4": dict(EVENT, aname="Object", anchor_id="FILE1_Z1_XY1", type=3),
        "5": dict(NOTE, options={"default_text": "none"}),
    }
    row = '"x","[""a""]",0,"[1,2]","[]","{""1"":""beep"",""4"":""0""}"\n'
    table = read(tmp_path, row, attributes)
    assert table.class_names() == ("beep",)
    table = read(tmp_path, row.replace('""beep""', '""7""'), attributes)
    assert table.class_names() == table.classes == ("rain",)


def test_attributes_that_nothing_defines(tmp_path):
    """As with the header of another version, which contains only their names."""
    head = HEAD.replace("# ATTRIBUTE = %s", '# ATTRIBUTES = {"1": "Activity"}')
    (tmp_path / "x.csv").write_text(head + ROW + '"{""1"":""0""}"\n')
    with pytest.raises(
        InputError,
        match=r"x\.csv, row 1: expected a line '# ATTRIBUTE = ' that defines its attributes, as "
        r"version 3 of VIA writes, got none for \['1'\]",
    ):
        read_via(tmp_path / "x.csv")


PROJECT = dict(
    project=dict(pname="p"),
    attribute={"1": EVENT},
    file={"1": dict(fid="1", fname="why?.mp4", type=4, loc=1, src=""), "2": dict(fname="b.mp4")},
    metadata={"1_a": dict(vid="1", flg=0, z=[1.0, 2.5], xy=[], av={"1": "1"})},
    view={"1": dict(fid_list=["1"]), "2": dict(fid_list=[2])},
)


def test_a_project(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(PROJECT))
    table = read_events(tmp_path / "x.json")
    assert table.videos == {
        "why?": VideoEvents([NamedEvent(1, 2.5, "rain")], "why?.mp4"),
        "b": VideoEvents([], "b.mp4"),
    }
    assert table.classes == ("rain",)


@pytest.mark.parametrize(
    ("part", "entry", "message"),
    [
        (
            "view",
            {"1": dict(fid_list=["9"])},
            r"view\['1'\]\.fid_list: expected one of the 2 files, got '9'",
        ),
        ("metadata", {"m": dict(vid="9")}, r"metadata.m.vid: expected one of the 2 views, got '9'"),
        ("file", {"1": {}}, r"file\['1'\].fname is missing"),
    ],
)
def test_bad_projects(tmp_path, part, entry, message):
    (tmp_path / "x.json").write_text(json.dumps(dict(PROJECT, **{part: entry})))
    with pytest.raises(InputError, match=f"^VIA file .*x.json: {message}"):
        read_via(tmp_path / "x.json")
