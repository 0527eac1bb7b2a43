"""Reading a config, and refusing keys that nothing would read."""

import difflib
import inspect
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..errors import InputError

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


def _known_keys() -> set[str]:
    from mmengine.runner import Runner

    return set(inspect.signature(Runner.__init__).parameters) - {"self", "cfg"} | _OTHER_KEYS


def load_config(path: str, options: dict | None = None) -> Config:
    """Read a config file and apply overrides.

    Args:
        path (str): Config file.
        options (dict | None): Dotted key to value, as ``--cfg-options`` gives them.

    Returns:
        Config: The merged config.

    Raises:
        InputError: The file is missing or cannot be read, or a key is one that nothing reads.
    """
    if not Path(path).is_file():
        raise InputError(f"config {path}: no such file")
    try:
        cfg = Config.fromfile(path)
    except (FileNotFoundError, SyntaxError, NameError, KeyError, TypeError) as error:
        text = str(error).strip().splitlines()
        raise InputError(
            f"config {path}: cannot be read: {type(error).__name__}: {text[-1] if text else ''}"
        ) from error
    _check_file_keys(path, cfg)
    for key in options or {}:
        _check_option(path, cfg, key)
    if options:
        try:
            cfg.merge_from_dict(options)
        except (KeyError, TypeError, AssertionError) as error:
            raise InputError(f"--cfg-options {options}: does not fit {path}: {error}") from error
        if any(key.startswith("custom_imports") for key in options):
            # MMEngine has imported those of the file only.
            import_modules_from_strings(**cfg.custom_imports)
    return cfg


def _suggestion(key: str, candidates: set[str]) -> str:
    close = difflib.get_close_matches(key, sorted(candidates), n=1, cutoff=0.75)
    return f", did you mean {close[0]!r}?" if close else ""


def _check_file_keys(path: str, cfg: Config) -> None:
    """Top-level keys are the runner's, or variables whose value the config uses."""
    known = _known_keys()
    for key, value in cfg.items():
        if key in known:
            continue
        suggestion = _suggestion(key, known)
        if suggestion or (isinstance(value, (dict, list)) and not _is_used(cfg, key, value)):
            raise InputError(f"config {path}: nothing reads the key {key!r}{suggestion}")


def _is_used(cfg: Config, key: str, value) -> bool:
    """Whether a variable's value seems to stand anywhere else in the config.

    Numbers and strings may differ, and more keys stand beside its own: overrides and bases reach
    where a variable was used, not the variable.
    """

    def contains(node) -> bool:
        if not isinstance(node, (dict, list, tuple)):
            return False
        children = node.values() if isinstance(node, dict) else node
        return _is_within(value, node) or any(contains(child) for child in children)

    return any(contains(other) for name, other in cfg.items() if name != key)


def _is_within(value, node) -> bool:
    """Whether a node has a value's keys and types, at every depth."""
    if isinstance(value, dict):
        return isinstance(node, dict) and all(
            key in node and (node[key] == child if key == "type" else _is_within(child, node[key]))
            for key, child in value.items()
        )
    if isinstance(value, (list, tuple)):
        return (
            isinstance(node, (list, tuple))
            and len(node) == len(value)
            and all(map(_is_within, value, node))
        )
    return True


def _check_option(path: str, cfg: Config, option: str) -> None:
    """An override must name a key that is there, or a new one of a component, which checks it."""
    node, walked = cfg, []
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
            if missing and not walked and part not in _known_keys():
                suggestion = _suggestion(part, set(node) | _known_keys())
                raise InputError(f"--cfg-options {option}: {path} has no key {part!r}{suggestion}")
            if missing:
                return
            node = node[part]
        else:
            raise InputError(
                f"--cfg-options {option}: {'.'.join(walked)} in {path} is {node!r}, not a dict"
            )
        walked.append(part)
