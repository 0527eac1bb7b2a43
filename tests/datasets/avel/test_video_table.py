"""Tables of videos."""

import pytest

from loco_mm.datasets.avel import read_video_table
from loco_mm.errors import InputError


def write(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    return path


def test_columns_in_any_order_and_quoted_names(tmp_path):
    rows = read_video_table(
        write(tmp_path, '\ufeffsplit,x,category,video_id\r\ntrain,1,"a, b",-v\r\ntest,,c,w\r\n')
    )
    assert [tuple(row) for row in rows] == [("-v", "a, b", "train"), ("w", "c", "test")]


HEAD = "video_id,category,split\nv,c,train\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns ['video_id', 'category', 'split'], got None"),
        (
            "video_id,category\nv,c\n",
            "expected the columns ['video_id', 'category', 'split'], got ['video_id', 'category']",
        ),
        ("video_id,category,split\n", "expected a row for each video, got none"),
        (f"{HEAD}w,c\n", "line 3: expected a split, got none"),
        (f"{HEAD},c,val\n", "line 3: expected a video_id, got none"),
        (f"{HEAD}w,,val\n", "line 3: expected a category, got none"),
        (
            f"{HEAD}w,c,validation\n",
            "line 3: expected one of ('train', 'val', 'test'), got split 'validation'",
        ),
        (
            f"{HEAD}../w,c,val\n",
            "line 3: video id: expected a name without path separators, got '../w'",
        ),
        (f'{HEAD}"w,c,val\n', "after line 2: no CSV: unexpected end of data"),
        (f"{HEAD}{'x' * 200_000},c,val\n", "after line 2: no CSV: field larger than field limit"),
    ],
)
def test_bad_tables_are_named(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_video_table(path)
    assert str(caught.value).startswith(f"table of videos {path}: {message}")


def test_no_text_and_no_file(tmp_path):
    path = write(tmp_path, HEAD)
    path.write_bytes(b"video_id,category,split\n\xff,c,train\n")
    with pytest.raises(InputError, match=r"t\.csv: not UTF-8 text"):
        read_video_table(path)
    path.unlink()
    with pytest.raises(InputError, match=r"t\.csv: no such file; see docs/data\.md, or change"):
        read_video_table(path)
