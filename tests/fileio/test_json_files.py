"""JSON files."""

import pytest

from loco_mm.fileio import write_json


def test_nothing_half_written_stays(tmp_path):
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", dict(a=1, b=object()))
    assert list(tmp_path.iterdir()) == []
