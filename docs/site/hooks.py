"""MkDocs hooks: the site has the layout of the repository, so that links hold in both.

The site also contains the source of the configs that pages link to, and an API reference.
"""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

log = logging.getLogger("mkdocs.hooks")
ROOT = Path(__file__).parents[2]
PAGES = (
    *("*.md", "docs/*.md", "docs/notebooks/*.ipynb", "docs/tables/*/*"),
    *("configs/**/*.md", "configs/assets/*", "tests/robustness/*.md", "tests/robustness/*.json"),
)
SOURCES = ("configs/**/*.py", "tools/plans/*.py", "tests/robustness/*.py")


@event_priority(100)  # Before plugins look at the files.
def on_files(files, config):
    """Take the files of the repository instead of those of the folder ``docs``."""
    theme = [file for file in files if file.src_dir != config.docs_dir]
    ours = [
        File(
            path.relative_to(ROOT).as_posix(), str(ROOT), config.site_dir, config.use_directory_urls
        )
        for path in existing(PAGES)
    ]
    sources = [
        File.generated(config, f"{path.relative_to(ROOT).as_posix()}.md", content=listing(path))
        for path in existing(SOURCES)
    ]
    return Files([*theme, *ours, *sources, *reference(config)])


def existing(patterns):
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def listing(path):
    """A page with a source file, which the search leaves out."""
    name = path.relative_to(ROOT).as_posix()
    return (
        f"---\nsearch: {{exclude: true}}\n---\n# `{name}`\n\n````python\n{path.read_text()}````\n"
    )


def on_config(config):
    """Add the reference to the navigation."""
    config.nav.append({"Reference": [f"api/{name}.md" for name in packages()]})


def packages():
    """Names of the subpackages that list their public names."""
    found = sorted((ROOT / "loco_mm").glob("*/__init__.py"))
    return [f"loco_mm.{path.parent.name}" for path in found if "__all__ = [" in path.read_text()]


def reference(config):
    """A page for each subpackage."""
    for name in packages():
        folder = ROOT / name.replace(".", "/")
        # A function with the name of its module is hidden by it.
        hidden = [
            f"::: {dotted(path)}.{path.stem}\n    options: {{show_root_heading: true}}"
            for path in sorted(folder.rglob("*.py"))
            if f'"{path.stem}"' in (folder / "__init__.py").read_text()
        ]
        content = "\n\n".join([f"# {name}", f"::: {name}", *hidden])
        yield File.generated(config, f"api/{name}.md", content=f"{content}\n")


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def on_page_markdown(markdown, page, config, files):
    """Links to source files lead to their pages."""
    return re.sub(r"(\]\([^)\s#]+\.py)\)", r"\1.md)", markdown)


def on_page_content(html, page, config, files):
    """Links of notebooks, which MkDocs does not look at, lead to pages."""

    def resolved(link):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), link[2]))
        target = files.get_file_from_path(path)
        if target is None:
            log.warning(f"{page.file.src_uri}: the link {link[2]!r} leads nowhere")
            return link[0]
        return f'{link[1]}="{target.url_relative_to(page.file)}"'

    if not page.file.src_uri.endswith(".ipynb"):
        return html
    return re.sub(r'\b(href|src)="(\.\./[^"#]+)"', resolved, html)
