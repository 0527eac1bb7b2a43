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
        File(name, str(ROOT), config.site_dir, config.use_directory_urls)
        for name in existing(PAGES)
    ]
    sources = [
        File.generated(config, f"{name}.md", content=listing(name)) for name in existing(SOURCES)
    ]
    return Files([*theme, *ours, *sources, *reference(config)])


def existing(patterns):
    """Paths of files in the repository, relative to it."""
    found = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def listing(name):
    """A page with a source file, which the search leaves out."""
    code = (ROOT / name).read_text()
    return f"---\nsearch: {{exclude: true}}\n---\n# `{name}`\n\n````python\n{code}````\n"


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
        folder = name.replace(".", "/")
        public = (ROOT / folder / "__init__.py").read_text()
        # A function with the name of its module is hidden by it.
        modules = [path.removesuffix(".py").split("/") for path in existing([f"{folder}/**/*.py"])]
        hidden = [
            f"::: {'.'.join(parts)}.{parts[-1]}\n    options: {{show_root_heading: true}}"
            for parts in modules
            if f'"{parts[-1]}"' in public
        ]
        content = "\n\n".join([f"# {name}", f"::: {name}", *hidden])
        yield File.generated(config, f"api/{name}.md", content=f"{content}\n")


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
