"""Non-finite losses."""

from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.hooks import LoggerHook
from mmengine.optim import OptimWrapper
from torch import nn

from loco_mm.engine import FiniteLossHook
from loco_mm.errors import InputError
from loco_mm.models import AVLocalizer

from ..comparing import leave_processes
from ..robustness.runs import tiny_cfg, train

INF = float("inf")


def run_of(model=None, **fields):
    """A replacement for a runner that records warnings."""
    wrapper = model and OptimWrapper(torch.optim.AdamW(model.parameters(), lr=0.1))
    warnings: list[str] = []
    logger = SimpleNamespace(warning=warnings.append)
    fields = dict(iter=0, epoch=0, optim_wrapper=wrapper, logger=logger) | fields
    loop = dict(hooks=[LoggerHook(interval=5)], max_iters=100, train_dataloader=range(20))
    return SimpleNamespace(warnings=warnings, **loop, **fields)


def batch(*names):
    return dict(data_samples=[SimpleNamespace(video_id=name) for name in names])


@pytest.mark.parametrize(("name", "bad"), [("loss", True), ("loss_reg", True), ("accuracy", False)])
def test_a_loss_that_is_no_number_is_reported_with_its_videos(name, bad):
    samples = [SimpleNamespace(video_id="first"), SimpleNamespace(video_id="second")]
    outputs = dict(loss=torch.tensor(0.5), loss_reg=torch.tensor(1.0)) | {
        name: torch.tensor(torch.nan)
    }
    hook, run = FiniteLossHook(), run_of(iter=6, epoch=1)
    hook.after_train_iter(run, 6, dict(data_samples=samples), outputs)
    run.iter = 9
    arguments = run, 9, batch("later"), dict(loss=torch.tensor(torch.nan))
    if not bad:
        arguments = *arguments[:3], dict(loss=torch.tensor(0.5))
        hook.after_train_iter(*arguments)
        return
    # Found with the losses of the fifth iteration of the log's interval.
    with pytest.raises(InputError, match=rf"{name} .* iteration 7 \(epoch 2\).*first, second"):
        hook.after_train_iter(*arguments)


def test_losses_are_checked_before_a_checkpoint():
    hook, run = FiniteLossHook(), run_of()
    hook.after_train_iter(run, 0, batch("bad"), dict(loss=torch.tensor(INF)))
    with pytest.raises(InputError, match="loss became NaN or infinite at iteration 1 .* bad"):
        hook.before_save_checkpoint(run, {})
    hook.before_save_checkpoint(run, {})


def step(hook, run, model, scale, name="video"):
    """An iteration with scaled loss and gradients."""
    loss = model(torch.ones(1, 3)).square().sum() * scale
    run.optim_wrapper.update_params(loss)
    hook.after_train_iter(run, run.iter, batch(name), dict(loss=loss.detach()))
    run.iter += 1


def weights_after(scales, hook):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    run = run_of(model)
    hook.before_train(run)
    for number, scale in enumerate(scales):
        step(hook, run, model, scale, f"v{number}")
    hook.after_train(run)
    return list(model.parameters()), run


def test_a_step_left_out_leaves_the_next_as_if_it_had_not_been():
    left, run = weights_after([1.0, torch.nan, 2.0, INF, 3.0], FiniteLossHook(max_skipped=1))
    wanted, _ = weights_after([1.0, 2.0, 3.0], FiniteLossHook())
    torch.testing.assert_close(left, wanted, rtol=0, atol=0)
    start = "training: loss became NaN or infinite at iteration"
    assert run.warnings == [
        f"{start} 2 (epoch 1), with the videos v1: the step is skipped",
        f"{start} 4 (epoch 1), with the videos v3: the step is skipped",
    ]
    # Afterwards the optimizer is unchanged.
    run.optim_wrapper.update_params(left[0].sum() * torch.nan)
    assert not left[0].isfinite().any()


def test_too_many_in_a_row_end_the_training():
    with pytest.raises(InputError, match="iteration 4 .* v3: .*max_skipped=2 consecutive steps"):
        weights_after([1.0, torch.nan, torch.nan, torch.nan], FiniteLossHook(max_skipped=2))


def test_gradients_alone_can_be_bad():
    model = nn.Linear(3, 1)
    run, hook = run_of(model), FiniteLossHook(max_skipped=1)
    before = model.weight.clone()
    hook.before_train(run)
    # A masked square root: the loss is 0, and its gradient 0 * inf.
    zero = model.weight.sum() * 0
    loss = torch.where(zero > 0, zero.sqrt(), zero)
    run.optim_wrapper.update_params(loss)
    hook.after_train_iter(run, 0, batch("a", "b"), dict(loss=loss.detach()))
    assert loss == 0
    assert torch.equal(model.weight, before)
    [warning] = run.warnings
    assert warning.startswith("training: gradients became NaN or infinite at iteration 1 (epoch 1)")
    assert "with the videos a, b" in warning


def test_a_step_of_several_iterations_is_left_out_whole():
    model = nn.Linear(3, 2)
    run, hook = run_of(model), FiniteLossHook(max_skipped=2)
    run.optim_wrapper = OptimWrapper(run.optim_wrapper.optimizer, accumulative_counts=2)
    run.optim_wrapper.initialize_count_status(model, 0, 6)
    before = model.weight.clone()
    hook.before_train(run)
    for scale, name in zip((torch.nan, 1.0), "ab", strict=True):
        step(hook, run, model, scale, name)
    assert torch.equal(model.weight, before)
    assert [text.split("videos ")[1] for text in run.warnings] == [
        "a: the step will be skipped",
        "a: the step is skipped",
    ]
    for name in "cd":
        step(hook, run, model, 1.0, name)
    assert not torch.equal(model.weight, before)
    assert len(run.warnings) == 2


def run_process(rank, folder):
    store = dist.FileStore(str(folder / "store"), 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    run, hook = run_of(model), FiniteLossHook(max_skipped=1)
    hook.before_train(run)
    shared = nn.parallel.DistributedDataParallel(model)
    before = model.weight.clone()
    step(hook, run, shared, torch.nan if rank else 1.0, f"of {rank}")
    assert torch.equal(model.weight, before)
    step(hook, run, shared, 1.0)
    assert model.weight.isfinite().all()
    assert not torch.equal(model.weight, before)
    torch.save(run.warnings, folder / str(rank))
    leave_processes()


@pytest.mark.distributed
def test_all_processes_leave_out_a_step_and_tell_whose_video_it_was(tmp_path):
    mp.spawn(run_process, (tmp_path,), nprocs=2)
    for rank in range(2):
        [warning] = torch.load(tmp_path / str(rank))
        assert "loss became NaN or infinite at iteration 1 (epoch 1), with the videos of 1" in (
            warning
        )


@pytest.mark.run
def test_a_training_goes_on_behind_a_bad_step(tiny_options, tmp_path, monkeypatch):
    cfg = tiny_cfg(tiny_options, tmp_path, **{"default_hooks.finite_loss.max_skipped": 1})
    scales = iter([1.0, 1.0, torch.nan, 1.0, 1.0, 1.0])
    original = AVLocalizer.parse_losses

    def parse_losses(self, losses):
        scale = next(scales)
        return original(self, {name: value * scale for name, value in losses.items()})

    monkeypatch.setattr(AVLocalizer, "parse_losses", parse_losses)
    runner = train(cfg)
    assert runner.iter == 6
    assert all(x.isfinite().all() for x in runner.model.state_dict().values())
    log = next(tmp_path.glob("*/*.log")).read_text()
    assert log.count("the step is skipped") == 1
    assert "at iteration 3 (epoch 2)" in log
