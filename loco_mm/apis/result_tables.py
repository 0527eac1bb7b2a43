"""Tables of published and reproduced results."""

import statistics
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mmengine
from pydantic import TypeAdapter

from ..engine.config import read_file
from ..errors import InputError
from ..schema import conform
from ..text import file_name, markdown, markdown_table

TABLES = ("I", "II")
# Columns, in percent, by the names of metrics and of results in metafiles.
FIGURES = {f"mAP@{overlap}": f"mAP@{overlap}" for overlap in (0.5, 0.6, 0.7, 0.8, 0.9)}
FIGURES |= {"mAP": "mAP", "accuracy": "accuracy", "background_recall": "recall of background"}
# Maximum number of characters of a reason in a table.
_REASON = 120


class Row(NamedTuple):
    """A row of a table: a system on a dataset.

    Attributes:
        name: Name of the row and of its folder.
        config: Config to run; None if there is no code.
        system: Name of the system.
        dataset: Name of the dataset.
        supervision: ``'fully'`` or ``'weakly'``, for labels of segments.
        features: Kind of features, for events.
        published: Published results in percent, by the names in ``FIGURES``.
        selected_on: Split on which the published epoch was selected.
        options: Values by dotted key, for the config.
    """

    name: str
    config: Path | None
    system: str
    dataset: str
    supervision: str = ""
    features: str = ""
    published: dict[str, float] = {}
    selected_on: str = ""
    options: dict[str, Any] = {}


class Outcome(NamedTuple):
    """Result of running a row.

    Attributes:
        figures: Metrics of each seed, as fractions, by the names in ``FIGURES``.
        reason: Reason if there are no results; tables show its beginning.
        failed: Whether the reason is an error.
    """

    figures: list[dict[str, float]] = []
    reason: str = ""
    failed: bool = False


def read_rows(table: str, root: Path) -> list[Row]:
    """Read the rows of a table.

    Args:
        table: One of ``TABLES``, the tables of the paper, whose rows come from the metafiles of the
            configs; or a plan, a Python file with a list of dicts ``rows``, whose keys are the
            attributes of :class:`Row`.
        root: Folder of the project, to which paths of configs are relative.

    Returns:
        list[Row]: Rows in the order of the plan; for the paper's tables, sorted by setting, and
        within a setting by the result of the system in the first setting.

    Raises:
        InputError: The table is unknown, or the plan is invalid.
    """
    if table in TABLES:
        return _paper_rows(table, root)
    if not Path(table).is_file():
        known = ", ".join(TABLES)
        raise InputError(f"--table: expected {known} or the file of a plan, got {table}")
    plan = read_file(table)[0].to_dict()
    rows = conform(
        TypeAdapter(list[Row]), plan.get("rows"), f"plan {table}", ("rows",), dotted=True
    )
    for number, row in enumerate(rows):
        file_name(f"plan {table}", row.name, what=f"rows.{number}.name")
        if unknown := sorted(set(row.published) - set(FIGURES)):
            raise InputError(
                f"plan {table}: rows.{number}.published: expected some of {', '.join(FIGURES)}, "
                f"got {', '.join(unknown)}"
            )
    return [row._replace(config=row.config and root / row.config) for row in rows]


def _paper_rows(table: str, root: Path) -> list[Row]:
    """The rows of one of the paper's tables."""
    entries = []
    for path in mmengine.load(root / "model-index.yml")["Import"]:
        file = mmengine.load(root / path)
        entries += [(m["Name"], root / m["Config"], m.get("Published")) for m in file["Models"]]
        for collection in file.get("Collections", ()):
            entries += [(collection["Name"], None, p) for p in collection.get("Published", ())]
    rows = [
        _published_row(name, config, published)
        for name, config, published in entries
        if published and published["Table"] == table
    ]
    first = min(_setting(row) for row in rows)
    rank = {row.system: _mean(row.published) for row in rows if _setting(row) == first}
    return sorted(rows, key=lambda row: (_setting(row), rank[row.system]))


def _published_row(name: str, config: Path | None, published: dict[str, Any]) -> Row:
    """Row for a published result in a metafile."""
    return Row(
        name,
        config,
        published["System"],
        published["Dataset"],
        published.get("Supervision", ""),
        published.get("Features", ""),
        {
            figure: published[key]
            for key in published
            for figure in FIGURES
            if key.lower() == figure.lower()
        },
        published.get("Selected On", ""),
    )


def _setting(row: Row) -> tuple[str, str, str]:
    return row.dataset, row.features, row.supervision


def _mean(figures: dict[str, float]) -> float:
    """The main metric of a row."""
    return figures["mAP" if "mAP" in figures else "accuracy"]


def table_text(rows: Sequence[Row], outcomes: Mapping[str, Outcome]) -> str:
    """Format a table in Markdown, with a published and a reproduced line for each row.

    Empty columns are omitted.

    Args:
        rows: The rows.
        outcomes: Results by the names of rows.
    """
    lines: list[dict[str, str]] = []
    for row in rows:
        same = dict(system=row.system, data=row.dataset)
        same |= dict(features=row.features, supervision=row.supervision)
        found = [_published(row)] if row.published else []
        found += [_found(outcomes[row.name])] if row.name in outcomes else []
        lines += [same | line for line in found or [{}]]
    columns = ["system", "data", "features", "supervision", "figures", *FIGURES.values()]
    columns = [column for column in columns if any(line.get(column) for line in lines)]
    cells = [[markdown(line.get(column, "")) for column in columns] for line in lines]
    return markdown_table(columns, cells)


def _published(row: Row) -> dict[str, str]:
    """Line with the published results of a row."""
    source = f"published (selected on: {row.selected_on})" if row.selected_on else "published"
    return {"figures": source} | {FIGURES[key]: str(v) for key, v in row.published.items()}


def _found(outcome: Outcome) -> dict[str, str]:
    """Line with the reproduced results of a row."""
    runs = outcome.figures
    if not runs:
        return {"figures": textwrap.shorten(outcome.reason, _REASON, placeholder=" ...")}
    source = f"reproduced, selected on validation ({len(runs)})"
    return {"figures": source} | {column: _over_seeds(runs, key) for key, column in FIGURES.items()}


def _over_seeds(runs: list[dict[str, float]], name: str) -> str:
    """Mean and standard deviation of a metric in percent; empty if a run lacks it."""
    values = [100 * run[name] for run in runs if name in run]
    if len(values) < len(runs):
        return ""
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"
