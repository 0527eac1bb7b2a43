"""The report of a dataset check."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...text import counted, printable, shortened

SEVERITIES = ("note", "warning", "error")
# Maximum number of examples per line of text; JSON contains all.
_SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """A problem, or a remark.

    Attributes:
        severity: ``'error'``: training fails or learns from wrong data; ``'warning'``: probably a
            mistake, or results get worse; ``'note'``: for information.
        check: Name of the check.
        where: Name of the split, or ``'all'``.
        message: Description of the problem.
        count: Number of affected videos, events or classes.
        total: Total number of these.
        examples: The affected ones.
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
        """A finding for a list of examples, unless it is empty."""
        if found:
            yield cls(severity, check, where, message, len(found), total, tuple(found))

    def line(self) -> str:
        """Text on one line, with the first examples."""
        count = f"{self.count} of {self.total} " if self.total else ""
        text = f"{self.severity:8} {self.where:11} {self.check:18} {count}{self.message}"
        if self.examples:
            more = ", ..." if len(self.examples) > _SHOWN else ""
            shown = ", ".join(shortened(example, 160) for example in self.examples[:_SHOWN])
            text += f": {shown}{more}"
        return printable(text)


@dataclass
class Report:
    """Results for all splits of a dataset.

    Attributes:
        findings: Problems and remarks.
        splits (dict[str, dict]): Statistics of each split.
        classes: Number of events of each class, by split.
    """

    findings: list[Finding] = field(default_factory=list)
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    classes: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def severity(self) -> str | None:
        """The worst severity; None without findings."""
        found = {finding.severity for finding in self.findings}
        return next((s for s in reversed(SEVERITIES) if s in found), None)

    @property
    def exit_status(self) -> int:
        """2 with errors, 1 with warnings, otherwise 0."""
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
        """Findings, worst first."""
        return sorted(self.findings, key=lambda finding: -SEVERITIES.index(finding.severity))

    def table(self, per_class: bool = False) -> str:
        """Text with the statistics of all splits, events by class, and findings."""
        lines = _columns("", {name: _readable(split) for name, split in self.splits.items()})
        if per_class:
            by_split = {
                name: {label: counts.get(name, 0) for label, counts in self.classes.items()}
                for name in self.splits
            }
            lines += ["", *_columns("events of", by_split)]
        lines += ["", *(finding.line() for finding in self.sorted())] if self.findings else []
        counts = [(s, sum(f.severity == s for f in self.findings)) for s in reversed(SEVERITIES)]
        lines += ["", ", ".join(counted(n, s) for s, n in counts)]
        return "\n".join(lines)


def _columns(title: str, columns: dict[str, dict[str, Any]]) -> list[str]:
    """Table with one row for each key of the columns."""
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


def _readable(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures in the same order, with hours as h:min:s."""
    shown = {}
    for key, value in figures.items():
        if key == "hours":
            minutes, seconds = divmod(round(3600 * value), 60)
            key, value = "h:min:s", f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        shown[key] = value
    return shown
