"""Folders of pictures and recordings."""

import pytest

from loco_mm.errors import InputError
from loco_mm.worlds.rendered import content, find_content

from ...content_files import write_content, write_picture, write_tone


def test_classes_are_folders(tmp_path):
    write_content(tmp_path, count=2)
    (tmp_path / "red" / "notes.txt").touch()
    (tmp_path / "licence.txt").touch()
    green, red = find_content(tmp_path)
    assert (green.name, red.name) == ("green", "red")
    assert [path.name for path in red.pictures] == ["0.png", "1.png"]
    assert [path.name for path in red.recordings] == ["0.wav", "1.wav"]
    assert len(set(red.digests())) == 4


@pytest.mark.parametrize(("ending", "what"), [("png", "picture"), ("wav", "recording")])
def test_a_class_without_a_kind_of_file(tmp_path, ending, what):
    write_content(tmp_path)
    (tmp_path / "red" / f"0.{ending}").unlink()
    with pytest.raises(InputError, match=rf"red: expected at least a {what} \(.*\), got none"):
        find_content(tmp_path)


def test_too_few_classes(tmp_path):
    with pytest.raises(InputError, match="expected a folder for each of at least two .* got 0"):
        find_content(tmp_path)
    with pytest.raises(InputError, match="content .*gone: no such folder"):
        find_content(tmp_path / "gone")


def test_the_animals_of_tuxpaint(tmp_path, monkeypatch):
    """Those with a picture and a sound of the same name, in any subfolder."""
    monkeypatch.setattr(content, "_STAMPS", tmp_path)
    with pytest.raises(InputError, match="apt-get install tuxpaint-stamps-default"):
        find_content("tuxpaint")
    (tmp_path / "birds" / "big").mkdir(parents=True)
    for name in ("birds/big/sea_gull", "birds/hen", "frog"):
        write_picture(tmp_path / f"{name}.png", (1, 2, 3))
    write_tone(tmp_path / "birds" / "big" / "sea_gull.ogg", 400)
    write_tone(tmp_path / "frog.ogg", 400)
    # The spoken name.
    write_tone(tmp_path / "birds" / "hen_desc.ogg", 400)
    assert [found.name for found in find_content("tuxpaint")] == ["frog", "sea gull"]
