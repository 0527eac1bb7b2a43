"""The hooks that save a run's checkpoints and check what is loaded."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch import nn

from loco_mm.engine import AtomicCheckpointHook, CheckpointGuardHook
from loco_mm.engine.checkpoints import chosen_checkpoint
from loco_mm.engine.checkpoints.files import BEST_FILE
from loco_mm.engine.checkpoints.hooks import _was_validation_due
from loco_mm.errors import InputError


def runner(**fields):
    return SimpleNamespace(**fields)


def test_a_fitting_checkpoint_passes_also_with_a_wrapper_prefix():
    model = nn.Linear(2, 3)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    CheckpointGuardHook().after_load_checkpoint(runner(model=model), dict(state_dict=state))


def test_a_checkpoint_of_another_shape_is_refused_by_name():
    run = runner(model=nn.Linear(2, 3))
    other = dict(state_dict=nn.Linear(4, 3).state_dict())
    message = r"1 entries differ, the first is weight: expected \(3, 2\), got \(3, 4\)"
    with pytest.raises(InputError, match=message):
        CheckpointGuardHook().after_load_checkpoint(run, other)
    CheckpointGuardHook(strict=False).after_load_checkpoint(run, other)


def test_missing_and_unexpected_entries_are_refused():
    run = runner(model=nn.Linear(2, 3))
    with pytest.raises(
        InputError, match=r"1 entries differ, the first is bias: expected \(3,\), got nothing"
    ):
        CheckpointGuardHook().after_load_checkpoint(
            run, dict(state_dict=nn.Linear(2, 3, bias=False).state_dict())
        )
    with pytest.raises(
        InputError, match=r"1 entries differ, the first is bias: expected nothing, got \(3,\)"
    ):
        CheckpointGuardHook().after_load_checkpoint(
            runner(model=nn.Linear(2, 3, bias=False)),
            dict(state_dict=nn.Linear(2, 3).state_dict()),
        )


class Run:
    """A run whose checkpoints are empty files with a note of their content."""

    run_id = "run"
    iter = epoch = 0
    val_loop = None

    def __init__(self, folder, name):
        self.work_dir = str(folder)
        self.message_hub = MessageHub.get_instance(f"{folder}{name}")
        self.logger = SimpleNamespace(info=lambda text: None, warning=self.warn)
        self.warnings = []
        self.train_loop = object.__new__(EpochBasedTrainLoop)
        self.train_loop._epoch, self.train_loop._max_epochs = 0, 9

    def warn(self, text):
        self.warnings.append(text)

    def save_checkpoint(self, folder, name, *_, meta, **__):
        content = dict(meta=dict(meta, run_id=self.run_id), state_dict={})
        torch.save(content, f"{folder}/{name}")


def start(folder, name="", **options):
    hook = AtomicCheckpointHook(interval=1, rule="greater", **options)
    run = Run(folder, name)
    hook.before_train(run)
    return hook, run


def validate(hook, run, **metrics):
    hook.after_val_epoch(run, {key.replace("_", "/"): value for key, value in metrics.items()})


def names(folder):
    return sorted(path.name for path in folder.glob("*.pth") if path.name != BEST_FILE)


def test_nothing_is_best_without_figures(tmp_path):
    hook, run = start(tmp_path, save_best="a/x")
    for epoch in (1, 2):
        run.epoch = run.iter = epoch
        validate(hook, run, a_x=float("nan"))
    assert names(tmp_path) == []


def test_each_figure_keeps_its_best_file(tmp_path):
    hook, run = start(tmp_path, save_best=["a/x", "b/y"])
    for epoch, (x, y) in enumerate([(0.1, 0.5), (0.2, 0.4), (0.2, float("nan")), (0.1, 0.6)], 1):
        run.epoch = run.iter = epoch
        validate(hook, run, a_x=x, b_y=y)
    assert names(tmp_path) == ["best_a_x_epoch_2.pth", "best_b_y_epoch_4.pth"]
    # By the first of the figures, although another file is newer.
    assert (tmp_path / BEST_FILE).resolve().name == "best_a_x_epoch_2.pth"
    assert chosen_checkpoint(tmp_path).name == "best_a_x_epoch_2.pth"
    assert run.message_hub.get_info("best_score_a/x") == 0.2
    # Another process resumes from an earlier checkpoint, for which the best x was 0.1.
    hook, again = start(tmp_path, "again", save_best=["a/x", "b/y"])
    assert hook.best_ckpt_path_dict == {}
    again.message_hub.update_info("best_score_a/x", 0.1)
    again.message_hub.update_info("best_score_b/y", 0.5)
    again.epoch = again.iter = 1
    validate(hook, again, a_x=0.15, b_y=0.5)
    assert names(tmp_path) == ["best_a_x_epoch_1.pth", "best_b_y_epoch_4.pth"]


@pytest.mark.parametrize("save_best", ["auto", ["a/x", "b/y"]])
def test_a_run_that_goes_on_publishes_the_best_it_has(tmp_path, save_best):
    hook, run = start(tmp_path, save_best=save_best)
    run.epoch = run.iter = 1
    validate(hook, run, a_x=0.5, b_y=float("nan"))
    hook = AtomicCheckpointHook(
        interval=1, rule="greater", save_best=save_best, published_keys="state_dict"
    )
    again = Run(tmp_path, "again")
    again.epoch = again.iter = 1
    hook.before_train(again)
    hook.after_train(again)
    assert len(list(tmp_path.glob("best_a_x_epoch_1-*.pth"))) == 1
    assert not list(tmp_path.glob("best_b_y*"))


def test_less_can_be_better_and_of_equal_ones_the_first_stays(tmp_path):
    hook = AtomicCheckpointHook(interval=1, rule="less", save_best="a/x")
    run = Run(tmp_path, "")
    hook.before_train(run)
    for epoch, score in enumerate((0.9, 0.3, 0.3, 0.4), 1):
        run.epoch = run.iter = epoch
        validate(hook, run, a_x=score)
    assert names(tmp_path) == ["best_a_x_epoch_2.pth"]
    assert run.message_hub.get_info("best_score") == 0.3


def test_of_the_best_files_that_a_kill_has_left_the_newest_stays(tmp_path):
    for number in (2, 4, 10, 12):
        name = f"best_a_x_epoch_{number}.pth"
        torch.save(dict(meta=dict(iter=number, run_id="run")), tmp_path / name)
    hook = AtomicCheckpointHook(interval=1, rule="less", save_best="a/x")
    run = Run(tmp_path, "")
    run.iter = run.epoch = 10
    hook.before_train(run)
    # The last one is of a later epoch.
    assert names(tmp_path) == ["best_a_x_epoch_10.pth", "best_a_x_epoch_12.pth"]
    assert hook.best_ckpt_path == str(tmp_path / "best_a_x_epoch_10.pth")


def test_best_files_of_an_earlier_training_stay_and_are_reported(tmp_path):
    torch.save(dict(meta=dict(run_id="other", iter=1)), tmp_path / "best_a_x_epoch_1.pth")
    hook, run = start(tmp_path, save_best="auto")
    assert "best_a_x_epoch_1.pth of an earlier training" in run.warnings[0]
    run.epoch = run.iter = 2
    validate(hook, run, a_x=0.5, b_y=0.1)
    assert names(tmp_path) == ["best_a_x_epoch_1.pth", "best_a_x_epoch_2.pth"]
    assert (tmp_path / BEST_FILE).resolve().name == "best_a_x_epoch_2.pth"


def test_without_links_the_best_file_is_copied(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    hook, run = start(tmp_path, save_best="auto")
    for epoch in (1, 2):
        run.epoch = run.iter = epoch
        validate(hook, run, a_x=epoch / 10)
    assert not (tmp_path / BEST_FILE).is_symlink()
    assert torch.load(tmp_path / BEST_FILE, weights_only=True)["meta"]["epoch"] == 2
    assert chosen_checkpoint(tmp_path).name == "best_a_x_epoch_2.pth"


def test_the_oldest_go_but_none_when_going_on_from_an_earlier_one(tmp_path):
    hook, run = start(tmp_path, max_keep_ckpts=2)
    for epoch in range(4):
        run.epoch = run.iter = epoch
        hook.after_train_epoch(run)
    assert names(tmp_path) == ["epoch_3.pth", "epoch_4.pth"]
    (tmp_path / "epoch_2.pth").write_bytes((tmp_path / "epoch_3.pth").read_bytes())
    hook = AtomicCheckpointHook(interval=1, max_keep_ckpts=2)
    run.epoch = 2
    hook.before_train(run)
    assert names(tmp_path) == ["epoch_2.pth", "epoch_3.pth", "epoch_4.pth"]
    run.epoch = 4
    hook.before_train(run)
    assert names(tmp_path) == ["epoch_3.pth", "epoch_4.pth"]


def test_an_unknown_figure_and_a_remote_folder_are_refused(tmp_path):
    hook, run = start(tmp_path, save_best="a/z")
    with pytest.raises(InputError, match=r"save_best: expected one of \['a/x'\], got 'a/z'"):
        validate(hook, run, a_x=0.5)
    with pytest.raises(
        InputError,
        match=r"default_hooks\.checkpoint\.out_dir: expected a local folder, got 'http://host/x'",
    ):
        start(tmp_path, "remote", out_dir="http://host/x")


@pytest.mark.parametrize(
    ("kind", "done", "begin", "due"),
    [
        (EpochBasedTrainLoop, 0, 1, False),
        (EpochBasedTrainLoop, 4, 1, True),
        (EpochBasedTrainLoop, 5, 1, False),
        (EpochBasedTrainLoop, 9, 1, True),
        (EpochBasedTrainLoop, 4, 5, False),
        (IterBasedTrainLoop, 4, 1, True),
        (IterBasedTrainLoop, 5, 1, False),
    ],
)
def test_a_validation_is_due_where_the_loop_has_one(kind, done, begin, due):
    loop = object.__new__(kind)
    loop._epoch = loop._iter = done
    loop._max_epochs = loop._max_iters = 9
    loop.val_begin, loop.val_interval = begin, 2
    assert _was_validation_due(runner(train_loop=loop, val_loop="there")) == due
    assert not _was_validation_due(runner(train_loop=loop, val_loop=None))
