"""A griffe extension that turns the Sphinx roles of docstrings into links."""

import re
import sys
from collections import defaultdict

import griffe

ROLE = re.compile(r":(?:class|data|func|meth|mod):`~?([\w.]+)`")
PACKAGE = "loco_mm"


class Roles(griffe.Extension):
    """Turns each role, such as ``:func:`name```, into code that links to what it names.

    A name is looked up in the object that has the docstring, then in what contains the object, and
    then in the whole package, if it is unique there. One that does not exist is a warning, which
    ``mkdocs build --strict`` refuses. What is not in the reference is not linked.
    """

    def on_package(self, *, pkg: griffe.Module, **kwargs) -> None:
        objects = list(objects_of(pkg))
        paths = defaultdict(set)
        for each in objects:
            parts = each.path.split(".")
            for start in range(len(parts)):
                paths[".".join(parts[start:])].add(each.path)
            for member in each.members.values():
                if member.is_alias:
                    paths[member.path].add(member.target_path)
        for each in objects:
            if each.docstring:
                each.docstring.value = ROLE.sub(
                    lambda role, each=each: link(role[1], each.path, paths), each.docstring.value
                )


def objects_of(module):
    yield module
    for member in module.members.values():
        if not member.is_alias:
            yield from objects_of(member)


def link(name, place, paths):
    """HTML of a link to a name in the docstring of ``place``."""
    found = paths.get(name, set())
    is_ours = name.startswith(f"{PACKAGE}.") or "." not in name
    if is_ours and not found and name not in sys.stdlib_module_names:
        griffe.logger.warning(f"{place}: the docstring names {name!r}, which does not exist")
    code = f"<code>{name}</code>"
    parts = place.split(".")
    scopes = [".".join([*parts[:end], name]) for end in range(len(parts), 0, -1)]
    target = next((path for path in scopes if path in found), None)
    if target is None and len(found) == 1:
        target = next(iter(found))
    return f'<autoref optional identifier="{target}">{code}</autoref>' if target else code
