"""Locks between processes."""

import threading
import time

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import locked


def test_a_lock_is_held_by_one_process(tmp_path, hold):
    path = tmp_path / "new" / "lock"
    process = hold(path)
    with pytest.raises(InputError) as error, locked(path, "do this"):
        pass
    assert (
        str(error.value) == f"{path.parent}: another process is using this folder (lock): do this"
    )
    process.let_go()
    assert not path.exists()
    with locked(path, ""):
        assert path.exists()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("with_child", [False, True])
def test_the_lock_of_a_killed_process_is_free(tmp_path, hold, with_child):
    """Even if a child process, such as a data loader worker, still runs."""
    path = tmp_path / "lock"
    process = hold(path, with_child)
    process.kill()
    assert path.exists()
    with locked(path, ""):
        pass
    assert not path.exists()


def test_one_can_wait_for_it(tmp_path, hold):
    path = tmp_path / "lock"
    process = hold(path)
    start = time.monotonic()
    timer = threading.Timer(0.5, process.let_go)
    timer.start()
    with locked(path, "", wait=True):
        assert time.monotonic() - start >= 0.5
        with pytest.raises(InputError), locked(path, ""):
            pass
    timer.join()
    assert not path.exists()


def test_a_process_does_not_take_its_own_twice(tmp_path):
    with locked(tmp_path / "lock", "x"):
        with pytest.raises(InputError, match="y$"), locked(tmp_path / "lock", "y"):
            pass
        with locked(tmp_path / "other", "z"):
            pass
        assert (tmp_path / "lock").exists()
    with pytest.raises(KeyError), locked(tmp_path / "lock", "x"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("data")
    (tmp_path / "lock").symlink_to("precious")
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "lock", ""):
        pass
    assert (tmp_path / "precious").read_text() == "data"
