"""Files named in the documentation exist, and its configs can be loaded."""

import ast
import importlib
import inspect
import os
import re
import runpy
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from loco_mm.apis import load_config
from loco_mm.features import build_extractor
from loco_mm.registry import EXTRACTORS
from loco_mm.structures import FeatureKind

from ..comparing import CONFIGS, ROOT
from ..media_files import write_flash

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *CONFIGS.rglob("*.md"),
        *(ROOT / "tests").rglob("*.md"),
    ]
)
BLOCKS = [
    (path, language, text)
    for path in PAGES
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", path.read_text(), re.S | re.M)
]


def run(program, *arguments):
    """Run a program of this environment in the checkout."""
    done = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=ROOT,
        env=os.environ | dict(NO_MKDOCS_2_WARNING="1"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def load_block(text, folder):
    """A config in the documentation, written to a file in the config folder."""
    config = folder / "config.py"
    config.write_text(text.replace('_base_ = "', f'_base_ = "{CONFIGS}/'))
    return load_config(str(config))


def found(pattern):
    """(page, match) for all pages."""
    for path in PAGES:
        text = path.read_text()
        yield from ((path, match) for match in re.findall(pattern, text))


@pytest.mark.run
def test_the_site_can_be_built_and_has_all_public_names(tmp_path):
    """Links and anchors of all pages, and names in docstrings, exist: others are errors."""
    run("mkdocs", "build", "--strict", "--site-dir", tmp_path)
    inventory = zlib.decompress((tmp_path / "objects.inv").read_bytes().split(b"zlib.\n", 1)[1])
    named = {line.split()[0] for line in inventory.decode().splitlines()}
    for name in ("apis", "datasets", "evaluation", "models", "ops", "testing"):
        package = importlib.import_module(f"loco_mm.{name}")
        public = [getattr(package, each) for each in package.__all__]
        missing = {
            f"{each.__module__}.{each.__name__}"
            for each in public
            if inspect.isclass(each) or inspect.isfunction(each)
        } - named
        assert not missing


def test_names_in_docstrings_become_links(caplog):
    link = runpy.run_path(str(ROOT / "docs" / "site" / "roles.py"))["link"]
    paths = {"B": {"loco_mm.m.B", "loco_mm.n.B"}, "C": {"loco_mm.n.C"}}
    for place, name, target in (
        ("loco_mm.m.A.method", "B", "loco_mm.m.B"),
        ("loco_mm.m.A.method", "C", "loco_mm.n.C"),
    ):
        expected = f'<autoref optional identifier="{target}"><code>{name}</code></autoref>'
        assert link(name, place, paths) == expected
    assert link("B", "loco_mm.o.A", paths) == "<code>B</code>"  # ambiguous
    assert link("torch.nn.Module", "loco_mm.o.A", paths) == "<code>torch.nn.Module</code>"
    assert not caplog.records
    link("D", "loco_mm.o.A", paths)
    assert "loco_mm.o.A: the docstring names 'D', which does not exist" in caplog.text


@pytest.mark.run
def test_the_container_and_the_forms_are_valid():
    run("hadolint", "docker/Dockerfile")
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    for schema, files in (
        ("github-workflows", sorted((ROOT / ".github" / "workflows").glob("*.yml"))),
        ("github-issue-forms", [form for form in forms if form.stem != "config"]),
        ("github-issue-config", [form for form in forms if form.stem == "config"]),
    ):
        assert files
        run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def test_the_changelog_begins_with_the_version_of_the_package():
    (version,) = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert first[1] == version


def test_files_that_are_named_exist():
    for path, name in found(r"`((?:loco_mm|configs|tools|tests|docs)/[\w./-]*)`"):
        assert (ROOT / name).exists(), f"{path}: {name}"


def test_options_of_tools_exist():
    for path, (tool, rest) in found(r"python (tools/[\w/]+\.py)((?:\\\n|[^`\n])*)"):
        source = (ROOT / tool).read_text()
        for option in re.findall(r"(--[\w-]+)", rest):
            assert f'"{option}"' in source, f"{path}: {tool} {option}"


def test_every_page_is_linked_from_the_readme():
    readme = (ROOT / "README.md").read_text()
    for page in (
        *ROOT.glob("docs/*.md"),
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        CONFIGS / "README.md",
    ):
        assert f"]({page.relative_to(ROOT)})" in readme


@pytest.mark.parametrize(
    ("path", "text"),
    [(path, text) for path, language, text in BLOCKS if language == "python"],
    ids=lambda value: None if isinstance(value, str) else value.stem,
)
def test_python_blocks_parse_and_configs_load(path, text, tmp_path):
    ast.parse(text)
    if text.startswith("_base_"):
        load_block(text, tmp_path)


def test_the_config_for_features_of_ones_own_does_what_it_says(tmp_path):
    text = next(t for p, _, t in BLOCKS if p.name == "data.md" and "features = dict(" in t)
    cfg = load_block(text, tmp_path)
    for split in ("train", "val", "test"):
        kind = FeatureKind.from_config(cfg[f"{split}_dataloader"].dataset.features)
        assert kind.files("v") == ["v_clip.npy", "v_beats.npy"]
        assert (kind.visual.dim, kind.audio.dim) == (512, 768)
        assert kind.grid.fps == 8


def test_the_extractor_of_ones_own_extracts(tmp_path):
    text = next(t for p, _, t in BLOCKS if p.name == "features.md" and "EXTRACTORS" in t)
    try:
        exec(text, {})
        extractor = build_extractor(dict(type="brightness"))
    finally:
        EXTRACTORS.module_dict.pop("brightness", None)
    _, features = extractor.extract(write_flash(tmp_path / "x.mp4", seconds=4))
    brightness = features["_brightness.npy"]
    assert brightness.shape == (13, 1) and features["_spectral_audio.npy"].shape == (13, 130)
    # 20 is the level of the dark frames; the flash is in the windows that cover it.
    assert abs(brightness[:8] - 20).max() < 3 < brightness[10, 0] - 20


def test_the_options_of_the_questions_are_accepted():
    text = (ROOT / "docs" / "faq.md").read_text()
    options = re.findall(
        r"((?:train_dataloader|default_hooks|optim_wrapper)\.[\w.]+)=([\w.]+)", text
    )
    assert len(options) >= 5
    for key, value in options:
        load_config(str(CONFIGS / "loco_unav100_onepeace.py"), {key: ast.literal_eval(value)})
