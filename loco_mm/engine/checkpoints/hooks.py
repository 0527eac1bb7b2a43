"""Hooks that save a run's checkpoints, and check what is loaded."""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ...arguments import checked, constructor_arguments
from ...errors import InputError
from ...fileio import TrainedOn
from ...registry import HOOKS, check_keys
from .checks import check_dataset, check_weights, select_task_weights
from .files import BEST_FILE, list_checkpoints

_LOOSE = ", or set default_hooks.checkpoint_guard.strict=False to load what fits"


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """MMEngine's hook, made safe against a kill at any moment.

    MMEngine removes an old checkpoint before it saves the new one, and on a resume it removes
    whatever the checkpoint lists. This hook saves the new checkpoint first, and removes only files
    that the run itself has saved in its folder. The link ``best.pth`` always leads to the best
    checkpoint, by the first metric of ``save_best``. A resumed run repeats the last validation if
    it was due, because the run may have been stopped during it.

    Args:
        max_keep_ckpts: Number of newest epoch or iteration checkpoints to keep; -1 keeps all.
        **kwargs: See :class:`mmengine.hooks.CheckpointHook`; ``out_dir`` must be a local folder.
    """

    best_ckpt_path: str | None
    best_ckpt_path_dict: dict[str, str]

    @checked
    def __init__(self, *args, max_keep_ckpts: int = -1, **kwargs):
        # The parent accepts any other value, and fails when it saves for the first time.
        check_keys(kwargs, constructor_arguments(CheckpointHook))
        super().__init__(*args, **kwargs)
        self.num_kept = max_keep_ckpts
        # Files of this run by step, for each prefix of a file name: '' for regular checkpoints, or
        # such as 'best_unav100_mAP_'.
        self._saved: dict[str, dict[int, Path]] = {}

    def before_train(self, runner: Runner) -> None:
        """Clean up after a run that was killed, and repeat its last validation.

        Raises:
            InputError: ``out_dir`` is not a local folder, or ``save_best`` is not a known metric.
        """
        if "://" in str(self.out_dir):
            raise InputError(
                "default_hooks.checkpoint.out_dir: expected a local folder, got "
                f"{self.out_dir!r}; for others set "
                "default_hooks.checkpoint.type='CheckpointHook'"
            )
        super().before_train(runner)
        self._check_save_best(runner)
        self._saved = self._saved_before(runner)
        self._remove_old(self._done(runner))
        if self.save_best:
            self._find_best(runner)
            if _was_validation_due(runner):
                runner.val_loop.run()

    def _check_save_best(self, runner: Runner) -> None:
        """Compare ``save_best`` with the metrics' figures, where these are known in advance."""
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
                    f"default_hooks.checkpoint.save_best: expected 'auto' or one of {found}, "
                    f"got {key!r}"
                )

    def _done(self, runner: Runner) -> int:
        """Number of completed epochs or iterations, called between two of them."""
        return runner.epoch if self.by_epoch else runner.iter

    def _saved_before(self, runner: Runner) -> dict[str, dict[int, Path]]:
        """Files that the run saved before it was stopped, in the form of ``_saved``."""
        run_id = getattr(runner, "run_id", None)
        pattern = "(best_.*_)?" + re.escape(self.filename_tmpl).replace(r"\{\}", r"(\d+)")
        own: dict[str, dict[int, Path]] = {}
        for file in list_checkpoints(Path(self.out_dir))[0]:
            match = re.fullmatch(pattern, file.path.name)
            if match and run_id is not None and file.meta.get("run_id") == run_id:
                own.setdefault(match[1] or "", {})[int(match[2])] = file.path
        return own

    def _remove_old(self, step: int) -> None:
        """Remove the files that the run saved up to a step, except the newest ones.

        Of best checkpoints one file stays, as each was better than those before.
        """
        for prefix, files in self._saved.items():
            count = 1 if prefix else self.num_kept
            steps = sorted(number for number in files if number <= step)
            _remove([files.pop(number) for number in steps[:-count]] if count > 0 else [])

    def _find_best(self, runner: Runner) -> None:
        """Find the best files so far, which the parent publishes after the training."""
        self.best_ckpt_path, self.best_ckpt_path_dict = None, {}
        for key in self.key_indicators:
            prefixes = self._saved.keys() - {""} if key == "auto" else {_best_prefix(key)}
            files = [file for prefix in prefixes for file in self._saved.get(prefix, {}).items()]
            if passed := sorted(file for file in files if file[0] <= self._done(runner)):
                self._note_best(key, passed[-1][1])
        score = runner.message_hub.runtime_info.get("best_score")
        if score is not None and not self.best_ckpt_path:
            runner.logger.warning(
                f"the best checkpoint so far, with {score:.4f}, is not in {self.out_dir}: the "
                "next better one will be saved there"
            )
        own = {path for files in self._saved.values() for path in files.values()}
        if foreign := sorted(p.name for p in Path(self.out_dir).glob("best_*") if p not in own):
            runner.logger.warning(
                f"{self.out_dir}: {', '.join(foreign)} of an earlier training: not changed"
            )

    def _note_best(self, key: str, path: Path) -> None:
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = str(path)
        else:
            self.best_ckpt_path_dict[key] = str(path)
        if key == self.key_indicators[0]:
            _link_best(path)

    def after_train_epoch(self, runner: Runner) -> None:
        """Save a checkpoint if one is due, then remove old ones."""
        before = self.last_ckpt
        super().after_train_epoch(runner)
        self._note_saved(before, runner.epoch + 1)

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Save a checkpoint if one is due, then remove old ones."""
        before = self.last_ckpt
        super().after_train_iter(runner, *args, **kwargs)
        self._note_saved(before, runner.iter + 1)

    def _note_saved(self, before: str | None, step: int) -> None:
        if self.last_ckpt != before:
            self._saved.setdefault("", {})[step] = Path(str(self.last_ckpt))
            self._remove_old(step)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Save a new best checkpoint, then remove the previous one.

        Raises:
            InputError: ``save_best`` is not one of the metrics.
        """
        if not self.save_best or not metrics:
            return
        if "auto" in self.key_indicators:
            self._init_rule(self.rules, [next(iter(metrics))])
        for key, rule in zip(self.key_indicators, self.rules, strict=True):
            if key not in metrics:
                raise InputError(
                    f"default_hooks.checkpoint.save_best: expected one of {sorted(metrics)}, "
                    f"got {key!r}"
                )
            name = "best_score" if len(self.key_indicators) == 1 else f"best_score_{key}"
            best = runner.message_hub.runtime_info.get(name, self.init_value_map[rule])
            if metrics[key] is not None and self.is_better_than[key](metrics[key], best):
                runner.message_hub.update_info(name, metrics[key])
                self._save_best(runner, key, float(metrics[key]))

    def _save_best(self, runner: Runner, key: str, score: float) -> None:
        prefix, step = _best_prefix(key), self._done(runner)
        path = Path(self.out_dir) / f"{prefix}{self.filename_tmpl.format(step)}"
        meta = dict(epoch=runner.epoch, iter=runner.iter, best=dict(key=key, score=score))
        options = dict(save_optimizer=False, save_param_scheduler=False, by_epoch=False)
        runner.save_checkpoint(str(self.out_dir), path.name, meta=meta, **options)
        runner.logger.info(f"{key} {score:.4f} is the best so far, saved as {path.name}")
        self._note_best(key, path)
        # Files of later steps go, too: this run may have been resumed from an earlier checkpoint.
        before = self._saved.get(prefix, {})
        self._saved[prefix] = {step: path}
        _remove(old for old in before.values() if old != path)


@master_only
def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


@master_only
def _link_best(path: Path) -> None:
    """Let ``best.pth`` lead to a checkpoint."""
    link = path.with_name(BEST_FILE)
    temporary = link.with_name(f".{BEST_FILE}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(path.name)
    except OSError:  # some file systems have no links
        shutil.copyfile(path, temporary)
    os.replace(temporary, link)


def _best_prefix(key: str) -> str:
    return f"best_{key}_".replace("/", "_")


def _was_validation_due(runner: Runner) -> bool:
    """Whether a resumed run stands right after an epoch or iteration with a validation."""
    loop = runner.train_loop
    by_iter = isinstance(loop, IterBasedTrainLoop)
    done, end = (loop.iter, loop.max_iters) if by_iter else (loop.epoch, loop.max_epochs)
    if runner.val_loop is None or not done or done < loop.val_begin:
        return False
    return done % loop.val_interval == 0 or done == end


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Refuses a checkpoint that does not match the model or the data.

    MMEngine would load matching weights only, and assign wrong class names to events.

    A checkpoint of a multi-task model can be loaded into a model of one of its tasks.

    Args:
        strict: With False, differences only cause MMEngine's warning, as needed to fine-tune on
            other classes.
        task: Name of the task whose weights a single-task model loads from a multi-task
            checkpoint; by default the first.
    """

    priority = "VERY_HIGH"

    @checked
    def __init__(self, strict: bool = True, task: str | None = None):
        self.strict = strict
        self.task = task

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare weights, class names and feature grid before anything is loaded.

        Raises:
            InputError: Something differs; the message names the first difference.
        """
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        state = select_task_weights(model, checkpoint["state_dict"], self.task)
        checkpoint["state_dict"] = state
        if not self.strict:
            return
        check_weights(model, state, "the checkpoint", _LOOSE)
        meta = (checkpoint.get("meta") or {}).get("dataset_meta") or {}
        trained = TrainedOn.of(meta, "the checkpoint")
        for split in ("train", "val", "test"):
            # Loops of the other splits are not built.
            loop = getattr(runner, f"_{split}_loop", None)
            if isinstance(loop, BaseLoop):
                where = f"{split}_dataloader.dataset"
                found = TrainedOn.of(getattr(loop.dataloader.dataset, "metainfo", {}), where)
                check_dataset(trained, found, "the checkpoint", where, _LOOSE)
