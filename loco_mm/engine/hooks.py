"""Hooks that make a run repeatable and its checkpoints trustworthy."""

import numpy as np
import torch
from mmengine.dist import master_only
from mmengine.hooks import Hook, LoggerHook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from ..errors import InputError
from ..registry import HOOKS


@HOOKS.register_module()
class ResumableRandomnessHook(Hook):
    """Makes every random number a function of seed, epoch, iteration and process.

    Stochastic depth draws from torch's generator, whose state a checkpoint does not hold; it is
    seeded anew each iteration. Augmentation draws per (seed, epoch, sample), so the training
    dataset is told both. A resumed run then equals one that was never interrupted, whatever the
    number of workers.
    """

    priority = "VERY_HIGH"

    def before_train_epoch(self, runner: Runner) -> None:
        """Tell the dataset the seed and the epoch, before its workers draw."""
        self._tell_dataset(runner)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Seed torch for this iteration."""
        entropy = (runner.seed or 0, runner.iter, runner.rank)
        state = np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0]
        torch.manual_seed(int(state))
        # A loop by iterations has a single epoch, and still passes through the data many times.
        self._tell_dataset(runner)

    @staticmethod
    def _tell_dataset(runner: Runner) -> None:
        dataset = runner.train_dataloader.dataset
        if hasattr(dataset, "set_randomness"):
            passes = runner.iter // max(len(runner.train_dataloader), 1)
            dataset.set_randomness(runner.seed or 0, max(runner.epoch, passes))


@HOOKS.register_module()
class MainProcessLoggerHook(LoggerHook):
    """Logs as MMEngine's ``LoggerHook``; a test's figures are written by one process only.

    The parent writes the same file from every process at once, and the texts can mix.
    """

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Log the figures and write them to the run's JSON file."""
        super().after_test_epoch(runner, metrics)


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Refuses a checkpoint that does not fit the model, which MMEngine would load in part.

    Args:
        strict (bool): With False, differences are left to MMEngine's warning, as fine-tuning on
            other classes needs.
    """

    priority = "VERY_HIGH"

    def __init__(self, strict: bool = True):
        self.strict = strict

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare names and shapes before anything is loaded.

        Raises:
            InputError: Counts the differences and names the first.
        """
        if not self.strict:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
        state = checkpoint.get("state_dict", checkpoint)
        found = {
            name.removeprefix("module."): tuple(getattr(value, "shape", ()))
            for name, value in state.items()
        }
        wrong = [
            f"{name}: {found.get(name, 'nothing')} found, {wanted.get(name, 'nothing')} expected"
            for name in sorted(wanted.keys() | found.keys())
            if wanted.get(name) != found.get(name)
        ]
        if wrong:
            raise InputError(
                f"the checkpoint is of another model: {len(wrong)} entries differ, the first is "
                f"{wrong[0]}. Use the config it was trained with, or set "
                "CheckpointGuardHook.strict=False in custom_hooks to load what fits"
            )
