"""What a part refuses while it is built, told with its place in the config."""

import re
import sys
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

from ..errors import InputError
from ..registry import build_part
from ..schema import show

# Their components check what a config gives them; anyone else's say so with an InputError.
_OURS = {"loco_mm", "mmaction", "mmcv", "mmengine", "numpy", "pydantic", "torch"}
_OURS |= sys.stdlib_module_names
_BUILD_ERRORS = (
    *(ValueError, TypeError, AssertionError, AttributeError, RuntimeError, LookupError),
    *(ArithmeticError, NotImplementedError),
)
_UNKNOWN_ARGUMENT = re.compile(
    r"(?:(?P<cls>\w+)\.)?__init__\(\) got an unexpected keyword argument '(?P<key>\w+)'"
)
# What a method of MMEngine's runner, or a function that it calls, works on.
_KEYS = {
    "setup_env": "env_cfg",
    "set_randomness": "randomness",
    "build_logger": "log_level",
    "build_log_processor": "log_processor",
    "build_visualizer": "visualizer",
    "build_model": "model",
    "wrap_model": "model_wrapper_cfg",
    "register_default_hooks": "default_hooks",
    "register_custom_hooks": "custom_hooks",
    "build_optim_wrapper": "optim_wrapper",
    "build_param_scheduler": "param_scheduler",
    "scale_lr": "auto_scale_lr",
    "build_train_loop": "train_cfg",
    "build_val_loop": "val_cfg",
    "build_test_loop": "test_cfg",
    "compile_model": "compile",
    "turn_on_activation_checkpointing": "activation_checkpointing",
}


class _Place(NamedTuple):
    """Where a build was when it failed: dotted key, class, and what the config gives it."""

    key: str
    kind: str
    config: dict


def config_error(error: Exception) -> str | None:
    """The message of an error that a value of the config causes; None for any other.

    That is one of a component of this project or of the toolbox while it is built, or a key that
    a component's constructor does not take; an error in anyone else's code is a bug there.
    """
    if "mmengine.runner" not in sys.modules:
        return None  # whatever builds has imported it, which takes seconds
    from mmengine.registry import build_functions
    from mmengine.runner import Runner

    # MMEngine adds the name of a hook to its TypeError, in a new one.
    while isinstance(error, TypeError) and isinstance(error.__context__, TypeError):
        error = error.__context__
    if isinstance(error, SyntaxError) and "format the config" in str(error):
        return (
            "config: it cannot be written down, for the run's records: a function or an object is "
            "in it, or it is nested too deep; numbers, texts, lists and dicts expected"
        )
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    owners = [(owner, name) for owner in (build_functions, Runner) for name in vars(owner)]
    builders = {
        getattr(getattr(owner, name), "__code__", None)
        for owner, name in owners
        if name.startswith(("build_", "_build_")) or name in _KEYS
    } | {Runner.from_cfg.__func__.__code__, build_part.__code__}  # type: ignore[attr-defined]
    builds = [
        number
        for number, frame in enumerate(frames)
        if frame.f_code in builders or frame.f_code.co_name == "turn_on_activation_checkpointing"
    ]
    if not builds:
        return None
    inside = frames[builds[-1] :]
    return _told(error, _place([frames[n] for n in builds], frames), inside)


def _told(error: Exception, place: _Place, inside: list[FrameType]) -> str | None:
    text = str(error.args[0]) if error.args else str(error)
    text = " ".join(text.split()) or type(error).__name__
    if isinstance(error, InputError):
        text = text.removeprefix(f"{place.kind}.") if place.key else text
        said = re.search(rf"(?<![\w.]){re.escape(place.key)}\.", text)
        return text if not place.key or said else _joined(place, text, str(error))
    where = place.key or place.kind
    unknown = _UNKNOWN_ARGUMENT.search(text) if isinstance(error, TypeError) else None
    if unknown and (owner := _owner_of_key(inside, unknown["cls"], unknown["key"])):
        where = f"{place.key}: {owner}" if place.key else owner
        return f"config: {where} has no key {unknown['key']!r}: correct its name or remove it"
    if not all(_package(frame) in _OURS for frame in inside):
        return None
    if isinstance(error, KeyError) and " is not in the " in text:
        return f"config: {where}: type {text.split('. ')[0]}: correct its name"
    if not isinstance(error, _BUILD_ERRORS):
        return None
    if (key := _guilty(text, place.config)) is not None:
        where = f"{where}.{key}: {show(place.config[key])} found"
    return f"config: {where}: {place.kind} cannot be built: {text[:400]} (--traceback shows where)"


def _joined(place: _Place, text: str, whole: str) -> str:
    own = whole.startswith(f"{place.kind}.")
    return f"config: {place.key}.{text}" if own else f"config: {place.key}: {text}"


def _guilty(text: str, config: dict) -> str | None:
    """The key that a message is about: it names it, or no other has the value that it shows."""
    keys = [key for key in config if key != "type"]
    words = set(re.findall(r"\w+", text))
    named = [key for key in keys if key in words]
    shown = [k for k in keys if re.search(rf"(: |got |=){re.escape(str(config[k]))}\W*$", text)]
    found = named if len(named) == 1 else shown
    return found[0] if len(found) == 1 else None


def _place(builds: list[FrameType], frames: list[FrameType]) -> _Place:
    """Follow the build from the run's config down to the part that failed."""
    root = next(_roots(frames), {})
    node: Any = root
    # A loop builds evaluators; what parts of a model build is below them.
    elsewhere = {name: value for name, value in root.items() if name != "model"}
    key, kind = "", "the run"
    for frame in builds:
        name, given = frame.f_code.co_name, frame.f_locals
        config = given.get("dataloader_cfg", given.get("config", given.get("cfg")))
        if name in _KEYS:
            key, node = _KEYS[name], root.get(_KEYS[name])
        if not isinstance(config, dict):
            continue
        if name == "build_dataloader":
            loaders = ((k, v) for k, v in root.items() if _same(v, given["dataloader"]))
            key, node = next(loaders, (key, node))
        elif found := _find(node, config, key) or _find(elsewhere, config, ""):
            key, node = found
        kind = _name(given.get("obj_type", config.get("type", "the loader")))
    if not key:
        key, node = _part_of_a_method(root, frames)
    return _Place(key, kind, node if isinstance(node, dict) else {})


def _part_of_a_method(root: dict, frames: list[FrameType]) -> tuple[str, Any]:
    """The hook or another part whose method builds something of its own."""
    from .part_checks import list_parts

    names = [type(frame.f_locals.get("self")).__name__ for frame in frames]
    parts = [(names.index(p["type"]), k, p) for k, p, _ in list_parts(root) if p["type"] in names]
    return max(parts, default=(0, "", {}), key=lambda part: part[0])[1:]


def _roots(frames: list[FrameType]) -> Iterator[dict]:
    from mmengine.runner import Runner

    for frame in frames:
        owner = frame.f_locals.get("self")
        if isinstance(owner, Runner) and "cfg" in vars(owner):
            yield dict(owner.cfg.items())
        elif frame.f_code is Runner.from_cfg.__func__.__code__:  # type: ignore[attr-defined]
            yield dict(frame.f_locals["cfg"].items())


def _find(node: Any, config: dict, key: str) -> tuple[str, dict] | None:
    """The part below a node that a config is of; it may have got more keys since."""
    if isinstance(node, dict):
        same = (k in config and _same(config[k], v) for k, v in node.items())
        if "type" in node and all(same):
            return key, node
        children = list(node.items())
    elif isinstance(node, (list, tuple)):
        children = list(enumerate(node))
    else:
        return None
    hits = (_find(child, config, f"{key}.{name}" if key else str(name)) for name, child in children)
    return next((hit for hit in hits if hit), None)


def _same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and repr(a) == repr(b))


def _owner_of_key(inside: list[FrameType], cls: str | None, key: str) -> str | None:
    """The component that a constructor's unknown key belongs to, where a config gave it.

    By MMEngine itself, or by a class of whose ancestors it is the constructor; not by a call of
    another class that happens inside.
    """
    toolbox = [frame for frame in inside if _package(frame) == "mmengine"]
    values = [value for frame in toolbox for value in frame.f_locals.values()]
    if not any(isinstance(value, dict) and key in value for value in values):
        return None
    built = inside[0].f_locals.get("obj_cls")
    if isinstance(built, type) and cls in {c.__name__ for c in built.__mro__}:
        return built.__name__
    return (cls or "a component") if inside[-1] in toolbox else None


def _package(frame: FrameType) -> str:
    return frame.f_globals.get("__name__", "").split(".")[0]


def _name(kind: Any) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
