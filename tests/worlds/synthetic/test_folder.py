"""The folder of a synthetic world: reports, repair and replacement; other files are kept."""

import json

import pytest

from loco_mm.errors import InputError
from loco_mm.worlds.synthetic import ANN_FILE

from .test_files import digest, small_files


def test_replacing_a_world_takes_what_it_lists_and_nothing_else(tmp_path):
    root = tmp_path / "w"
    small_files(layouts=("onepeace", "i3d-vggish")).write(root)
    mine = {"notes.txt": "mine", "av_features/mine.npy": "mine", "checkpoints/best.pth": "mine"}
    for name, text in mine.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    small_files().write(root, overwrite=True)
    assert {name: (root / name).read_text() for name in mine} == mine
    small_files().write(tmp_path / "fresh")
    found = digest(root)
    assert {name: value for name, value in found.items() if name not in mine} == digest(
        tmp_path / "fresh"
    )
    assert small_files().write(root) == 0


def test_a_file_in_the_way_is_not_replaced(tmp_path):
    root = tmp_path / "w"
    small_files().write(root)
    small_files(layouts=("i3d-vggish",)).write(tmp_path / "other")
    name = next(path.name for path in (tmp_path / "other" / "av_features").iterdir())
    (root / "av_features" / name).write_text("mine")
    before = digest(root)
    message = rf"{name}: exists, but is not a file of the world: move it"
    with pytest.raises(InputError, match=message):
        small_files(layouts=("i3d-vggish",)).write(root, overwrite=True)
    assert digest(root) == before
    assert [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == []


def test_files_that_are_gone_are_reported_and_written_again(tmp_path):
    root = tmp_path / "w"
    small_files().write(root)
    before = digest(root)
    gone = [ANN_FILE, *sorted(name for name in before if name.endswith(".npy"))[3:5]]
    kept = root / next(name for name in before if name not in gone)
    inode = kept.stat().st_ino
    for name in gone:
        (root / name).unlink()
    with pytest.warns(UserWarning, match="3 of the world's 20 files are missing"):
        assert small_files().write(root) == 3
    assert digest(root) == before
    assert kept.stat().st_ino == inode
    assert small_files().write(root) == 0


def test_a_file_that_was_changed_is_reported_and_kept(tmp_path):
    root = tmp_path / "w"
    small_files().write(root)
    (root / ANN_FILE).write_text("mine")
    with pytest.raises(InputError, match=f"1 files .* have been changed.*{ANN_FILE}"):
        small_files().write(root)
    assert (root / ANN_FILE).read_text() == "mine"


@pytest.mark.parametrize("calls", range(0, 40, 5))
def test_a_replacement_cut_short_is_finished_by_the_next(tmp_path, monkeypatch, calls):
    import os

    root = tmp_path / "w"
    small_files().write(root)
    other = small_files(widths=(8, 8))
    real, left = os.replace, [calls]

    def fail_later(source, target):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)

    monkeypatch.setattr(os, "replace", fail_later)
    try:
        other.write(root, overwrite=True)
        finished = True
    except KeyboardInterrupt:
        finished = False
    monkeypatch.undo()
    assert finished == (calls >= 21)
    if not calls:
        # No file was moved yet.
        assert small_files().write(root) == 0
        other.write(root, overwrite=True)
    other.write(root)
    other.write(tmp_path / "fresh")
    assert digest(root) == digest(tmp_path / "fresh")


def test_a_list_cannot_name_what_is_not_below_the_folder(tmp_path):
    root, mine = tmp_path / "w", tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis").write_text("x")
    small_files().write(root)
    content = json.loads((root / "world.json").read_text())
    for name in ("../mine/thesis", str(mine / "thesis"), "a/../../mine/thesis", "", "world.json"):
        content["files"] = {name: 1}
        (root / "world.json").write_text(json.dumps(content))
        with pytest.raises(InputError, match="lists no paths below the folder"):
            small_files(widths=(8, 8)).write(root, overwrite=True)
    # A symbolic link leads out of it.
    (root / "link").symlink_to(mine)
    content["files"] = {"link/thesis": 1}
    (root / "world.json").write_text(json.dumps(content))
    for path in (root / "av_features").iterdir():
        path.unlink()
    for name in (ANN_FILE, "class_embeddings.npy"):
        (root / name).unlink()
    small_files(widths=(8, 8)).write(root, overwrite=True)
    assert (mine / "thesis").read_text() == "x"


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"settings": {}, "files": [1]}'])
def test_a_damaged_record_is_reported(tmp_path, text):
    root = tmp_path / "w"
    small_files().write(root)
    (root / "world.json").write_text(text)
    with pytest.raises(InputError, match=r"world\.json"):
        small_files().write(root, overwrite=True)


def test_a_world_from_before_files_were_listed_is_adopted_but_never_replaced(tmp_path):
    root = tmp_path / "w"
    small_files().write(root)
    before = digest(root)
    settings = json.loads((root / "world.json").read_text())["settings"]
    (root / "world.json").write_text(json.dumps(settings))
    with pytest.raises(InputError, match="lists no files"):
        small_files(widths=(8, 8)).write(root, overwrite=True)
    assert small_files().write(root) == 20
    assert digest(root) == before
    assert small_files().write(root) == 0
