"""Rules of the house that a linter does not know."""

import ast

import pytest
from mmengine.registry import Registry

import loco_mm.registry
from loco_mm.apis import load_config  # noqa: F401  (registers all components)

from .comparing import ROOT

SOURCES = sorted([*(ROOT / "loco_mm").rglob("*.py"), *(ROOT / "tools").rglob("*.py")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_under_300_lines_and_functions_under_40(path):
    text = path.read_text()
    # What one system alone uses stands in one file.
    assert len(text.splitlines()) < 300 or path.parent.name == "systems"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = node.body[0] if ast.get_docstring(node) else None
            length = node.end_lineno - node.lineno + 1
            if docstring is not None:
                length -= docstring.end_lineno - docstring.lineno + 1
            assert length <= 40, node.name


# What is not of one module: the tools, and attacks on the whole.
APART = {"tools", "robustness"}
MIRRORED = [
    path for path in sorted((ROOT / "tests").glob("*/**/test_*.py")) if path.parts[-2] not in APART
]


@pytest.mark.parametrize("path", MIRRORED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_test_stands_where_its_module_does(path):
    """Tests of several modules together stand directly in ``tests``."""
    inside = path.relative_to(ROOT / "tests")
    module = ROOT / "loco_mm" / inside.with_name(inside.name.removeprefix("test_"))
    assert module.is_file(), f"there is no {module.relative_to(ROOT)}"


# What a room may import stands before it.
ROOMS = (
    "errors", "text", "schema", "arguments", "arrays", "structures", "tasks", "fileio", "exchange",
    "ops", "registry", "_compat", "media", "features", "datasets", "models", "evaluation",
    "visualization", "engine", "apis", "testing",
)  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_downwards(room):
    package = ROOT / "loco_mm"
    files = [package / f"{room}.py"] if (package / f"{room}.py").is_file() else []
    for path in files or (package / room).rglob("*.py"):
        folder = path.relative_to(package).parts[:-1]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                parts = (*folder[: len(folder) - node.level + 1], *(node.module or "").split("."))
                inside = [part for part in parts if part] or [a.name for a in node.names]
                assert ROOMS.index(inside[0]) <= ROOMS.index(room), f"{path}: {inside}"


def test_every_room_is_listed():
    found = {p.name.removesuffix(".py") for p in (ROOT / "loco_mm").iterdir()}
    assert found - {"__init__", "__pycache__", "py.typed"} == set(ROOMS)


def test_every_component_checks_what_a_config_gives_it():
    registries = (value for value in vars(loco_mm.registry).values() if isinstance(value, Registry))
    ours = {
        kind
        for registry in registries
        for kind in registry.module_dict.values()
        if kind.__module__.startswith("loco_mm.") and "__init__" in vars(kind)
    }
    unchecked = {k.__name__ for k in ours if not hasattr(vars(k)["__init__"], "is_checked")}
    # What a whole run is made of is checked with its config.
    assert unchecked == {"CheckedRunner"}
    assert len(ours) > 15
