"""The converter as a user runs it."""

import re

import pytest
import torch

from loco_mm.apis import init_model
from loco_mm.apis.conversion import PUBLISHED

from ..apis.conversion.published import filled, golden
from ..comparing import CONFIGS, ROOT
from ..published_localizers import FOLDER, Case
from .test_bad_input import refuse

AVEL = "avel/avel_ave_weakly.py"


def test_it_writes_a_checkpoint_that_the_config_loads(tmp_path, run_tool):
    torch.save(filled(golden("avel_weakly")), tmp_path / "published.pth")
    out = tmp_path / "converted.pth"
    arguments = ("avel_weakly", tmp_path / "published.pth", out)
    status, output, error = run_tool("converters/convert.py", *arguments)
    assert status == 0, error
    assert f"27 tensors for configs/{AVEL}" in output
    init_model(str(CONFIGS / AVEL), out)


def save(path, system="psp_fully", **more):
    state = filled(golden(system))
    torch.save(state | more, path)


def unav_weights():
    return Case.read(FOLDER / "unav_own.json").weights()


BAD = [
    (
        dict(),
        "cmran_fully",
        ["as cmran_fully", "entries are none of its parameters: L1.weight"],
    ),
    (
        dict(),
        "unav",
        ["entries are none of its parameters", "is it a checkpoint of another system"],
    ),
    (
        dict(),
        "avell",
        [
            "system: expected one of actionformer, tridet, ccnet, unav, uniav, uniav_at, tadtr,",
            "got avell",
        ],
    ),
    (
        {"L2.weight": torch.ones(29, 63)},
        "psp_fully",
        ["1 entries differ, the first is head.output.weight: expected (29, 64), got (29, 63)"],
    ),
    (
        {"L2.weight": torch.full((29, 64), torch.nan)},
        "psp_fully",
        ["1 weights hold NaN or infinity"],
    ),
    (
        {"L2.weight": torch.nn.Linear(1, 1)},
        "psp_fully",
        ["refused: it contains code or unknown types"],
    ),
]


@pytest.mark.parametrize(("more", "system", "texts"), BAD)
def test_what_does_not_fit_is_reported_and_nothing_written(more, system, texts, tmp_path, run_tool):
    save(tmp_path / "published.pth", **more)
    arguments = (system, tmp_path / "published.pth", tmp_path / "converted.pth")
    refuse(run_tool("converters/convert.py", *arguments), *texts)
    assert not (tmp_path / "converted.pth").exists()


def test_its_help_names_every_system():
    text = (ROOT / "tools" / "converters" / "convert.py").read_text()
    listed = text.partition("Systems: ")[2].partition(".\n")[0]
    assert set(re.findall(r"\w+", listed)) >= PUBLISHED.keys()


def test_weights_of_other_sizes_than_the_config_are_reported(tmp_path, run_tool):
    torch.save(dict(state_dict=unav_weights()), tmp_path / "published.pth")
    arguments = ("unav", tmp_path / "published.pth", tmp_path / "converted.pth")
    refuse(run_tool("converters/convert.py", *arguments), "as unav", "entries differ, the first is")
