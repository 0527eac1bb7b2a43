"""Keys and variables of configs, and unused names."""

import os
import sys
from pathlib import Path

import mmaction
import pytest
from mmengine.config import Config

from loco_mm.apis import load_config
from loco_mm.engine.config import RULE, known_keys
from loco_mm.engine.config_names import config_files, keys_made_from
from loco_mm.errors import InputError

THEIRS = Path(mmaction.__file__).parent / ".mim" / "configs"
CONFIGS = Path(__file__).resolve().parents[2] / "configs"


BASE = f"_base_ = {str(CONFIGS / 'loco_synthetic.py')!r}\n"


@pytest.fixture
def write(tmp_path):
    """Writes a config that is based on the small one, and returns its path."""

    def write(text, name="mine.py", base=BASE):
        (tmp_path / name).write_text(base + text)
        return str(tmp_path / name)

    return write


DATASET = "dict(type='AVDataset', data_root='here', pipeline=[])"


@pytest.mark.parametrize(
    "text",
    [
        "head = dict(feat_channels=32)\nmodel = dict(head=head)\n",
        # Unpacked, with and without a base's value.
        f"mine = {DATASET}\ntrain_dataloader = dict(dataset=dict(_delete_=True, **mine))\n",
        f"mine = {DATASET}\ntrain_dataloader = dict(dataset=dict(**mine, subset='test'))\n",
        "train_dataloader = dict(dataset=dict(_delete_=True, type='AVDataset', pipeline=[]))\n",
        "rates = [1e-3, 2e-3]\noptim_wrapper = dict(optimizer=dict(lr=max(rates)))\n",
        "for width in [8, 16]:\n    model = dict(encoder=dict(num_heads=width))\n",
        "base = 4\nnames = [f'{base}_{i}' for i in range(3)]\nwork_dir = '/'.join(names)\n",
        "def double(x):\n    return x * factor\nfactor = 2\nlaunched = double(2)\n"
        "train_cfg = dict(max_epochs=launched)\n",
        "size = 3\ntrain_cfg = dict(max_epochs=globals()['size'])\n",
        "class Sizes:\n    epochs = 3\ntrain_cfg = dict(max_epochs=Sizes.epochs)\n",
        "_note = 'mine'\n",
        "mine = {{_base_.train_pipeline}}\nval_dataloader = dict(dataset=dict(pipeline=mine))\n",
        # Similar to a key of the toolbox, but used.
        "custom_hook = dict(type='EMAHook')\ncustom_hooks = [custom_hook]\n",
    ],
)
def test_variables_that_a_file_reads_are_accepted(write, text):
    load_config(write(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("my_rate = 3\n", "unknown key 'my_rate'$"),
        ("my_head = dict(scales=1)\n", "unknown key 'my_head'"),
        ("custom_hook = []\n", "unknown key 'custom_hook', did you mean 'custom_hooks'"),
        (
            "data_root = 'mine'\n",
            r"'data_root': a base .* set train_dataloader\.dataset\.data_root, val_dataloader",
        ),
        (
            "features = dict(audio=dict(dim=7))\n",
            r"'features': a base .* set train_dataloader\.dataset\.features, val_",
        ),
    ],
)
def test_names_that_nothing_reads_are_refused(write, text, message):
    with pytest.raises(InputError, match=message):
        load_config(write(text))


def test_a_bases_leftovers_are_accepted_and_its_mistakes_are_not(write):
    base = write("unused = 'later'\n_base_note = 1\n", "base.py")
    with pytest.raises(InputError, match="unknown key 'unused'"):
        load_config(base)
    child = "_base_ = 'base.py'\n"
    assert not {"unused", "_base_note", "features"} & set(load_config(write("", base=child)))
    for text, message in [
        (
            "train_dataloder = dict(batch_size=2)\n",
            "'train_dataloder', did you .* 'train_dataloader'",
        ),
        ("in_process = dict(num_workers=3)\n", "'in_process': a base .* train_dataloader, val_"),
    ]:
        write(text, "base.py")
        with pytest.raises(InputError, match=message):
            load_config(write("", base=child))


def test_a_misspelt_key_in_a_file_of_values_only_is_refused(write):
    with pytest.raises(InputError, match="'test_evaluater', did you mean 'test_evaluator'"):
        load_config(write('test_evaluater = dict(type="SegmentMAP")\n', base=""))


@pytest.mark.parametrize("base", [False, True])
def test_tags_in_yaml_make_nothing(tmp_path, base):
    trace, path = tmp_path / "trace", tmp_path / "mine.yaml"
    path.write_text(f"work_dir: !!python/object/apply:os.system ['touch {trace}']\n")
    if base:
        (tmp_path / "mine.py").write_text("_base_ = 'mine.yaml'\n")
        path = tmp_path / "mine.py"
    with pytest.raises(
        InputError, match=r"mine.yaml: expected YAML without Python tags: .*os\.system.*line 1"
    ):
        load_config(str(path))
    assert not trace.exists()
    (tmp_path / "mine.yaml").write_text("a: [")
    with pytest.raises(InputError, match="expected YAML without Python tags"):
        load_config(str(path))


def test_a_pipe_as_base_is_not_waited_for(write, tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    write("_base_ = 'pipe.py'\n", "middle.py", "")
    path = write("_base_ = ['middle.py']\n", base="")
    with pytest.raises(
        InputError,
        match=r"config .*middle.py: _base_ .*pipe\.py: expected a file, got a folder, device or "
        r"pipe",
    ):
        load_config(path)


def test_configs_of_other_forms(write, tmp_path):
    (tmp_path / "mine.yml").write_text(f"_base_: {CONFIGS / 'loco_synthetic.py'}\nmy_rate: 3\n")
    with pytest.raises(InputError, match="unknown key 'my_rate'"):
        load_config(str(tmp_path / "mine.yml"))
    lazy = (
        "from mmengine.hooks import EMAHook\nrate = 0.1\nema = dict(type=EMAHook, momentum=rate)\n"
    )
    model = "model = dict(type='PointHead', num_classes=1)\n"
    load_config(write(f"{lazy}{model}custom_hooks = [ema]\n", base=""))
    with pytest.raises(InputError, match="unknown key 'ema'"):
        load_config(write(f"{lazy}{model}", base=""))


@pytest.mark.parametrize(
    ("option", "keys"),
    [
        ("data_root", [f"{s}_dataloader.dataset.data_root" for s in ("train", "val", "test")]),
        (
            "train_pipeline.2.trunc_ratio",
            ["train_dataloader.dataset.pipeline"],
        ),
        (
            "features.visual.dim",
            [f"{s}_dataloader.dataset.features" for s in ("train", "val", "test")],
        ),
    ],
)
def test_an_option_of_a_variable_is_refused_with_the_keys_that_it_feeds(option, keys):
    path = str(CONFIGS / "loco_synthetic.py")
    with pytest.raises(InputError) as error:
        load_config(path, {option: 3})
    assert str(error.value) == (
        f"--cfg-options {option}: {option.split('.')[0]!r} is a variable of {path}, used in "
        f"{', '.join(keys)}: set these instead ({RULE})"
    )


def test_keys_made_from_a_variable_are_followed_through_others(write):
    path = write(
        "depth = 3\nshape = [depth, 2]\nwork_dir = f'w{shape}'\nshape = [*shape]\n"
        "rates = dict(lr=depth)\ndecay = {'a': depth}\n"
        "def rate():\n    return rates\n"
        "optim_wrapper = dict(optimizer=dict(**rates), paramwise_cfg=rate())\n"
        "if depth:\n    resume = False\n"
    )
    made = keys_made_from("depth", config_files(path), known_keys())
    expected = [
        "work_dir",
        "optim_wrapper.optimizer.lr",
        "optim_wrapper.paramwise_cfg",
        "resume",
    ]
    assert sorted(made) == sorted(expected)


def test_what_a_run_has_written_is_read_without_a_word_in_any_layout(write, tmp_path):
    path = write("depth = [3, 4]\nwork_dir = f'w{depth[0]}'\n")
    dumped = tmp_path / "dumped.py"
    Config.fromfile(path).dump(dumped)
    text = dumped.read_text()
    assert "depth" in text
    for layout in (text, text.replace("\n", "\n\n").replace("=", " = ").replace("3,", "3 ,")):
        dumped.write_text(layout)
        cfg = load_config(str(dumped))
        assert cfg.work_dir == "w3"
        assert "depth" not in cfg
    assert load_config(write("", base="_base_ = 'dumped.py'\n")).work_dir == "w3"
    # An additional unused one is a mistake of the file that defines it.
    dumped.write_text(text + "\nextra = dict(a=1)\n")
    with pytest.raises(InputError, match="unknown key"):
        load_config(str(dumped))


def test_paths_of_pathlib_are_texts(tmp_path):
    options = {"train_dataloader.dataset.data_root": tmp_path, "work_dir": tmp_path}
    cfg = load_config(CONFIGS / "loco_synthetic.py", options)
    assert cfg.work_dir == cfg.train_dataloader.dataset.data_root == str(tmp_path)


def test_imports_given_as_an_option_happen(tmp_path, monkeypatch):
    (tmp_path / "my_parts_of_a_test.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    options = {"custom_imports.imports": ["loco_mm", "my_parts_of_a_test"]}
    load_config(str(CONFIGS / "loco_synthetic.py"), options)
    assert "my_parts_of_a_test" in sys.modules


def first_of_each_folder():
    folders = {path.parent: path for path in sorted(THEIRS.rglob("*.py"), reverse=True)}
    return sorted(path for folder, path in folders.items() if "_base_" not in folder.parts)


@pytest.mark.parametrize("path", first_of_each_folder(), ids=lambda path: path.parent.name)
def test_configs_of_the_toolbox_are_not_refused(path):
    """Except variables that such a file sets and never uses."""
    try:
        load_config(str(path))
    except InputError as error:
        assert "unknown key" in str(error)
