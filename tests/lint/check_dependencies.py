"""The locked dependencies, and their documentation."""

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from loco_mm._compat import _requirements

from ..comparing import ROOT

LOCKED = [
    Requirement(line)
    for line in (ROOT / "requirements-lock.txt").read_text().splitlines()
    if line and not line.lstrip().startswith("#")
]


def versions(name):
    return [
        str(requirement.specifier).removeprefix("==")
        for requirement in LOCKED
        if canonicalize_name(requirement.name) == canonicalize_name(name)
    ]


def test_every_dependency_is_locked_in_a_version_that_is_allowed():
    asked = _requirements()
    assert len(asked) > 10
    for requirement in asked:
        found = versions(requirement.name)
        assert found, requirement
        assert all(requirement.specifier.contains(version) for version in found), requirement


def test_the_lock_names_one_version_each_and_no_address():
    for requirement in LOCKED:
        [specifier] = requirement.specifier
        assert specifier.operator == "=="
        assert requirement.url is None
    assert "://" not in (ROOT / "requirements-lock.txt").read_text()


def test_every_licence_is_listed():
    text = (ROOT / "docs" / "dependencies.md").read_text()
    rows = re.findall(r"^\| (.*) \| (.*) \|$", text, re.M)
    listed = {name for licence, names in rows if licence for name in names.split(", ")}
    assert {requirement.name for requirement in LOCKED} <= listed
