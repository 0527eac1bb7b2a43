"""Finds the names in the files of a config, and the keys whose values depend on them.

MMEngine executes a config as Python and keeps all top-level names, keys and variables alike.
Changing a variable afterwards has no effect, because the values that depend on it are computed.
"""

import ast
import json
import os
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import yaml
from mmengine.config import Config

from ..errors import InputError
from ..fileio import read_text

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# Functions that read names without mentioning them.
_INDIRECT = {"globals", "locals", "vars", "eval", "exec"}
_BASE_REFERENCE = re.compile(r"\{\{\s*_base_\.(\w+)")


class Use(NamedTuple):
    """A place where a file reads a name.

    Attributes:
        name: The name.
        place: What its value goes into: a top-level name, followed by keys below it.
        is_whole: Whether the value is used unchanged, not as part of an expression.
    """

    name: str
    place: tuple[str, ...] = ()
    is_whole: bool = True


class ConfigFile(NamedTuple):
    """One file of a config.

    Attributes:
        given: Names that the file assigns.
        uses: Places where the file reads names, its own or those of its bases.
        bases: Base files.
    """

    given: set[str]
    uses: list[Use]
    bases: list[str]

    @property
    def read(self) -> set[str]:
        """Names that the file reads."""
        return {use.name for use in self.uses}

    @property
    def has_values_only(self) -> bool:
        """Whether the file contains no expressions, as a config written by a run."""
        return self.read <= {"dict"} and not self.bases and "model" in self.given


def config_files(path: str, inside: tuple[str, ...] = ()) -> list[ConfigFile]:
    """Parse the files of a config, bases first.

    Args:
        path: Path of the file.
        inside: Files that have this one as a base.

    Raises:
        InputError: A file cannot be read, or is based on itself.
    """
    if os.path.realpath(path) in map(os.path.realpath, inside):
        raise InputError(f"config {path}: _base_: the file is based on itself")
    text = read_text(path, f"config {inside[-1]}: _base_" if inside else "config")
    file = _python_file(path, text) if path.endswith(".py") else _data_file(path, text)
    files = []
    for base in file.bases:
        if not isinstance(base, str):
            raise InputError(f"config {path}: _base_: expected file names, got {base!r}")
        name = Config._get_cfg_path(base, path)[0]
        files += config_files(name, (*inside, path))
    return [*files, file]


def is_read(name: str, files: list[ConfigFile]) -> bool:
    """Whether a name is read by the last file that assigns it, or by one based on that file."""
    last = max((number for number, file in enumerate(files) if name in file.given), default=0)
    return any(file.read & ({name} | _INDIRECT) for file in files[last:])


def keys_made_from(name: str, files: list[ConfigFile], known: Collection[str]) -> list[str]:
    """Dotted keys whose values depend on a variable.

    Args:
        name: The variable.
        files: Files of the config.
        known: Top-level names that are keys.
    """
    uses = [use for file in files for use in file.uses]

    def follow(name: str, seen: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
        for read, place, is_whole in uses:
            if read != name or not place or place[0] in seen:
                continue
            if place[0] in known:
                yield place, is_whole
                continue
            for key, has_parts in follow(place[0], (*seen, place[0])):
                yield (*key, *place[1:]) if has_parts else key, has_parts and is_whole

    return list(dict.fromkeys(".".join(key) for key, _ in follow(name, (name,))))


def _data_file(path: str, text: str) -> ConfigFile:
    """Parse a YAML or JSON file."""
    content = json.loads(text) if path.endswith(".json") else _plain_yaml(path, text)
    if not isinstance(content, dict):
        raise InputError(f"config {path}: expected a dict at its top, got {type(content).__name__}")
    bases = content.get("_base_", [])
    uses = [Use(name) for name in _BASE_REFERENCE.findall(text)]
    return ConfigFile(set(content), uses, bases if isinstance(bases, list) else [bases])


def _plain_yaml(path: str, text: str) -> object:
    try:
        return yaml.safe_load(text)  # MMEngine would create arbitrary tagged Python objects
    except yaml.YAMLError as error:
        raise InputError(
            f"config {path}: expected YAML without Python tags: {' '.join(str(error).split())}"
        ) from error


def _python_file(path: str, text: str) -> ConfigFile:
    tree = ast.parse(text)
    # The bases of a file with read_base() are Python modules, which are not parsed.
    bases = [] if Config._is_lazy_import(path) else Config._get_base_files(path)
    uses = [use for statement in tree.body for use in _uses(statement)]
    return ConfigFile(set(_set_names(tree)), uses, bases)


def _uses(statement: ast.stmt) -> Iterator[Use]:
    """Names that a statement reads, and what depends on them."""
    names = list(_set_names(statement))
    if isinstance(statement, ast.Assign) and len(names) == 1:
        yield from _parts(statement.value, (names[0],))
        return
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        names.append(statement.name)
    for use in _parts(statement, ()):
        yield from (Use(use.name, (name,), False) for name in names or [""])


def _parts(node: ast.AST, place: tuple[str, ...], is_whole: bool = True) -> Iterator[Use]:
    """Names that an expression reads, and the keys below which their values go."""
    children = [(child, place) for child in ast.iter_child_nodes(node)]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield Use(node.id, place, is_whole)
    elif isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "_base_":
        yield Use(node.attr, place, is_whole)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", None) == "dict":
        keywords = [(k.value, (*place, k.arg) if k.arg else place) for k in node.keywords]
        children = [*((child, place) for child in [node.func, *node.args]), *keywords]
    elif isinstance(node, (ast.List, ast.Tuple)):
        children = [(child, (*place, str(n))) for n, child in enumerate(node.elts)]
    else:
        is_whole = False
    for child, below in children:
        yield from _parts(child, below, is_whole)


def _set_names(node: ast.AST) -> Iterator[str]:
    """Names that a statement assigns, except those inside functions."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _set_names(child)


def keep_braces(text: str) -> str:
    """Escape a Python or JSON config so that MMEngine does not replace ``{{...}}`` in strings.

    Args:
        text: Python or JSON in which double braces occur only inside strings.
    """
    return text.replace("{{", r"{\u007b")
