"""Variables of config files: which are read, and how to override one where it is set.

MMEngine runs a config as Python and keeps every name at its top, keys and variables alike. When
the file has been read a variable has done its work, and changing its value changes nothing.
"""

import ast
import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import mmengine.config.config as mmengine_config
import yaml
from mmengine.config import Config
from mmengine.fileio.handlers import yaml_handler

from ..errors import InputError

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# Ways to read a name without naming it.
_INDIRECT = {"globals", "locals", "vars", "eval", "exec"}
# Values of a YAML file, far beyond any config.
_MOST_NODES = 100_000
# What MMEngine makes of {{_base_.name.key}} before it parses a file.
_BASE_REFERENCE = re.compile(r"_([A-Za-z]\w*?)(?:\.[\w.]+)?_[0-9a-f]{6}")


class FileNames(NamedTuple):
    """Names at the top of one file of a config.

    Attributes:
        given (set[str]): Those it gives a value.
        read (set[str]): Those it reads, of its own or of its bases.
    """

    given: set[str]
    read: set[str]

    @property
    def is_written_by_a_run(self) -> bool:
        """Whether it seems to be: a model and other values, and nothing that is read."""
        return self.read <= {"dict"} and "_base_" not in self.given and "model" in self.given


def read_config(
    path: str, overrides: dict[str, object] | None = None
) -> tuple[Config, list[FileNames]]:
    """Read a config file.

    Args:
        path (str): The file.
        overrides (dict[str, object] | None): Values of variables, by a Python expression such as
            ``load["visual"]["dim"]``. They replace what a file gives the variable, at once, so
            that all that follows in the file uses them.

    Returns:
        tuple[Config, list[FileNames]]: The config; and the names of its Python files, bases first.
    """
    files: list[FileNames] = []

    def instrument(tree: ast.Module) -> ast.Module:
        files.append(_names(tree))
        return ast.fix_missing_locations(_Overrider(overrides or {}).visit(tree))

    with _each_parsed_file(instrument):
        _check_bases(path)
        cfg = Config.fromfile(path)
    return cfg, files


def _check_bases(path: str) -> None:
    """MMEngine opens whatever ``_base_`` names, and would wait for what is a pipe."""
    if Config._is_lazy_import(path):
        return  # its bases are imported
    for name in Config._get_base_files(path):
        base = os.path.join(os.path.dirname(path), name)
        if os.path.isfile(base):
            _check_bases(base)
        elif os.path.exists(base) and not os.path.isdir(base):
            raise InputError(f"config {path}: _base_ {name}: a device or pipe found, not a file")


def keep_braces(text: str) -> str:
    """The text of a Python or JSON config as MMEngine reads it back: no ``{{...}}`` is replaced.

    Args:
        text (str): Python or JSON, whose only pairs of braces stand in texts.
    """
    return text.replace("{{", r"{\u007b")


def is_read(name: str, files: list[FileNames]) -> bool:
    """Whether the last file that sets a name, or one based on it, reads it."""
    last = max((number for number, file in enumerate(files) if name in file.given), default=0)
    return any(file.read & ({name} | _INDIRECT) for file in files[last:])


@contextmanager
def _each_parsed_file(change: Callable[[ast.Module], ast.Module]) -> Iterator[None]:
    """MMEngine passes each file of a config to one of two transformers; they change it first.

    Its YAML reader makes any Python object that a tag names; meanwhile it makes none.
    """
    replaced = [
        (mmengine_config, name, _changing(getattr(mmengine_config, name), change))
        for name in ("RemoveAssignFromAST", "ImportTransformer")
    ]
    replaced.append((yaml_handler, "Loader", _Loader))
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    try:
        for owner, name, value in replaced:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in originals:
            setattr(owner, name, value)


class _Loader(yaml.SafeLoader):
    """Reads YAML whose aliases stand for so much only."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _size(node, {}) > _MOST_NODES:
            raise yaml.YAMLError(f"its aliases stand for more than {_MOST_NODES} values")
        return node


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Values of a node, with those that aliases stand for; without end of one inside itself."""
    if id(node) not in known:
        known[id(node)] = math.inf
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        pairs = isinstance(node, yaml.MappingNode)
        children = [child for pair in parts for child in pair] if pairs else parts
        known[id(node)] = 1 + sum(_size(child, known) for child in children)
    return known[id(node)]


def _changing(transformer: type, change: Callable[[ast.Module], ast.Module]) -> type:
    class Changing(transformer):
        def visit(self, node):
            return super().visit(change(node) if isinstance(node, ast.Module) else node)

    return Changing


def _names(tree: ast.Module) -> FileNames:
    names = FileNames(set(_set_names(tree)), set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.read.add(node.id)
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "_base_":
            names.read.add(node.attr)
        elif isinstance(node, ast.Constant):
            match = _BASE_REFERENCE.fullmatch(str(node.value))
            names.read.update([match[1]] if match else [])
    return names


def _set_names(node: ast.AST) -> Iterator[str]:
    """Names that a statement gives a value, not those inside of functions."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _set_names(child)


class _Overrider(ast.NodeTransformer):
    """Adds an override behind each statement that sets its variable."""

    def __init__(self, overrides: dict[str, object]):
        self.overrides = overrides

    def _after(self, node: ast.stmt) -> list[ast.stmt]:
        set_here = set(_set_names(node))
        lines = [
            f"{target} = {value!r}"
            for target, value in self.overrides.items()
            if target.partition("[")[0] in set_here
        ]
        return [node, *ast.parse("\n".join(lines)).body]

    visit_Assign = visit_AnnAssign = visit_AugAssign = visit_Expr = _after
