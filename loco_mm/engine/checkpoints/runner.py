"""MMEngine's runner with checked checkpoints, which are written completely or not at all."""

import copy
import inspect
import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process, master_only
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict
from torch import nn

from ..._compat import install
from ...errors import InputError
from ...fileio import (
    as_checkpoint,
    atomic_write,
    check_folder,
    drop_side_effects,
    locked,
    read_checkpoint,
    replace_whole,
)
from ...optional import check_torchvision
from ...registry import RUNNERS
from ..config_names import keep_braces
from ..config_runner import ConfigRunner
from ..console import keep_details_in_file
from ..loaders import report_dead_workers
from .checks import check_finite
from .files import checkpoint_folder, newest_checkpoint
from .run_state import check_resumable

LOCK_FILE = ".training.lock"
_OCCUPIED = "two trainings cannot share a folder: wait for its end, or give another --work-dir"
# MMEngine's name for the folder of a log file.
_TIMESTAMP = "%Y%m%d_%H%M%S"


@RUNNERS.register_module()
class CheckedRunner(ConfigRunner):
    """MMEngine's runner, for runs that can be stopped at any moment and resumed.

    A checkpoint gets its final name only when it is complete, and is never saved with NaN weights.
    ``resume`` without ``load_from`` resumes from the newest readable checkpoint in the run's
    folder, and logs the files that it skipped. Checkpoints are loaded as data only. All common
    forms of weights are supported: under ``state_dict`` or ``model``, or the weights alone. During
    training, the folder is locked against other trainings.

    Args:
        model (nn.Module | dict): See :class:`mmengine.runner.Runner`.
        work_dir: See :class:`mmengine.runner.Runner`.
        *args: See :class:`mmengine.runner.Runner`.
        load_from (str | None): Checkpoint to load or, with ``resume``, to resume from.
        resume (bool): Whether to resume from a checkpoint.
        **kwargs: See :class:`mmengine.runner.Runner`.

    Attributes:
        run_id (str): Identifier stored in all checkpoints of a run, and kept when a run is resumed
            in the same folder. A run removes only checkpoints with its own identifier.

    Raises:
        InputError: There is no checkpoint to resume from.
    """

    def __init__(self, model, work_dir: str, *args, load_from=None, resume=False, **kwargs):
        install()
        check_torchvision()
        self.run_id = uuid4().hex
        self._resuming = False
        passed_over: list[str] = []
        if resume and load_from is None:
            # Before anything is written to a folder whose name may be mistyped.
            folder = checkpoint_folder(work_dir, kwargs.get("default_hooks"))
            path, passed_over = newest_checkpoint(folder)
            load_from = str(path)
        super().__init__(model, work_dir, *args, load_from=load_from, resume=resume, **kwargs)
        self.logger.info(f"config and details are in {self.logger.log_file}")
        for reason in passed_over:
            self.logger.warning(f"skipped, cannot resume from it: {reason}")
        if resume:
            self.logger.info(f"resume from {load_from}")

    @classmethod
    def from_cfg(cls, cfg: Config | dict) -> "Runner":
        """See :meth:`mmengine.runner.Runner.from_cfg`. Paths may be ``pathlib`` objects."""
        paths = {k: str(cfg[k]) for k in ("work_dir", "load_from") if cfg.get(k) is not None}
        cfg = copy.copy(cfg)  # the parent copies the values
        cfg.update(paths)
        return super().from_cfg(cfg)

    def resume(self, filename: str, *args, **kwargs) -> None:
        """Resume from a checkpoint, see :meth:`mmengine.runner.Runner.resume`.

        Raises:
            InputError: The checkpoint lacks a part of the run's state, or is from another run.
        """
        self._resuming = True
        try:
            super().resume(filename, *args, **kwargs)
        except InputError:
            raise
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            text = " ".join(str(error).split())
            raise InputError(
                f"checkpoint {filename}: does not fit this run: {type(error).__name__}: {text}"
            ) from error
        finally:
            self._resuming = False

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable = "cpu",
        strict: bool = False,
        revise_keys: Sequence[tuple[str, str]] = (),
    ) -> dict:
        """Load weights, see :meth:`mmengine.runner.Runner.load_checkpoint`.

        The prefix ``module.`` is always removed from names.

        Raises:
            InputError: The file is not a checkpoint, or does not match this model.
        """
        if "://" in str(filename):
            content = CheckpointLoader.load_checkpoint(filename, map_location, self.logger)
        else:
            content = read_checkpoint(filename, map_location)
        checkpoint = as_checkpoint(content, filename)
        if self._resuming:
            check_resumable(checkpoint, filename, self)
            self._take_over(checkpoint, filename)
        drop_side_effects(checkpoint)
        for pattern, new in revise_keys:
            state = checkpoint["state_dict"]
            checkpoint["state_dict"] = {re.sub(pattern, new, k): v for k, v in state.items()}
        self.call_hook("after_load_checkpoint", checkpoint=checkpoint)
        model = self.model.module if is_model_wrapper(self.model) else self.model
        load_state_dict(model, checkpoint["state_dict"], strict, self.logger)
        self._has_loaded = True
        self.logger.info(f"Load checkpoint from {filename}")
        return checkpoint

    def _take_over(self, checkpoint: dict, filename: str) -> None:
        """Keep the run's identifier when it is resumed in its folder; elsewhere it is a new run."""
        folder = checkpoint_folder(self.work_dir, self.hooks)
        if Path(filename).resolve().parent == folder.resolve():
            self.run_id = str(checkpoint["meta"].get("run_id", self.run_id))

    def build_logger(self, *args, **kwargs) -> MMLogger:
        """See :meth:`mmengine.runner.Runner.build_logger`. Details are only in the file."""
        logger = super().build_logger(*args, **kwargs)
        keep_details_in_file(logger)
        return logger

    def setup_env(self, env_cfg: dict) -> None:
        """Prepare the process. Runs started within the same second get different log folders."""
        super().setup_env(env_cfg)
        found = [self._make_log_dir() if is_main_process() else ""]
        broadcast_object_list(found)
        [self._timestamp] = found

    def _make_log_dir(self) -> str:
        """Create the first log folder that does not exist yet, named by the time from now on."""
        moment = datetime.strptime(self._timestamp, _TIMESTAMP)
        while True:
            name = moment.strftime(_TIMESTAMP)
            try:
                os.makedirs(os.path.join(self.work_dir, name))
                return name
            except FileExistsError:
                moment += timedelta(seconds=1)

    def train(self) -> nn.Module:
        """Train, see :meth:`mmengine.runner.Runner.train`.

        Raises:
            InputError: Another process trains in the same folder, the folder is not writable, or
                a data loader worker died.
        """
        with ExitStack() as stack:
            problems = [self._enter_folders(stack) if is_main_process() else ""]
            broadcast_object_list(problems)
            if problems[0]:
                raise InputError(problems[0])
            stack.enter_context(report_dead_workers("val", training=self.model))
            return super().train()

    def val(self) -> dict:
        """Validate, see :meth:`mmengine.runner.Runner.val`.

        Raises:
            InputError: A data loader worker died.
        """
        with report_dead_workers("val"):
            return super().val()

    def test(self) -> dict:
        """Test, see :meth:`mmengine.runner.Runner.test`.

        Raises:
            InputError: A data loader worker died.
        """
        with report_dead_workers("test"):
            return super().test()

    def _enter_folders(self, stack: ExitStack) -> str:
        """Lock the run's folders and write the config there; return what prevents it, or ''."""
        work_dir, folder = Path(self.work_dir), checkpoint_folder(self.work_dir, self.hooks)
        key = ""
        try:
            stack.enter_context(locked(work_dir / LOCK_FILE, _OCCUPIED))
            self._write_config(self.work_dir)
            # MMEngine's own hook can also save to remote storage.
            if ":/" not in str(folder):
                key = "" if folder == work_dir else "default_hooks.checkpoint.out_dir "
                check_folder(folder, sum(x.nbytes for x in self.model.state_dict().values()))
                if folder.resolve() != work_dir.resolve():
                    stack.enter_context(locked(folder / LOCK_FILE, _OCCUPIED))
        except InputError as error:
            return f"{key}{error}"
        return ""

    @master_only
    def dump_config(self) -> None:
        """Write the config next to the log; during training also to the work dir."""
        self._write_config(self.log_dir)

    @cached_property
    def _config_text(self) -> str:
        text = self.cfg.dump()
        is_yaml = str(self.cfg.filename).endswith((".yml", ".yaml"))
        return text if is_yaml else keep_braces(text)

    def _write_config(self, folder: str) -> None:
        """Write the config, but never over the config file that the user passed."""
        given = self.cfg.filename
        path = os.path.join(folder, os.path.basename(given) if given else f"{self.timestamp}.py")
        if not (given and os.path.exists(path) and os.path.samefile(path, given)):
            with atomic_write(path) as file:
                file.write(self._config_text)

    def save_checkpoint(self, out_dir: str, filename: str, *args, **kwargs) -> None:
        """Save completely or not at all, see :meth:`mmengine.runner.Runner.save_checkpoint`.

        Raises:
            InputError: A weight is NaN or infinite, or the file cannot be written.
        """
        if not (is_main_process() or self.is_sharded):
            return
        with self.whole_states():
            check_finite(self.model.state_dict(), f"training: at iteration {self.iter}: not saved")
            if is_main_process():
                self._write_checkpoint(out_dir, filename, *args, **kwargs)
            else:
                # It takes part in gathering the state, which the main process writes.
                save = inspect.unwrap(Runner.save_checkpoint)
                save(self, *os.path.split(os.devnull), *args, **kwargs)

    def _write_checkpoint(self, out_dir: str, filename: str, *args, **kwargs) -> None:
        kwargs["meta"] = {**(kwargs.get("meta") or {}), "run_id": self.run_id}
        if "://" in str(out_dir):
            super().save_checkpoint(out_dir, filename, *args, **kwargs)
            return
        with replace_whole(os.path.join(out_dir, filename), own=True) as temporary:
            super().save_checkpoint(str(temporary.parent), temporary.name, *args, **kwargs)
