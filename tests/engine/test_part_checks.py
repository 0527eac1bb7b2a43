"""Keys and values of parts, before they are built."""

import warnings
from pathlib import Path

import mmaction
import pytest

from loco_mm.apis import load_config
from loco_mm.engine.part_checks import list_parts
from loco_mm.errors import InputError

from ..comparing import ROOT

PATH = str(ROOT / "configs" / "loco_synthetic.py")
THEIRS = Path(mmaction.__file__).parent / ".mim" / "configs"


def test_parts_are_found_with_their_registries():
    parts = {place: (part["type"], reg.name) for place, part, reg in list_parts(load_config(PATH))}
    assert parts["model.head.test_cfg.nms"] == ("SegmentSoftNMS", "model")
    assert parts["train_dataloader.dataset.pipeline.2"] == ("RandomTemporalCrop", "transform")
    assert parts["param_scheduler.1"] == ("CosineAnnealingLR", "parameter scheduler")
    assert parts["default_hooks.param_scheduler"] == ("ParamSchedulerHook", "hook")
    assert parts["visualizer.vis_backends.0"] == ("LocalVisBackend", "vis_backend")


def test_a_hook_s_own_part_is_checked():
    hook = dict(type="MainProcessLoggerHook", intervl=3)
    with pytest.raises(InputError, match=r"custom_hooks\.0\.intervl, did you mean 'interval'"):
        load_config(PATH, {"custom_hooks": [hook]})


def first_of_each_folder():
    folders = {path.parent: path for path in sorted(THEIRS.rglob("*.py"), reverse=True)}
    return sorted(path for folder, path in folders.items() if "_base_" not in folder.parts)


@pytest.mark.parametrize("path", first_of_each_folder(), ids=lambda path: path.parent.name)
def test_configs_of_the_toolbox_are_not_refused(path):
    """But for variables that such a file sets and never uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            load_config(str(path))
        except InputError as error:
            assert "unknown key" in str(error)
