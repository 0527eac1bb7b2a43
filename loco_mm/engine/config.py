"""Loads a config and refuses unknown keys."""

import ast
import functools
from pathlib import Path, PurePath
from typing import Any

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..arguments import constructor_arguments
from ..errors import InputError
from ..schema import show
from ..text import suggestion
from .config_names import ConfigFile, config_files, is_read, keys_made_from

# Read by the toolbox in addition to the runner's own arguments.
_OTHER_KEYS = {
    "custom_imports",
    "find_unused_parameters",
    "model_wrapper_cfg",
    "optim_wrapper_constructor",
    "runner_type",
    "sync_bn",
    "activation_checkpointing",
    "compile",
    "strategy",
}
_DICT_KEYS = {"model", "optim_wrapper", "default_hooks", "auto_scale_lr", "randomness"}
RULE = (
    "a config may hold keys that MMEngine or our runner reads, and names its own files use; "
    "--cfg-options sets keys"
)


@functools.cache
def known_keys() -> frozenset[str]:
    """Top-level config keys that the toolbox reads."""
    from mmengine.runner import Runner

    return frozenset(constructor_arguments(Runner) - {"cfg"} | _OTHER_KEYS)


def load_config(path: str | Path, options: dict | None = None) -> Config:
    """Load a config file and apply overrides.

    A config may hold keys that MMEngine or our runner reads, and names its own files use. Overrides
    set keys only.

    Args:
        path: Config file.
        options: Values by dotted key, as from ``--cfg-options``.

    Returns:
        Config: The merged config without its variables.

    Raises:
        InputError: The file is missing or unreadable, or a key is unknown.
    """
    path, options = str(path), _without_paths(options or {})
    cfg, files = read_file(path)
    _drop_names(path, cfg, files)
    for option in options:
        _check_option(path, option, files)
    _merge(path, cfg, options)
    for key, value in {"model": None, **cfg}.items():
        is_dict = key in _DICT_KEYS or key.endswith(("_dataloader", "_cfg"))
        may_lack = value is None and key != "model"
        if is_dict and not may_lack and not isinstance(value, dict):
            raise InputError(f"config {path}: {key}: expected a dict, got {show(value)}")
    if "type" not in cfg.model:
        raise InputError(
            f"config {path}: model: expected a dict with a 'type', got {show(cfg.model)}"
        )
    return cfg


def _without_paths(value: Any) -> Any:
    """Replace ``pathlib`` paths by strings, which the toolbox expects."""
    if isinstance(value, dict):
        return {key: _without_paths(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_without_paths, value))
    return str(value) if isinstance(value, PurePath) else value


def read_file(path: str) -> tuple[Config, list[ConfigFile]]:
    """Read a config file in one of MMEngine's formats, without checking its keys.

    Args:
        path: Path of the file.

    Returns:
        tuple: The config, and its files with bases first.

    Raises:
        InputError: The file is missing or unreadable.
    """
    try:
        files = config_files(path)
        return Config.fromfile(path), files
    except InputError:
        raise
    except Exception as error:  # a Python file can raise anything
        text = str(error).strip().splitlines()
        raise InputError(
            f"config {path}: cannot be read: {type(error).__name__}: {text[-1] if text else ''}"
        ) from error


def _drop_names(path: str, cfg: Config, files: list[ConfigFile]) -> None:
    """Keep the keys of a config; refuse names that are neither known keys nor used."""
    known = known_keys()
    names = [key for key in cfg if key not in known]
    unused = [k for k in names if not str(k).startswith("_") and not is_read(k, files)]
    if unused and not _is_dump(path, cfg, files):
        for name in unused:
            _check_unused(path, name, files)
    for name in names:
        cfg.pop(name)


def _check_unused(path: str, name: str, files: list[ConfigFile]) -> None:
    """Refuse an unused name, unless a base file defines it and nothing redefines it."""
    givers = [file for file in files if name in file.given]
    plain = bool(givers) and givers[-1] is not files[-1] and givers[-1].has_values_only
    close = "" if plain else suggestion(name, known_keys())
    made = keys_made_from(name, files, known_keys())
    if close or (givers and (givers[-1] is files[-1] or made)):
        used = f": a base has already used its own value, set {', '.join(made)}" if made else ""
        raise InputError(f"config {path}: unknown key {name!r}{close}{used}")


def _is_dump(path: str, cfg: Config, files: list[ConfigFile]) -> bool:
    """Whether a run has written the file: it contains only values, including those of variables."""
    if len(files) != 1 or not files[0].has_values_only:
        return False
    try:
        # Compared as Python, because yapf versions format differently.
        found, own = ast.parse(Path(path).read_text()), ast.parse(cfg.pretty_text)
    except SyntaxError:  # YAML, or keys that are not valid in Python
        return False
    return ast.dump(found) == ast.dump(own)


def _check_option(path: str, option: str, files: list[ConfigFile]) -> None:
    """Refuse an override of a variable, whose old value the config has already used."""
    name, known = option.split(".")[0], known_keys()
    if name in known:
        return
    if any(name in file.given for file in files):
        made = keys_made_from(name, files, known)
        keys = f", used in {', '.join(made)}: set these instead" if made else ""
        raise InputError(f"--cfg-options {option}: {name!r} is a variable of {path}{keys} ({RULE})")
    raise InputError(f"--cfg-options {option}: unknown key {name!r}{suggestion(name, known)}")


def _merge(path: str, cfg: Config, options: dict) -> None:
    try:
        cfg.merge_from_dict(options)
    except (AttributeError, KeyError, TypeError, AssertionError, ValueError) as error:
        text = str(error.args[0])[:200]
        raise InputError(f"--cfg-options {options}: does not fit {path}: {text}") from error
    if any(key.startswith("custom_imports") for key in options):
        # MMEngine has imported only the modules that the file lists.
        try:
            import_modules_from_strings(**cfg.custom_imports)
        except (ImportError, TypeError) as error:
            raise InputError(f"--cfg-options custom_imports: {error}") from error
