"""Reading a config, and refusing keys that nothing would read."""

import ast
import functools
from pathlib import Path, PurePath
from typing import Any

import yaml
from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..arguments import constructor_arguments
from ..errors import InputError
from ..fileio import open_regular
from ..text import warn
from .config_checks import check_hooks, check_paramwise
from .config_keys import suggestion
from .config_variables import FileNames, is_read, read_config
from .cross_checks import check_fit
from .part_checks import check_parts
from .run_schema import check_run

# Read by the toolbox besides the runner's own arguments.
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


@functools.cache
def known_keys() -> frozenset[str]:
    """Keys at the top of a config that the toolbox reads."""
    from mmengine.runner import Runner

    return frozenset(constructor_arguments(Runner) - {"cfg"} | _OTHER_KEYS)


def load_config(path: str | Path, options: dict | None = None) -> Config:
    """Read a config file and apply overrides.

    A name at the top of a file is a key of the toolbox, or a variable that the file reads itself.
    An override of a variable takes effect wherever a file uses it.

    Args:
        path (str | Path): Config file.
        options (dict | None): Dotted key to value, as ``--cfg-options`` gives them.

    Returns:
        Config: The merged config.

    Raises:
        InputError: The file is missing or cannot be read, or a key is one that nothing reads.
    """
    path, options = str(path), _without_paths(options or {})
    cfg, files = read_file(path)
    _check_file_keys(path, cfg, files)
    for key in options:
        _check_option(path, cfg, key)
    cfg = _apply(path, cfg, options)
    check_hooks(path, cfg)
    check_paramwise(path, cfg)
    check_run(path, cfg)
    check_parts(path, cfg)
    check_fit(path, cfg)
    return cfg


def _without_paths(value: Any) -> Any:
    """The same with texts for paths, as the toolbox has them."""
    if isinstance(value, dict):
        return {key: _without_paths(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_without_paths, value))
    return str(value) if isinstance(value, PurePath) else value


def _apply(path: str, cfg: Config, options: dict) -> Config:
    """The config with overrides: of variables while it is read anew, of keys afterwards."""
    known = known_keys()
    variables = {k: v for k, v in options.items() if k.split(".")[0] not in known}
    keys = {k: v for k, v in options.items() if k not in variables}
    for key, value in variables.items():
        _check_reach(path, cfg, key, value)
    if variables:
        cfg = read_file(path, {_target(cfg, key): v for key, v in variables.items()})[0]
    try:
        cfg.merge_from_dict(keys)
    except (AttributeError, KeyError, TypeError, AssertionError) as error:
        raise InputError(f"--cfg-options {keys}: does not fit {path}: {error}") from error
    if any(key.startswith("custom_imports") for key in keys):
        # MMEngine has imported those of the file only.
        try:
            import_modules_from_strings(**cfg.custom_imports)
        except (ImportError, TypeError) as error:
            raise InputError(f"--cfg-options custom_imports: {error}") from error
    return cfg


def read_file(path: str, overrides: dict | None = None) -> tuple[Config, list[FileNames]]:
    """Read a file in the toolbox's form of configs, whatever is in it.

    Args:
        path (str): The file.
        overrides (dict | None): Variables that have other values while it is read.

    Returns:
        tuple: Its content, and the names in each of its files.

    Raises:
        InputError: It is missing or cannot be read.
    """
    with open_regular(path, "config"):
        pass  # the toolbox reads it
    try:
        return read_config(path, overrides)
    except InputError:
        raise
    except yaml.YAMLError as error:
        raise InputError(
            f"config {path}: cannot be read as YAML without tags of Python: "
            f"{' '.join(str(error).split())}"
        ) from error
    except RecursionError as error:
        raise InputError(
            f"config {path}: cannot be read: its _base_ files lead back to it, or it is nested too "
            "deep"
        ) from error
    except Exception as error:  # whatever a Python file brings about
        if isinstance(error, AttributeError) and not path.endswith(".py"):
            raise InputError(
                f"config {path}: cannot be read: a dict expected at its top"
            ) from error
        text = str(error).strip().splitlines()
        raise InputError(
            f"config {path}: cannot be read: {type(error).__name__}: {text[-1] if text else ''}"
            + (f", with {overrides}" if overrides else "")
        ) from error


def _check_file_keys(path: str, cfg: Config, files: list[FileNames]) -> None:
    """Names that nothing reads, in the file itself; in its bases, when they seem a mistake."""
    known = known_keys()
    in_python = set().union(*(file.given for file in files))
    own = files[-1].given if path.endswith(".py") else set(cfg) - in_python
    unread = [
        k for k in cfg if k not in known and not str(k).startswith("_") and not is_read(k, files)
    ]
    dumped = bool(unread) and _is_dump(path, cfg, files)
    bases = files[:-1] if path.endswith(".py") else files
    leftover = set().union(*(f.given for f in bases if f.is_written_by_a_run))
    left = []
    for key in unread:
        close = "" if dumped or key in leftover else suggestion(key, known)
        set_again = sum(key in file.given for file in files) > 1
        used = _used_before(path, cfg, key) if set_again else ""
        if close or used or (key in own and not dumped):
            raise InputError(f"config {path}: nothing reads the key {key!r}{close}{used}")
        number = isinstance(cfg[key], (int, float)) and not isinstance(cfg[key], bool)
        if number and not dumped and key not in leftover:
            raise InputError(
                f"config {path}: nothing reads {key}={cfg[key]!r}, which a file in its _base_ sets"
            )
        left += [key] if key in own else []
    if left:
        warn(
            f"config {path}: nothing reads {', '.join(left)} any more: what was made from them "
            "stands in the other keys",
            stacklevel=3,
        )


def _is_dump(path: str, cfg: Config, files: list[FileNames]) -> bool:
    """Whether a run has written the file: values only, those of its variables among them."""
    if len(files) != 1 or not files[0].is_written_by_a_run:
        return False
    try:
        # Compared as Python, as versions of yapf lay it out differently.
        found, own = ast.parse(Path(path).read_text()), ast.parse(cfg.pretty_text)
    except SyntaxError:  # YAML, or keys that Python cannot write
        return False
    return ast.dump(found) == ast.dump(own)


def _used_before(path: str, cfg: Config, key: str) -> str:
    """Says where a base has used a variable that a file sets anew, too late."""
    before = _flat(cfg)
    after = _flat(read_file(path, {key: cfg[key]})[0])
    changed = [k for k in after if k.split(".")[0] in known_keys() and before.get(k) != after[k]]
    if not changed:
        return ""
    return f": a base has used its own value already, set {', '.join(changed[:8])} instead"


def _check_reach(path: str, cfg: Config, key: str, value) -> None:
    """An override that changes a variable must change a key of the toolbox with it."""
    before, after = dict(cfg.items()), dict(read_file(path, {_target(cfg, key): value})[0].items())
    if before != after and all(before.get(k) == after.get(k) for k in known_keys()):
        raise InputError(
            f"--cfg-options {key}: {path} has a variable of that name, but no key of the toolbox "
            "follows from it: set the key that you mean"
        )


def _target(cfg: Config, option: str) -> str:
    """A dotted key of a variable as Python that can be assigned to."""
    name, *parts = option.split(".")
    node, target = cfg[name], name
    for part in parts:
        index = int(part) if isinstance(node, (list, tuple)) else part
        target += f"[{index!r}]"
        node = node[index] if isinstance(index, int) else node.get(index, {})
    return target


def _flat(node, name: str = "") -> dict:
    """Values by dotted key."""
    if isinstance(node, (dict, Config)):
        items = list(node.items())
    elif isinstance(node, (list, tuple)):
        items = list(enumerate(node))
    else:
        return {name: node}
    flat: dict[str, object] = {}
    for key, child in items:
        flat |= _flat(child, f"{name}.{key}" if name else str(key))
    return flat


def _check_option(path: str, cfg: Config, option: str) -> None:
    """An override must name a key that is there, or a new one of a component, which checks it."""
    node: Any = cfg
    walked: list[str] = []
    for part in option.split("."):
        if isinstance(node, (list, tuple)):
            if not part.isdigit() or int(part) >= len(node):
                raise InputError(
                    f"--cfg-options {option}: {'.'.join(walked)} in {path} is a list of "
                    f"{len(node)}, an index below that is expected, got {part!r}"
                )
            node = node[int(part)]
        elif isinstance(node, (dict, Config)):
            missing = part not in node
            if missing and not walked and part not in known_keys():
                close = suggestion(part, set(node) | known_keys())
                raise InputError(f"--cfg-options {option}: {path} has no key {part!r}{close}")
            if missing:
                return
            node = node[part]
        else:
            raise InputError(
                f"--cfg-options {option}: {'.'.join(walked)} in {path} is {node!r}, not a dict"
            )
        walked.append(part)
