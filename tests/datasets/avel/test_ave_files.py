"""AVE's annotations and splits, valid and invalid."""

import numpy as np
import pytest

from loco_mm.datasets.avel import AVEVideo, read_ave_annotations, read_ave_orders
from loco_mm.errors import InputError

from .conftest import LINES, write_array


def write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_lines(tmp_path):
    videos = read_ave_annotations(write(tmp_path / "a.txt", *LINES))
    assert videos[0] == AVEVideo("Church bell", "v0", 0, 10)
    assert videos[3] == AVEVideo("Cat", "-v_3", 9, 10)
    assert len(videos) == 6


def test_other_line_ends_a_header_and_no_last_line_end(tmp_path):
    path = tmp_path / "a.txt"
    expected = read_ave_annotations(write(path, *LINES))
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(LINES).encode())
    assert read_ave_annotations(path) == expected
    write(path, "Category&VideoID&Quality&StartTime&EndTime", *LINES, "", " ")
    assert read_ave_annotations(path) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "Bark&v&good&0",
            "line 2: expected category&VideoID&quality&start&end, got 'Bark&v&good&0'",
        ),
        (
            "Bark&v&good&0&3&x",
            "line 2: expected category&VideoID&quality&start&end, got 'Bark&v&good&0&3&x'",
        ),
        ("&v&good&0&3", "line 2: expected category&VideoID&quality&start&end, got '&v&good&0&3'"),
        (
            "Bark&&good&0&3",
            "line 2: expected category&VideoID&quality&start&end, got 'Bark&&good&0&3'",
        ),
        (
            "Bark,v,good,0,3",
            "line 2: expected category&VideoID&quality&start&end, got 'Bark,v,good,0,3'",
        ),
        (
            "Bark&../v&good&0&3",
            "line 2: video id: expected a name without path separators, got '../v'",
        ),
        (
            "Bark&v&good&5&3",
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end '5&3'",
        ),
        (
            "Bark&v&good&0&11",
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end '0&11'",
        ),
        (
            "Bark&v&good&-1&3",
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end '-1&3'",
        ),
        (
            "Bark&v&good&0.5&3",
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end "
            "'0.5&3'",
        ),
        (
            "Bark&v&good&0&nan",
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end "
            "'0&nan'",
        ),
        (
            "Bark&v&good&٠&٣",
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end '٠&٣'",
        ),
        (
            "Bark&v&good&0&" + "9" * 5000,
            "line 2: expected whole seconds with 0 <= start <= end <= 10, got start and end '0&999",
        ),
    ],
)
def test_bad_lines_are_named(tmp_path, line, message):
    path = write(tmp_path / "a.txt", LINES[0], line, LINES[1])
    with pytest.raises(InputError) as caught:
        read_ave_annotations(path)
    assert str(caught.value).startswith(f"annotation file {path}: {message}")
    assert len(str(caught.value)) < 400


def test_empty_binary_and_missing_files(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match=r"a\.txt: no such file; see docs/data\.md, or change"):
        read_ave_annotations(path)
    path.write_text("\n \n")
    with pytest.raises(
        InputError,
        match=r"a\.txt: expected a line category&VideoID&quality&start&end for each video, got "
        r"none",
    ):
        read_ave_annotations(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"a\.txt: not UTF-8 text"):
        read_ave_annotations(path)


@pytest.fixture
def orders(tmp_path):
    def write_orders(**rows):
        for subset, values in (dict(train=[0, 3], val=[1], test=[2]) | rows).items():
            array = np.array(values)
            write_array(tmp_path / f"{subset}_order.h5", array, "order")
        return tmp_path

    return write_orders


def test_orders(orders):
    found = read_ave_orders(orders(), 4)
    assert {name: rows.tolist() for name, rows in found.items()} == dict(
        train=[0, 3], val=[1], test=[2]
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            dict(val=[1, 4]),
            r"val_order\.h5: 'order'\[1\]: expected a row of the annotations, 0 to 3, got 4",
        ),
        (
            dict(train=[-1, 3]),
            r"train_order\.h5: 'order'\[0\]: expected a row of the annotations, 0 to 3, got -1",
        ),
        (
            dict(val=[1, 3]),
            r"val_order\.h5: 'order'\[1\]: expected each row once in one split, got row 3, which "
            r"train_order\.h5 lists already",
        ),
        (
            dict(test=[2, 2]),
            r"test_order\.h5: 'order'\[1\]: expected each row once in one split, got row 2, which "
            r"test_order\.h5 lists already",
        ),
        (dict(test=[0.5]), r"test_order\.h5: 'order': expected integers, got type float64"),
        (dict(test=[[1, 2]]), r"test_order\.h5: 'order': expected shape \(N,\), got \(1, 2\)"),
        (dict(test=[]), r"test_order\.h5: 'order': expected integers, got type float64"),
    ],
)
def test_bad_orders_are_named(orders, rows, message):
    with pytest.raises(InputError, match=message):
        read_ave_orders(orders(**rows), 4)


def test_missing_orders_and_rows_in_no_split(orders):
    folder = orders()
    with pytest.warns(UserWarning, match="2 of 6 annotated videos are in no split"):
        read_ave_orders(folder, 6)
    (folder / "val_order.h5").unlink()
    with pytest.raises(InputError, match=r"order file .*val_order\.h5: no such file"):
        read_ave_orders(folder, 4)
