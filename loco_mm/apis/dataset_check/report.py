"""What a check of a dataset says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...text import printable, shortened

SEVERITIES = ("note", "warning", "error")
# Examples in a line of text; JSON has all.
_SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or suspicious.

    Attributes:
        severity: ``'error'``: training refuses it, or would learn what is not so;
            ``'warning'``: it costs something, or looks like a mistake; ``'note'``: worth knowing.
        check: Which check says so.
        where: Split, or ``'all'``.
        message: What it is.
        count: How many videos, events or classes.
        total: Of how many.
        examples: Them.
    """

    severity: str
    check: str
    where: str
    message: str
    count: int | None = None
    total: int | None = None
    examples: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, severity: str, check: str, where: str, message: str, found: Sequence[str], total: int
    ) -> "Iterable[Finding]":
        """A finding of examples, if there are any."""
        if found:
            yield cls(severity, check, where, message, len(found), total, tuple(found))

    def line(self) -> str:
        """In one line, with the first examples."""
        count = f"{self.count} of {self.total} " if self.total else ""
        text = f"{self.severity:8} {self.where:11} {self.check:18} {count}{self.message}"
        if self.examples:
            more = ", ..." if len(self.examples) > _SHOWN else ""
            shown = ", ".join(shortened(example, 160) for example in self.examples[:_SHOWN])
            text += f": {shown}{more}"
        return printable(text)


@dataclass
class Report:
    """All of a dataset.

    Attributes:
        findings: What was found.
        splits (dict[str, dict]): Figures of each split.
        classes: Events of each class, by split.
    """

    findings: list[Finding] = field(default_factory=list)
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    classes: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def severity(self) -> str | None:
        """The worst of all findings, None without any."""
        found = {finding.severity for finding in self.findings}
        return next((s for s in reversed(SEVERITIES) if s in found), None)

    @property
    def exit_status(self) -> int:
        """2 with errors, 1 with warnings, else 0."""
        return {"error": 2, "warning": 1}.get(self.severity or "", 0)

    def to_json(self) -> dict:
        """As plain data."""
        return dict(
            severity=self.severity,
            findings=[vars(finding) for finding in self.sorted()],
            splits=self.splits,
            classes=self.classes,
        )

    def sorted(self) -> list[Finding]:
        """The worst first."""
        return sorted(self.findings, key=lambda finding: -SEVERITIES.index(finding.severity))

    def table(self, per_class: bool = False) -> str:
        """Figures of the splits in columns, events of classes, and findings."""
        lines = _columns("", self.splits)
        if per_class:
            by_split = {
                name: {label: counts.get(name, 0) for label, counts in self.classes.items()}
                for name in self.splits
            }
            lines += ["", *_columns("events of", by_split)]
        lines += ["", *(finding.line() for finding in self.sorted())] if self.findings else []
        counts = [(s, sum(f.severity == s for f in self.findings)) for s in reversed(SEVERITIES)]
        lines += ["", ", ".join(f"{n} {s}s" for s, n in counts)]
        return "\n".join(lines)


def _columns(title: str, columns: dict[str, dict[str, Any]]) -> list[str]:
    """Rows of the keys of all columns, in their order."""
    keys = list(dict.fromkeys(key for column in columns.values() for key in column))
    left = max([len(title), *(len(printable(key)) for key in keys)])
    cells = {name: [_shown(column.get(key)) for key in keys] for name, column in columns.items()}
    widths = {name: max([len(name), *map(len, texts)]) for name, texts in cells.items()}
    head = "  ".join([title.ljust(left), *(name.rjust(widths[name]) for name in cells)])
    rows = [
        "  ".join(
            [printable(key).ljust(left), *(cells[name][i].rjust(widths[name]) for name in cells)]
        )
        for i, key in enumerate(keys)
    ]
    return [head, *rows]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
