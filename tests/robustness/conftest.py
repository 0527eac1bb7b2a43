"""Tiny runs that are trained once and used by many attacks."""

import shutil

import pytest

from ..conftest import options_of
from .runs import outcome, tiny_cfg, train


@pytest.fixture(scope="session")
def two_epochs(tiny_world, tmp_path_factory):
    """The work dir of a run of two epochs, which must not be changed."""
    work_dir = tmp_path_factory.mktemp("trained") / "a"
    train(tiny_cfg(options_of(tiny_world), work_dir, **{"train_cfg.max_epochs": 2}))
    return work_dir


@pytest.fixture
def folder(two_epochs, tiny_options, tmp_path):
    """A copy of the work dir of two epochs, and a config for four epochs."""
    work_dir = shutil.copytree(two_epochs, tmp_path / "a")
    (work_dir / "last_checkpoint").write_text(str(work_dir / "epoch_2.pth"))
    return work_dir, tiny_cfg(tiny_options, work_dir, **{"train_cfg.max_epochs": 4})


@pytest.fixture(scope="session")
def whole(tiny_world, tmp_path_factory):
    """Files of a run of three epochs without interruption."""
    work_dir = tmp_path_factory.mktemp("whole") / "run"
    train(tiny_cfg(options_of(tiny_world), work_dir))
    return outcome(work_dir)
