"""Bad values in configs: one line with the dotted key, the value, and the reason.

``bad_configs.json`` contains them as options of the tools for the tiny run: one for each kind of
mistake, for keys of the toolbox and of this package. Those in ``by_key`` are refused by the reader
of the value, with the key that starts the message and the rest of it; those in ``on_reading`` when
the config is read.
"""

import json
from pathlib import Path

import pytest

from loco_mm.apis import load_config
from loco_mm.engine.cli import read_options
from loco_mm.errors import InputError

from ..tools.test_bad_input import refuse
from .runs import build_all

CASES = json.loads(Path(__file__).with_name("bad_configs.json").read_text())


def read_message(path, options=None):
    with pytest.raises(InputError) as error:
        load_config(str(path), options)
    text = str(error.value)
    assert text.startswith(f"config {path}: ")
    assert "\n" not in text
    return text.removeprefix(f"config {path}: ")


@pytest.mark.parametrize(
    ("option", "key", "text"), [(o, *rest) for o, rest in CASES["by_key"].items()]
)
def test_a_bad_value_is_reported_with_its_key(tiny_config, tmp_path, option, key, text):
    cfg = load_config(tiny_config, read_options([option]))
    cfg.work_dir = str(tmp_path / "w")
    with pytest.raises(InputError) as error:
        build_all(cfg)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith((f"{key}: ", f"{key} is ", f"{key} has "))
    assert text in message


@pytest.mark.parametrize(("option", "expected"), CASES["on_reading"].items())
def test_an_option_that_cannot_be_set_is_reported(tiny_config, option, expected):
    with pytest.raises(InputError) as error:
        load_config(str(tiny_config), read_options([option]))
    assert expected in str(error.value)


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("launcher=slurm", "launcher: expected 'none', got 'slurm': give it as --launcher"),
        ("runner_type=Run", "runner_type: expected a name in the runner registry, got 'Run'"),
        ("train_dataloader.dataset.pipeline=[]", "batch without the inputs 'visual' and 'audio'"),
        ("model.head.loss_weigth=1", "model.head: unknown key 'loss_weigth', known are assigner"),
    ],
)
def test_the_tool_tells_it_in_one_line(tiny_config, run_tool, tmp_path, option, expected):
    arguments = ("--work-dir", tmp_path / "w", "--cfg-options", option)
    refuse(run_tool("train.py", tiny_config, *arguments), expected)


@pytest.mark.parametrize("option", ["a", "a=[1,", "a=(1,2", "a=f(1,2)", "model.head=dict(b=1,c=2)"])
def test_an_option_in_another_form_is_reported(run_tool, option):
    for tool in ("train.py", "test.py", "analysis/complexity.py"):
        arguments = ["x.py", "x.pth"][: 2 if tool == "test.py" else 1]
        result = run_tool(tool, *arguments, "--cfg-options", "b=1", option)
        refuse(result, "--cfg-options: expected key=value", f"got {option}")


READ = "cannot be read: "
CIRCLE = "_base_: the file is based on itself"
BASE = "_base_ = 'tiny.py'\n"
SELF = "_base_ = 'bad.py'\n"
FILES = {
    "empty": ("", "model: expected a dict, got None"),
    "comment": ("# nothing\n", "model: expected a dict, got None"),
    "no-model": ("work_dir = 'x'\n", "model: expected a dict, got None"),
    "base-of-itself": (SELF, CIRCLE),
    "missing-base": ("_base_ = 'gone.py'\n", "gone.py: no such file"),
    "base-number": ("_base_ = 5\n", "_base_: expected file names, got 5"),
    "base-folder": ("_base_ = '.'\n", "expected a file, got a folder, device or pipe"),
    "base-tuple": ("_base_ = ('tiny.py', 'tiny.py')\n", "_base_: expected file names, got ('"),
    "unclosed": ("model = dict(\n", f"{READ}SyntaxError: '(' was never closed"),
    "unknown-name": (f"{BASE}model = foo\n", f"{READ}NameError: name 'foo'"),
    "division": (f"{BASE}x = 1 / 0\n", f"{READ}ZeroDivisionError: division by zero"),
    "missing-import": (f"{BASE}import gone_module\n", f"{READ}ModuleNotFoundError"),
    "raise": (f"{BASE}raise RuntimeError('x')\n", f"{READ}RuntimeError: x"),
    "attribute": (f"{BASE}x = 'a'.foo\n", f"{READ}AttributeError"),
    "index": (f"{BASE}x = [][3]\n", f"{READ}IndexError"),
    "nul": (f"{BASE}\0\n", READ),
    "latin": (f"{BASE}x = 'ÿ'\n".encode("latin1"), "not UTF-8 text"),
    "lr": (f"{BASE}lr = 1.0\n", "unknown key 'lr'"),
    "batch-size": (f"{BASE}batch_size = 1\n", "unknown key 'batch_size'"),
    "seed": (f"{BASE}seed = 5\n", "unknown key 'seed'"),
    "list-as-model": (f"{BASE}model = [1]\n", "model: expected a dict, got [1]"),
    "list-in-itself": (f"{BASE}x = []\nx.append(x)\nmodel = dict(a=x)\n", f"{READ}RecursionError"),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_a_bad_config_file_is_reported(tiny_config, content, expected):
    path = tiny_config.with_name("bad.py")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert expected in read_message(path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("bad.json", "[1]", "expected a dict at its top, got list"),
        ("bad.json", "{", f"{READ}JSONDecodeError"),
        ("bad.json", '{"_base_": "tiny.py", "seed": 5}', "unknown key 'seed'"),
        ("bad.yaml", "", "expected a dict at its top, got NoneType"),
        ("bad.yaml", "5", "expected a dict at its top, got int"),
        ("bad.yaml", "_base_: tiny.py\nlr: 1.0\n", "unknown key 'lr'"),
        ("bad.txt", "x: 1", READ),
        ("bad.json", '{"_base_": "tiny.py", "": 5}', "unknown key ''"),
        ("bad.yaml", "_base_: tiny.py\n5: 1.0\n", READ),
    ],
)
def test_a_bad_config_of_another_form_is_reported(tiny_config, name, content, expected):
    path = tiny_config.with_name(name)
    path.write_text(content)
    assert expected in read_message(path)


def test_files_that_are_bases_of_each_other_are_reported(tiny_config):
    path = tiny_config.with_name("bad.py")
    path.write_text("_base_ = 'other.py'\n")
    tiny_config.with_name("other.py").write_text(SELF)
    assert read_message(path) == CIRCLE


def test_a_function_in_a_config_is_reported(tiny_config, run_tool, tmp_path):
    path = tiny_config.with_name("bad.py")
    path.write_text(f"{BASE}custom_hooks = [dict(type='EMAHook', update_buffers=lambda: 1)]\n")
    refuse(
        run_tool("train.py", path, "--work-dir", tmp_path / "w"),
        "SyntaxError: Failed to format the config file",
    )


@pytest.mark.parametrize("launcher", ["pytorch", "slurm", "mpi"])
def test_a_launcher_without_its_environment_is_reported(
    tiny_config, run_tool, monkeypatch, launcher
):
    for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"):
        monkeypatch.delenv(name, raising=False)
    result = run_tool("train.py", tiny_config, "--launcher", launcher)
    refuse(result, f"--launcher {launcher}: the environment has no ", "start the processes with")


def test_an_epoch_without_a_batch_is_reported(tiny_config, run_tool, tmp_path):
    options = ["train_dataloader.batch_size=9", "train_dataloader.drop_last=True"]
    arguments = ("--work-dir", tmp_path / "w", "--cfg-options", *options)
    refuse(
        run_tool("train.py", tiny_config, *arguments),
        "train_dataloader: an epoch of 8 videos has no batch of 9",
    )


def test_the_traceback_is_there_when_asked_for(tiny_config, run_tool, tmp_path):
    options = ["--cfg-options", "optim_wrapper.optimizer.betas=[0.9]", "--traceback"]
    with pytest.raises(InputError) as error:
        run_tool("train.py", tiny_config, "--work-dir", tmp_path / "w", *options)
    assert isinstance(error.value.__cause__, IndexError)
