"""Hooks that keep a run's checkpoints, and check what is loaded."""

import re
from pathlib import Path
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ...arguments import checked, constructor_arguments
from ...errors import InputError
from ...fileio import TrainedOn, atomic_write
from ...registry import HOOKS, check_keys
from .checks import check_dataset, check_weights, weights_of_task
from .files import CheckpointFile, list_checkpoints

_LOOSE = ", or set default_hooks.checkpoint_guard.strict=False to load what fits"


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """MMEngine's hook, so that a run can be killed at any moment and nothing is lost.

    A new checkpoint is there before an old one goes. What goes is what this run has written, in
    its own folder: not what a checkpoint names. After a kill between two files the best one is
    told from the figures that the files themselves hold, and a validation that may have been cut
    short is done again.

    Args:
        **kwargs: Of :class:`mmengine.hooks.CheckpointHook`; ``out_dir`` must be a local folder.
    """

    @checked
    def __init__(self, *args, **kwargs):
        # The parent keeps any other for the first time it saves, and then fails.
        check_keys(kwargs, constructor_arguments(CheckpointHook))
        super().__init__(*args, **kwargs)

    def before_train(self, runner: Runner) -> None:
        """Find the files that this run has written before it was stopped.

        Raises:
            InputError: ``out_dir`` is no local folder, or ``save_best`` no figure of a metric.
        """
        if "://" in str(self.out_dir):
            raise InputError(
                f"default_hooks.checkpoint.out_dir is {self.out_dir!r}, a local folder expected; "
                "for others set default_hooks.checkpoint.type='CheckpointHook'"
            )
        super().before_train(runner)
        self._check_save_best(runner)
        # The main process alone removes; what is best is the same for all.
        own = self._own_files(runner) if is_main_process() else []
        self._steps = sorted(step for file in own if (step := self._step(file.path)) is not None)
        step = runner.epoch if self.by_epoch else runner.iter
        if self._steps and self._steps[-1] == step:
            # It may have been stopped between a new checkpoint and what follows from it.
            self.last_ckpt = str(Path(self.out_dir) / self.filename_tmpl.format(step))
            self._note_last(runner)
            self._remove_old()
        self._best_files: dict[str, set[Path]] = {}
        found: list[Any] = [self._find_best(runner, own)]
        broadcast_object_list(found)
        self._make_good(runner, found[0], step)
        if self.save_best:
            self._take_best_paths(runner)
            if _was_validation_due(runner):
                # The run may have been stopped in it, after the checkpoint was saved.
                runner.val_loop.run()

    def _check_save_best(self, runner: Runner) -> None:
        """Compare ``save_best`` with what the metrics give, where they tell it beforehand."""
        if not self.save_best or runner.val_loop is None:
            return
        metrics = runner.val_evaluator.metrics
        if not all(hasattr(metric, "figure_names") for metric in metrics):
            return
        found = [
            f"{metric.prefix}/{name}" if metric.prefix else name
            for metric in metrics
            for name in metric.figure_names
        ]
        for key in self.key_indicators:
            if key != "auto" and key not in found:
                raise InputError(
                    f"default_hooks.checkpoint.save_best: {key!r} found, 'auto' or one of {found} "
                    "expected"
                )

    def _make_good(self, runner: Runner, best: dict[str, Any], step: int) -> None:
        """Bring the run's state up to the best checkpoints that there are."""
        state = runner.message_hub.runtime_info
        scores = {name: value for name, value in best.items() if name.startswith("best_score")}
        news = any(state.get(name) != value for name, value in scores.items())
        for name, value in best.items():
            runner.message_hub.update_info(name, value)
        if "best_score" in state and "best_ckpt" not in state:
            runner.logger.warning(
                f"the best checkpoint so far, with {state['best_score']:.4f}, is not in "
                f"{self.out_dir}: there will be one here when it is surpassed"
            )
        if news and step in self._steps:
            meta = dict(epoch=runner.epoch, iter=runner.iter)
            self._save_checkpoint_with_step(runner, step, meta)

    def _own_files(self, runner: Runner) -> list[CheckpointFile]:
        files, _ = list_checkpoints(Path(self.out_dir))
        run_id = getattr(runner, "run_id", None)
        own = [file for file in files if run_id and file.meta.get("run_id") == run_id]
        other = [f.path.name for f in files if f not in own and f.path.name.startswith("best_")]
        if other:
            runner.logger.warning(
                f"{self.out_dir}: {', '.join(other)} of an earlier training: left as it is"
            )
        return [f for f in own if isinstance(f.meta.get("iter"), int)]

    def _step(self, path: Path) -> int | None:
        pattern = re.escape(self.filename_tmpl).replace(r"\{\}", r"(\d+)")
        match = re.fullmatch(pattern, path.name)
        return int(match[1]) if match else None

    def _find_best(self, runner: Runner, own: list[CheckpointFile]) -> dict[str, Any]:
        """What the run's state is to say of the best checkpoints; removes those that were."""
        update: dict[str, Any] = {}
        by_key: dict[str, list[tuple[float, CheckpointFile]]] = {}
        for file in own:
            best = file.meta.get("best")
            if isinstance(best, dict) and isinstance(best.get("score"), float):
                self._best_files.setdefault(best["key"], set()).add(file.path)
                if file.meta["iter"] <= runner.iter:
                    score = best["score"] if best["rule"] == "greater" else -best["score"]
                    by_key.setdefault(best["key"], []).append((score, file))
        for key, files in by_key.items():
            # Of equal ones the first, as an uninterrupted run takes none that is not better.
            _, chosen = max(files, key=lambda pair: (pair[0], -pair[1].meta["iter"]))
            for _, file in files:
                if file != chosen:
                    self._remove(file.path)
                    self._best_files[key].discard(file.path)
            score_name, path_name = self._names(key)
            update |= {score_name: chosen.meta["best"]["score"], path_name: str(chosen.path)}
        return update

    def _take_best_paths(self, runner: Runner) -> None:
        """What MMEngine publishes after the training, from the run's state."""
        state = runner.message_hub.runtime_info
        paths = {key: state.get(self._names(key)[1]) for key in self.key_indicators}
        if len(paths) == 1:
            [self.best_ckpt_path] = paths.values()
        else:
            self.best_ckpt_path_dict = {key: path for key, path in paths.items() if path}

    def _names(self, key: str) -> tuple[str, str]:
        """Names in the run's state of a best score and of its file, as MMEngine has them."""
        suffix = "" if len(self.save_best or ()) == 1 else f"_{key}"
        return f"best_score{suffix}", f"best_ckpt{suffix}"

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        name = self.filename_tmpl.format(step)
        self.last_ckpt = str(Path(self.out_dir) / name)
        runner.message_hub.update_info("last_ckpt", self.last_ckpt)
        runner.save_checkpoint(
            str(self.out_dir),
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            **self.args,
        )
        if not is_main_process():
            return
        self._steps = [*(s for s in self._steps if s != step), step]
        self._note_last(runner)
        self._remove_old()

    def _note_last(self, runner: Runner) -> None:
        """Write the name of the last checkpoint where other tools of the toolbox look for it."""
        with atomic_write(Path(runner.work_dir) / "last_checkpoint") as file:
            file.write(str(Path(self.out_dir) / self.filename_tmpl.format(self._steps[-1])))

    def _remove_old(self) -> None:
        while 0 < self.max_keep_ckpts < len(self._steps):
            self._remove(Path(self.out_dir) / self.filename_tmpl.format(self._steps.pop(0)))

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        if not self.save_best:
            return
        if "auto" in self.key_indicators:
            self._init_rule(self.rules, [next(iter(metrics))])
        step = runner.epoch if self.by_epoch else runner.iter
        pairs = zip(self.key_indicators, self.rules, strict=True)
        better = [self._save_if_best(runner, metrics, key, rule, step) for key, rule in pairs]
        if any(better) and self.last_ckpt is not None:
            # The checkpoint before the validation does not know its figures yet.
            meta = dict(epoch=runner.epoch, iter=runner.iter)
            self._save_checkpoint_with_step(runner, step, meta)

    def _save_if_best(self, runner: Runner, metrics: dict, key: str, rule: str, step: int) -> bool:
        if key not in metrics:
            raise InputError(
                f"default_hooks.checkpoint.save_best is {key!r}, one of {sorted(metrics)} expected"
            )
        score, (score_name, path_name) = metrics[key], self._names(key)
        best = runner.message_hub.runtime_info.get(score_name, self.init_value_map[rule])
        if score is None or not self.is_better_than[key](score, best):
            return False
        name = f"best_{key}_{self.filename_tmpl.format(step)}".replace("/", "_")
        path = Path(self.out_dir) / name
        runner.message_hub.update_info(score_name, score)
        runner.message_hub.update_info(path_name, str(path))
        self._take_best_paths(runner)
        runner.save_checkpoint(
            str(self.out_dir),
            name,
            save_optimizer=False,
            save_param_scheduler=False,
            meta=dict(
                epoch=runner.epoch,
                iter=runner.iter,
                best=dict(key=key, score=float(score), rule=rule),
            ),
            by_epoch=False,
        )
        runner.logger.info(f"{key} {score:.4f} is the best so far, saved as {name}")
        for old in self._best_files.get(key, set()) - {path}:
            self._remove(old)
        self._best_files[key] = {path}
        return True

    @staticmethod
    def _remove(path: Path) -> None:
        if is_main_process():
            path.unlink(missing_ok=True)


def _was_validation_due(runner: Runner) -> bool:
    """Whether a run that goes on has just come to a validation."""
    loop = runner.train_loop
    by_iter = isinstance(loop, IterBasedTrainLoop)
    done, end = (loop.iter, loop.max_iters) if by_iter else (loop.epoch, loop.max_epochs)
    if runner.val_loop is None or not done or done < loop.val_begin:
        return False
    return done % loop.val_interval == 0 or done == end


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Refuses a checkpoint that does not fit the model or the data.

    MMEngine would load weights in part, and give events the names of other classes.

    A checkpoint of a model of several tasks loads into a model of one of them.

    Args:
        strict: With False, differences are left to MMEngine's warning, as fine-tuning on
            other classes needs.
        task: Which of several tasks' weights a model of one task takes; by default
            those of the first.
    """

    priority = "VERY_HIGH"

    @checked
    def __init__(self, strict: bool = True, task: str | None = None):
        self.strict = strict
        self.task = task

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare before anything is loaded: names and shapes, class names, the features' grid.

        Raises:
            InputError: Names the first difference.
        """
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        state = weights_of_task(model, checkpoint["state_dict"], self.task)
        checkpoint["state_dict"] = state
        if not self.strict:
            return
        check_weights(model, state, "the checkpoint", _LOOSE)
        meta = (checkpoint.get("meta") or {}).get("dataset_meta") or {}
        trained = TrainedOn.of(meta, "the checkpoint")
        for split in ("train", "val", "test"):
            # Loops of other splits are not built, and need not be.
            loop = getattr(runner, f"_{split}_loop", None)
            if isinstance(loop, BaseLoop):
                where = f"{split}_dataloader.dataset"
                found = TrainedOn.of(getattr(loop.dataloader.dataset, "metainfo", {}), where)
                check_dataset(trained, found, "the checkpoint", where, _LOOSE)
