"""Hooks for reproducible runs, and for checks during a run."""

from pathlib import Path

import numpy as np
import torch
from mmengine.dist import master_only
from mmengine.hooks import Hook, LoggerHook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ..datasets.wrappers import inner_datasets
from ..errors import InputError
from ..fileio import write_json
from ..registry import HOOKS
from ..tasks import Task
from .tensorboard import ITERATION_KEY


@HOOKS.register_module()
class ResumableRandomnessHook(Hook):
    """Makes all random numbers a function of seed, epoch, iteration and process.

    Stochastic depth uses torch's generator, whose state is not in checkpoints; the generator is
    therefore seeded in each iteration. Augmentation is seeded by (seed, epoch, sample index), which
    is passed to the training dataset, also inside ``ConcatDataset``, ``RepeatDataset`` and similar
    wrappers, whose own index is then used. A resumed run thus equals an uninterrupted one with any
    number of workers.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Prepare the dataset before its workers start.

        Raises:
            InputError: The loop is iteration-based and uses workers. They prefetch samples, so the
                pass that a sample belongs to would depend on their speed.
        """
        loader = runner.train_dataloader
        inner = list(inner_datasets(loader.dataset))
        seeded = [d for d in inner if hasattr(d, "set_randomness")]
        for other in {type(d).__name__ for d in inner if d not in seeded}:
            runner.logger.warning(
                f"{other} draws its augmentation itself: a resumed run may differ from one that "
                "was never interrupted"
            )
        if seeded and self._by_iterations(runner) and loader.num_workers:
            raise InputError(
                "train_dataloader.num_workers: expected 0 with an iteration-based loop, as workers "
                "draw ahead and augmentation would not be repeatable, got "
                f"{loader.num_workers}; or use EpochBasedTrainLoop"
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Pass seed and epoch to the dataset before its workers start."""
        self._tell_dataset(runner, runner.iter)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Seed torch for this iteration."""
        entropy = (runner.seed or 0, runner.iter, runner.rank)
        state = np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0]
        torch.manual_seed(int(state))
        if self._by_iterations(runner):
            # Its single epoch contains many passes over the data. This batch is already loaded.
            self._tell_dataset(runner, runner.iter + 1)

    @staticmethod
    def _by_iterations(runner: Runner) -> bool:
        return isinstance(runner.train_loop, IterBasedTrainLoop)

    def _tell_dataset(self, runner: Runner, iteration: int) -> None:
        loader, epoch = runner.train_dataloader, runner.epoch
        if self._by_iterations(runner):
            epoch = iteration // max(len(loader), 1)
        for dataset in inner_datasets(loader.dataset):
            if hasattr(dataset, "set_randomness"):
                dataset.set_randomness(runner.seed or 0, epoch)


@HOOKS.register_module()
class MainProcessLoggerHook(LoggerHook):
    """MMEngine's ``LoggerHook``, with two differences.

    Only the main process writes test metrics: in MMEngine all processes write the same file at the
    same time, which can corrupt it. The values of a validation include the training iterations
    before it, so that they can be drawn over iterations.
    """

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Log the metrics of a validation."""
        tag, text = runner.log_processor.get_log_after_epoch(
            runner, len(runner.val_dataloader), "val"
        )
        runner.logger.info(text)
        # Otherwise the loop would be built.
        training = isinstance(runner._train_loop, BaseLoop)
        epoch, iteration = (runner.epoch, runner.iter) if training else (0, 0)
        runner.visualizer.add_scalars(
            {**tag, ITERATION_KEY: iteration},
            step=epoch if self.log_metric_by_epoch else iteration,
            file_path=self.json_log_path,
        )

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Log the metrics and write them to the run's JSON file, completely or not at all."""
        tag, text = runner.log_processor.get_log_after_epoch(
            runner, len(runner.test_dataloader), "test", with_non_scalar=True
        )
        runner.logger.info(text)
        write_json(Path(runner.log_dir) / str(self.json_log_path), self._process_tags(tag))


@HOOKS.register_module()
class NumClassCheckHook(Hook):
    """Checks that dataset and head have the same number of classes, as MMDetection's hook does.

    It runs once at the start, because a check in each step would wait for the device.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the training dataset."""
        self._check(runner, "train")

    def before_val(self, runner: Runner) -> None:
        """Check the validation dataset."""
        self._check(runner, "val")

    def before_test(self, runner: Runner) -> None:
        """Check the test dataset."""
        self._check(runner, "test")

    @staticmethod
    def _check(runner: Runner, split: str) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        dataset = getattr(runner, f"{split}_dataloader").dataset
        number = getattr(model, "num_classes", None)
        classes = getattr(dataset, "metainfo", {}).get("classes")
        where = f"{split}_dataloader.dataset"
        pairs = [(number, classes, where)]
        metas = getattr(dataset, "metainfo", {}).get("tasks", {})
        for name, part in getattr(model, "others", {}).items():
            names = metas.get(name, {}).get("classes")
            pairs.append((part.num_classes, names, f"{where}.datasets.{name}"))
        for pair in pairs:
            if message := Task.class_mismatch(*pair):
                raise InputError(f"{message}: change it, or the dataset's metainfo.classes")


@HOOKS.register_module()
class SetEpochHook(Hook):
    """Passes the epoch to all parts of the model with a method ``set_epoch``.

    It runs before each epoch, so it has no effect in an iteration-based loop.
    """

    def before_train_epoch(self, runner: Runner) -> None:
        """Pass the epoch, counted from 0."""
        for part in runner.model.modules():
            if hasattr(part, "set_epoch"):
                part.set_epoch(runner.epoch)
