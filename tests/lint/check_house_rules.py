"""Rules of the project that no linter checks."""

import ast
import sys

from mmengine.registry import Registry

import loco_mm.registry
from loco_mm.apis import load_config  # noqa: F401  (registers all components)

from ..comparing import ROOT

TOOLS = sorted((ROOT / "tools").rglob("*.py"))
SOURCES = sorted([*(ROOT / "loco_mm").rglob("*.py"), *TOOLS])


def test_files_are_under_300_lines():
    """Except for `systems`: the components of a system are in a single file."""
    long = [path for path in SOURCES if len(path.read_text().splitlines()) >= 300]
    assert [path for path in long if path.parent.name != "systems"] == []


def test_functions_are_under_40_lines():
    long = [
        f"{path}: {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and length(node) > 40
    ]
    assert long == []


def length(node):
    """Number of lines of a function without its docstring."""
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    return lines


def test_tools_import_heavy_packages_after_their_arguments():
    """So that ``--help`` is fast, tools import only the standard library at the top."""
    for path in TOOLS:
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in getattr(node, "names", ())]
            for name in [node.module] if isinstance(node, ast.ImportFrom) else names:
                assert name.partition(".")[0] in sys.stdlib_module_names, f"{path}: {name}"


# Tests that do not belong to a single module: tools, and attacks.
APART = {"tools", "robustness"}
MIRRORED = [
    path for path in sorted((ROOT / "tests").glob("*/**/test_*.py")) if path.parts[-2] not in APART
]


def test_a_test_stands_where_its_module_does():
    """Tests of several modules are directly in ``tests``."""
    for path in MIRRORED:
        inside = path.relative_to(ROOT / "tests")
        module = ROOT / "loco_mm" / inside.with_name(inside.name.removeprefix("test_"))
        # The scripts of the page are tested in a browser.
        modules = module, module.with_suffix(".js")
        assert any(found.is_file() for found in modules), f"{path}: there is no {module}"


# Packages may import those before them: first the core, then what is around it.
CORE = (
    "errors", "optional", "text", "schema", "arguments", "arrays", "structures", "tasks", "fileio",
    "ops", "registry", "_compat", "datasets", "models", "evaluation", "engine",
)  # fmt: skip
AROUND = (
    "exchange", "media", "features", "worlds", "visualization", "apis", "testing", "utils",
    "console",
)  # fmt: skip
ROOMS = CORE + AROUND


def test_imports_point_downwards():
    package = ROOT / "loco_mm"
    for path in package.rglob("*.py"):
        if path == package / "__init__.py":
            continue
        *folder, name = path.relative_to(package).with_suffix("").parts
        room = ROOMS.index(folder[0] if folder else name)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                parts = (*folder[: len(folder) - node.level + 1], *(node.module or "").split("."))
                inside = [part for part in parts if part] or [a.name for a in node.names]
                assert ROOMS.index(inside[0]) <= room, f"{path}: {inside}"


def test_every_room_is_listed():
    found = {p.name.removesuffix(".py") for p in (ROOT / "loco_mm").iterdir()}
    assert found - {"__init__", "__pycache__", "py.typed", ".mim"} == set(ROOMS)


def test_every_component_checks_what_a_config_gives_it():
    registries = (value for value in vars(loco_mm.registry).values() if isinstance(value, Registry))
    ours = {
        kind
        for registry in registries
        for kind in registry.module_dict.values()
        if kind.__module__.startswith("loco_mm.") and "__init__" in vars(kind)
    }
    unchecked = {k.__name__ for k in ours if not hasattr(vars(k)["__init__"], "is_checked")}
    # Components of a run are checked together with its config.
    assert unchecked == {"CheckedRunner"}
    assert len(ours) > 15
