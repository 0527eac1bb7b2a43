"""Bad values in configs: one line with the dotted key, what was found, and the reason.

``bad_configs.json`` holds them as options of the tools, of the tests' tiny run: one of each kind of
mistake, of a key of the toolbox and of one of our parts. ``wrong_values`` are listed by what the
message says is expected, after the option's key; ``told_at_once``, when the config is read,
``told_of_options``, before that, and ``told_by_parts``, by a part while it is built or by what
needs the data, by the text that must be in the message.
"""

import json
from pathlib import Path

import pytest

from loco_mm.apis import load_config
from loco_mm.engine.cli import read_options
from loco_mm.errors import InputError

from ..tools.test_bad_input import refuse

CASES = json.loads(Path(__file__).with_name("bad_configs.json").read_text())
WRONG = [(option, text) for text, options in CASES["wrong_values"].items() for option in options]


def read_message(path, options=None):
    with pytest.raises(InputError) as error:
        load_config(str(path), options)
    text = str(error.value)
    assert text.startswith(f"config {path}: ")
    assert "\n" not in text
    return text.removeprefix(f"config {path}: ")


@pytest.mark.parametrize(("option", "expected"), WRONG)
def test_a_wrong_value_is_told_with_its_key(tiny_config, run_tool, tmp_path, option, expected):
    key, _, value = option.partition("=")
    if ".head.test_cfg." in key and ".nms." not in key:  # the head knows what it takes
        result = run_tool("train.py", tiny_config, "--work-dir", tmp_path, "--cfg-options", option)
        refuse(result, f"config: {key}: ", f"found, {expected} expected")
        return
    text = read_message(tiny_config, read_options([option]))
    assert text.startswith((f"{key}: ", f"{key}."))
    assert f"found, {expected}" in text
    assert "expected" in text


@pytest.mark.parametrize(("option", "expected"), CASES["told_at_once"].items())
def test_what_does_not_fit_is_told_when_the_config_is_read(tiny_config, option, expected):
    assert expected in read_message(tiny_config, read_options([option]))


@pytest.mark.parametrize(("option", "expected"), CASES["told_of_options"].items())
def test_an_option_of_a_key_that_is_not_there_is_told(tiny_config, option, expected):
    with pytest.raises(InputError) as error:
        load_config(str(tiny_config), read_options([option]))
    assert expected in str(error.value)


@pytest.mark.parametrize("option", ["a", "a=[1,", "a=(1,2", "a=f(1,2)", "model.head=dict(b=1,c=2)"])
def test_an_option_in_another_form_is_told(run_tool, option):
    for tool in ("train.py", "test.py", "analysis/complexity.py"):
        arguments = ["x.py", "x.pth"][: 2 if tool == "test.py" else 1]
        result = run_tool(tool, *arguments, "--cfg-options", "b=1", option)
        refuse(result, f"--cfg-options: {option} found, key=value expected")


@pytest.mark.parametrize(("option", "expected"), CASES["told_by_parts"].items())
def test_what_a_part_refuses_is_one_line(tiny_config, run_tool, tmp_path, option, expected):
    arguments = ("--work-dir", tmp_path / "w", "--cfg-options", option)
    refuse(run_tool("train.py", tiny_config, *arguments), expected)


READ = "cannot be read: "
CIRCLE = "_base_: the file is based on itself"
BASE = "_base_ = 'tiny.py'\n"
SELF = "_base_ = 'bad.py'\n"
FILES = {
    "empty": ("", "model is missing"),
    "comment": ("# nothing\n", "model is missing"),
    "no-model": ("work_dir = 'x'\n", "model is missing"),
    "base-of-itself": (SELF, CIRCLE),
    "missing-base": ("_base_ = 'gone.py'\n", "gone.py: no such file"),
    "base-number": ("_base_ = 5\n", "_base_: expected file names, got 5"),
    "base-folder": ("_base_ = '.'\n", "a folder, device or pipe found, a file expected"),
    "base-tuple": ("_base_ = ('tiny.py', 'tiny.py')\n", "_base_: expected file names, got ('"),
    "unclosed": ("model = dict(\n", f"{READ}SyntaxError: '(' was never closed"),
    "unknown-name": (f"{BASE}model = foo\n", f"{READ}NameError: name 'foo'"),
    "division": (f"{BASE}x = 1 / 0\n", f"{READ}ZeroDivisionError: division by zero"),
    "missing-import": (f"{BASE}import gone_module\n", f"{READ}ModuleNotFoundError"),
    "raise": (f"{BASE}raise RuntimeError('x')\n", f"{READ}RuntimeError: x"),
    "attribute": (f"{BASE}x = 'a'.foo\n", f"{READ}AttributeError"),
    "index": (f"{BASE}x = [][3]\n", f"{READ}IndexError"),
    "nul": (f"{BASE}\0\n", READ),
    "latin": (f"{BASE}x = 'ÿ'\n".encode("latin1"), "no text in UTF-8"),
    "lr": (f"{BASE}lr = 1.0\n", "unknown key 'lr'"),
    "batch-size": (f"{BASE}batch_size = 1\n", "unknown key 'batch_size'"),
    "seed": (f"{BASE}seed = 5\n", "unknown key 'seed'"),
    "list-as-model": (f"{BASE}model = [1]\n", "model: [1] found, a dict with a 'type'"),
    "deleted-model": (f"{BASE}model = dict(_delete_=True)\n", "model: {} found"),
    "hook": (
        f"{BASE}default_hooks = dict(chekpoint=dict(type='AtomicCheckpointHook'))\n",
        "default_hooks.chekpoint is no hook of the toolbox, did you mean 'checkpoint'?",
    ),
    "priority": (
        f"{BASE}default_hooks = dict(timer=dict(priority='SOON'))\n",
        "default_hooks.timer.priority: 'SOON' found, 0 to 100 or one of",
    ),
    "usual-constructor": (
        f"{BASE}optim_wrapper = dict(\n    constructor='DefaultOptimWrapperConstructor',\n"
        "    optimizer=dict(lr=-1.0),\n)\n",
        "optim_wrapper.optimizer.lr: -1.0 found, a number greater than or equal to 0 expected",
    ),
    "list-in-itself": (f"{BASE}x = []\nx.append(x)\nmodel = dict(a=x)\n", f"{READ}RecursionError"),
    "huge": (f"{BASE}train_cfg = dict(max_epochs=10**400)\n", "train_cfg.max_epochs: 1000"),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_a_bad_config_file_is_told(tiny_config, content, expected):
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
        ("bad.json", '{"_base_": "tiny.py", "model": {"\\n": 5}}', r"unknown key model.\n"),
        ("bad.yaml", "_base_: tiny.py\nmodel: {type: null}\n", "model.type: None found, a name"),
        ("bad.yaml", "_base_: tiny.py\nmodel: {type: ''}\n", "model.type: '' found, a name or"),
        ("bad.yaml", "_base_: tiny.py\nmodel: {type: 0.5}\n", "model.type: 0.5 found, a name or"),
    ],
)
def test_a_bad_config_of_another_form_is_told(tiny_config, name, content, expected):
    path = tiny_config.with_name(name)
    path.write_text(content)
    assert expected in read_message(path)


def test_files_that_are_bases_of_each_other_are_told(tiny_config):
    path = tiny_config.with_name("bad.py")
    path.write_text("_base_ = 'other.py'\n")
    tiny_config.with_name("other.py").write_text(SELF)
    assert read_message(path) == CIRCLE


def test_a_function_in_a_config_is_told(tiny_config, run_tool, tmp_path):
    path = tiny_config.with_name("bad.py")
    path.write_text(f"{BASE}custom_hooks = [dict(type='EMAHook', update_buffers=lambda: 1)]\n")
    refuse(run_tool("train.py", path, "--work-dir", tmp_path / "w"), "config: it cannot be written")


@pytest.mark.parametrize("launcher", ["pytorch", "slurm", "mpi"])
def test_a_launcher_without_its_environment_is_told(tiny_config, run_tool, monkeypatch, launcher):
    for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"):
        monkeypatch.delenv(name, raising=False)
    result = run_tool("train.py", tiny_config, "--launcher", launcher)
    refuse(result, f"--launcher {launcher}: the environment has no ", "start the processes with")


def test_an_epoch_without_a_batch_is_told(tiny_config, run_tool, tmp_path):
    options = ["train_dataloader.batch_size=9", "train_dataloader.drop_last=True"]
    arguments = ("--work-dir", tmp_path / "w", "--cfg-options", *options)
    refuse(
        run_tool("train.py", tiny_config, *arguments),
        "train_dataloader: an epoch of 8 videos has no batch of 9",
    )


def test_the_traceback_is_there_when_asked_for(tiny_config, run_tool, tmp_path):
    options = ["--cfg-options", "optim_wrapper.optimizer.betas=[0.9]", "--traceback"]
    with pytest.raises(IndexError):
        run_tool("train.py", tiny_config, "--work-dir", tmp_path / "w", *options)
