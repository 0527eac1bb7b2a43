"""Keys and variables of configs, and those that nothing reads."""

import os
import sys
from pathlib import Path

import pytest

from loco_mm.apis import load_config
from loco_mm.engine.config_checks import check_custom_keys
from loco_mm.errors import InputError
from loco_mm.registry import MODELS

from ..comparing import flat

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


BASE = f"_base_ = {str(CONFIGS / 'loco_synthetic.py')!r}\n"


@pytest.fixture
def write(tmp_path):
    """Writes a config, based on the small one, and returns its path."""

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
        "_note = 'mine'\n",
        "mine = {{_base_.train_pipeline}}\nval_dataloader = dict(dataset=dict(pipeline=mine))\n",
        # Close to a key of the toolbox, and read.
        "custom_hook = dict(type='EMAHook')\ncustom_hooks = [custom_hook]\n",
    ],
)
def test_variables_that_a_file_reads_are_accepted(write, text):
    load_config(write(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("my_rate = 3\n", "nothing reads the key 'my_rate'$"),
        ("my_head = dict(scales=1)\n", "nothing reads the key 'my_head'"),
        ("custom_hook = []\n", "'custom_hook', did you mean 'custom_hooks'"),
        (
            "max_epochs = 3\n",
            r"'max_epochs': a base .* set param_scheduler\.1\.end, train_cfg\.max_epochs instead",
        ),
        (
            "features = dict(audio=dict(dim=7))\n",
            r"'features': a base .* set train_dataloader\.dataset\.features\.audio\.dim, val_",
        ),
    ],
)
def test_names_that_nothing_reads_are_refused(write, text, message):
    with pytest.raises(InputError, match=message):
        load_config(write(text))


def test_a_bases_leftovers_are_accepted_and_its_mistakes_are_not(write):
    base = write("unused = 'later'\n_base_note = 1\n", "base.py")
    with pytest.raises(InputError, match="nothing reads the key 'unused'"):
        load_config(base)
    load_config(write("", base="_base_ = 'base.py'\n"))
    write("train_dataloder = dict(batch_size=2)\n", "base.py")
    with pytest.raises(InputError, match="'train_dataloder', did you mean 'train_dataloader'"):
        load_config(write("", base="_base_ = 'base.py'\n"))


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
        InputError, match=r"mine.*YAML without tags of Python: .*os\.system.*line 1"
    ):
        load_config(str(path))
    assert not trace.exists()
    (tmp_path / "mine.yaml").write_text("a: [")
    with pytest.raises(InputError, match="cannot be read as YAML"):
        load_config(str(path))


def test_a_pipe_as_base_is_not_waited_for(write, tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    write("_base_ = 'pipe.py'\n", "middle.py", "")
    path = write("_base_ = ['middle.py']\n", base="")
    with pytest.raises(InputError, match="config .*middle.py: _base_ pipe.py: a device or pipe"):
        load_config(path)


@pytest.mark.parametrize("text", ["a: &a\n  b: *a\n", "aliases"])
def test_aliases_in_yaml_stand_for_so_much_only(tmp_path, text):
    if text == "aliases":
        rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
        text = "a0: &a0 x\n" + "\n".join(rows) + "\n"
    (tmp_path / "x.yml").write_text(text)
    with pytest.raises(InputError, match="its aliases stand for more than 100000 values"):
        load_config(tmp_path / "x.yml")


def test_configs_of_other_forms(write, tmp_path):
    (tmp_path / "mine.yml").write_text(f"_base_: {CONFIGS / 'loco_synthetic.py'}\nmy_rate: 3\n")
    with pytest.raises(InputError, match="nothing reads the key 'my_rate'"):
        load_config(str(tmp_path / "mine.yml"))
    lazy = (
        "from mmengine.hooks import EMAHook\nrate = 0.1\nema = dict(type=EMAHook, momentum=rate)\n"
    )
    model = "model = dict(type='PointHead', num_classes=1)\n"
    load_config(write(f"{lazy}{model}custom_hooks = [ema]\n", base=""))
    with pytest.raises(InputError, match="nothing reads the key 'ema'"):
        load_config(write(f"{lazy}{model}", base=""))


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (
            {"data_root": "/else"},
            {
                f"{split}_dataloader.dataset.data_root": "/else"
                for split in ("train", "val", "test")
            },
        ),
        ({"max_epochs": 3}, {"train_cfg.max_epochs": 3, "param_scheduler.1.end": 3}),
        (
            {"features.visual.dim": 7, "model.encoder.visual_dim": 7},
            {"model.encoder.visual_dim": 7}
            | {
                f"{split}_dataloader.dataset.features.visual.dim": 7
                for split in ("train", "val", "test")
            },
        ),
        (
            {
                "train_pipeline.2.trunc_ratio": 0.3,
                "in_process.num_workers": 2,
                "model.max_len": 192,
            },
            {
                "train_dataloader.dataset.pipeline.2.trunc_ratio": 0.3,
                "model.max_len": 192,
                **{f"{split}_dataloader.num_workers": 2 for split in ("train", "val", "test")},
            },
        ),
    ],
)
def test_an_override_of_a_variable_reaches_all_that_is_made_from_it(options, changed):
    path = str(CONFIGS / "loco_synthetic.py")
    before, after = load_config(path), load_config(path, options)
    known = ("model", "train_dataloader", "val_dataloader", "test_dataloader", "train_cfg")
    differing = {
        key: value
        for key, value in flat(after).items()
        if flat(before).get(key) != value and key.split(".")[0] in (*known, "param_scheduler")
    }
    assert differing == changed
    assert after.filename == before.filename


def test_an_override_of_a_variable_that_reaches_nothing_is_refused(write, tmp_path):
    path = write("depth = 3\nshape = [depth, 2]\nnumber = len(shape)\nwork_dir = f'w{number}'\n")
    assert load_config(path, {"shape": [1]}).work_dir == "w1"
    with pytest.raises(InputError, match="depth: .* no key of the toolbox follows from it"):
        load_config(path, {"depth": 4})
    load_config(path).dump(tmp_path / "dumped.py")
    with pytest.raises(InputError, match="number: .* no key of the toolbox follows from it"):
        load_config(str(tmp_path / "dumped.py"), {"number": 4})


def test_what_a_run_has_written_is_known_in_any_layout(write, tmp_path):
    path = write("depth = [3, 4]\nwork_dir = f'w{depth[0]}'\n")
    dumped = tmp_path / "dumped.py"
    load_config(path).dump(dumped)
    text = dumped.read_text()
    for layout in (text, text.replace("\n", "\n\n").replace("=", " = ").replace("3,", "3 ,")):
        dumped.write_text(layout)
        with pytest.warns(UserWarning, match="nothing reads .*depth.* any more"):
            assert load_config(str(dumped)).work_dir == "w3"
    # One more that nobody reads is a mistake of who added it.
    dumped.write_text(text + "\nextra = dict(a=1)\n")
    with pytest.raises(InputError, match="nothing reads the key"):
        load_config(str(dumped))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"optim_wrapper.paramwise_cfg.norm_decay_mul": 0},
            "nothing reads optim_wrapper.paramwise_cfg.norm_decay_mul, did .* 'norm_decay_mult'",
        ),
        (
            {"optim_wrapper.paramwise_cfg.custom_keys.adapter.lr_mul": 1},
            "custom_keys.adapter.lr_mul, did you mean 'lr_mult'",
        ),
        (
            {"default_hooks.checkpoint.intervall": 5},
            "default_hooks.checkpoint.intervall, did you mean 'interval'",
        ),
        (
            {"default_hooks.chekpoint.interval": 5},
            "default_hooks.chekpoint has no type, did you mean 'checkpoint'",
        ),
        (
            {"default_hooks.checkpoint_guard.strickt": 5},
            "default_hooks.checkpoint_guard.strickt, did you mean 'strict'",
        ),
    ],
)
def test_misspelt_keys_of_hooks_and_paramwise_settings_are_refused(options, message):
    path = str(CONFIGS / "loco_synthetic.py")
    with pytest.raises(InputError, match=message):
        load_config(path, options)


def test_settings_for_parameters_that_are_not_there_are_refused_or_told(caplog):
    cfg = load_config(str(CONFIGS / "loco_synthetic.py"), {"model.modulator": None})
    model = MODELS.build(cfg.model)
    check_custom_keys(cfg, model)
    cfg.optim_wrapper.paramwise_cfg.custom_keys.adaptor = dict(lr_mult=0.1)
    with pytest.raises(InputError, match="custom_keys.adaptor .* did you mean 'adapter'"):
        check_custom_keys(cfg, model)


def test_paths_of_pathlib_are_texts(tmp_path):
    cfg = load_config(CONFIGS / "loco_synthetic.py", {"data_root": tmp_path, "work_dir": tmp_path})
    assert cfg.work_dir == cfg.train_dataloader.dataset.data_root == str(tmp_path)


def test_imports_given_as_an_option_happen(tmp_path, monkeypatch):
    (tmp_path / "my_parts_of_a_test.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    options = {"custom_imports.imports": ["loco_mm", "my_parts_of_a_test"]}
    load_config(str(CONFIGS / "loco_synthetic.py"), options)
    assert "my_parts_of_a_test" in sys.modules
