"""Tables of published and reproduced results, in Markdown and CSV."""

import csv
import io
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from ...fileio import write_text
from ...text import markdown, markdown_table
from ...visualization import save_figure
from ...visualization.result_plot import PlotRow, result_figure
from .comparison import compare_rows, comparison_text
from .records import Record
from .rows import COSTS, FIGURES, Row, Table
from .scheduling import Finished
from .training_runs import Run

# Maximum number of characters of a reason in a table.
_REASON = 120


class Outcome(NamedTuple):
    """Result of a row.

    Attributes:
        records: Finished runs, one for each seed.
        costs: Costs by the names in ``COSTS``, of a table without trainings.
        reason: Reason if there are no results, or not for all seeds; tables show its beginning.
        failed: Whether the reason is an error.
    """

    records: Sequence[Record] = ()
    costs: Mapping[str, float] = {}
    reason: str = ""
    failed: bool = False


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
        found += _found(outcomes[row.name]) if row.name in outcomes else []
        lines += [same | line for line in found or [{}]]
    head = ["system", "data", "features", "supervision", "figures", *FIGURES.values(), *COSTS]
    return _markdown(head, lines)


def runs_text(rows: Sequence[Row], outcomes: Mapping[str, Outcome]) -> str:
    """Format a table of all runs in Markdown: costs, duration, commit and config of each.

    Args:
        rows: The rows.
        outcomes: Results by the names of rows.
    """
    lines = [
        {
            "system": row.system,
            "seed": str(record.seed),
            **{
                column: f"{100 * record.figures[key]:.1f}"
                for key, column in FIGURES.items()
                if key in ("mAP", "accuracy") and key in record.figures
            },
            "parameters": f"{record.num_params:,}",
            "GMACs": f"{record.macs / 1e9:.3g}",
            "training, min": f"{record.seconds / 60:.1f}",
            "checkpoint": record.checkpoint,
            "commit": record.commit,
            "config hash": record.config_hash,
        }
        for row in rows
        for record in outcomes.get(row.name, Outcome()).records
    ]
    return _markdown(list({column: None for line in lines for column in line}), lines)


def csv_text(rows: Sequence[Row], outcomes: Mapping[str, Outcome]) -> str:
    """Format all runs as CSV, one line each; rows without runs have one line as well.

    Args:
        rows: The rows.
        outcomes: Results by the names of rows.

    Returns:
        str: Measured and published figures are in percent, durations in seconds.
    """
    measured = [*FIGURES, *COSTS]
    head = ["row", "system", "data", "features", "supervision", "value", "seed", *measured]
    head += [f"published {name}" for name in measured]
    head += ["parameters", "macs", "seconds", "checkpoint", "commit", "config hash", "reason"]
    file = io.StringIO()
    writer = csv.DictWriter(file, head, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        outcome = outcomes.get(row.name, Outcome())
        same = {
            "row": row.name,
            "system": row.system,
            "data": row.dataset,
            "features": row.features,
            "supervision": row.supervision,
            "value": row.value,
            **{f"published {name}": value for name, value in row.published.items()},
            "reason": outcome.reason,
        }
        for record in outcome.records:
            figures = {key: 100 * record.figures[key] for key in FIGURES if key in record.figures}
            writer.writerow(same | figures | _of_run(record))
        if not outcome.records:
            writer.writerow(same | dict(outcome.costs))
    return file.getvalue()


def _of_run(record: Record) -> dict[str, object]:
    return {
        "seed": record.seed,
        "parameters": record.num_params,
        "macs": record.macs,
        "seconds": round(record.seconds, 1),
        "checkpoint": record.checkpoint,
        "commit": record.commit,
        "config hash": record.config_hash,
    }


def _published(row: Row) -> dict[str, str]:
    """Line with the published results of a row."""
    notes = [f"on {row.published_on}"] if row.published_on else []
    notes += [f"selected on: {row.selected_on}"] if row.selected_on else []
    source = f"published ({'; '.join(notes)})" if notes else "published"
    return {"figures": source} | {FIGURES.get(key, key): str(v) for key, v in row.published.items()}


def _found(outcome: Outcome) -> list[dict[str, str]]:
    """Lines with the reproduced results of a row."""
    lines = []
    if outcome.costs:
        lines.append({"figures": "counted"} | {k: f"{v:.2f}" for k, v in outcome.costs.items()})
    if outcome.records:
        runs = [record.figures for record in outcome.records]
        source = f"reproduced, selected on validation ({len(runs)})"
        values = {column: over_seeds(runs, key) for key, column in FIGURES.items()}
        lines.append({"figures": source} | values)
    if outcome.reason:
        lines.append({"figures": textwrap.shorten(outcome.reason, _REASON, placeholder=" ...")})
    return lines


def over_seeds(runs: Sequence[Mapping[str, float]], name: str) -> str:
    """Mean and standard deviation of a metric in percent; empty if a run lacks it."""
    values = [100 * run[name] for run in runs if name in run]
    if len(values) < len(runs):
        return ""
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"


def _markdown(head: Sequence[str], lines: Sequence[Mapping[str, str]]) -> str:
    """A table without empty columns."""
    columns = [column for column in head if any(line.get(column) for line in lines)]
    return markdown_table(columns, [[markdown(line.get(c, "")) for c in columns] for line in lines])


def outcomes_of(rows: Sequence[Row], finished: Mapping[Run, Finished]) -> dict[str, Outcome]:
    """Results of rows from the results of their runs.

    Args:
        rows: The rows.
        finished: Results of runs.

    Returns:
        dict: Results by the names of rows, without rows that have not been run.
    """
    outcomes = {row.name: Outcome(reason="no public code") for row in rows if row.config is None}
    for row in rows:
        results = [found for run, found in finished.items() if run.row.name == row.name]
        if results:
            reasons = [found.reason for found in results if found.reason]
            outcomes[row.name] = Outcome(
                [found.record for found in results if found.record],
                reason=reasons[0] if reasons else "",
                failed=any(found.failed for found in results),
            )
    return outcomes


def write_results(
    folder: Path, table: Table, finished: Mapping[Run, Finished], outcomes: Mapping[str, Outcome]
) -> None:
    """Write a table as ``table_NAME.md`` and ``.csv``, and its plot as ``table_NAME.png``.

    Args:
        folder: Output folder.
        table: The table.
        finished: Results of its runs.
        outcomes: Results by the names of rows.
    """
    path = folder / f"table_{table.name.replace('. ', '')}"
    parts = [f"# {table.name}: {table.title}", table_text(table.rows, outcomes)]
    if any(outcome.records for outcome in outcomes.values()):
        if compared := compare_rows(table.rows, finished):
            parts += ["## Differences in mAP", comparison_text(compared)]
        parts += ["## Runs", runs_text(table.rows, outcomes)]
    write_text(path.with_suffix(".md"), "\n\n".join(parts) + "\n")
    write_text(path.with_suffix(".csv"), csv_text(table.rows, outcomes))
    save_figure(path.with_suffix(".png"), table_figure(table, outcomes))


def table_figure(table: Table, outcomes: Mapping[str, Outcome]) -> Figure:
    """Plot the main result of a table: mAP, accuracy, or parameters.

    Args:
        table: The table.
        outcomes: Results by the names of rows.
    """
    known = {key for row in table.rows for key in row.published}
    known |= {key for outcome in outcomes.values() for r in outcome.records for key in r.figures}
    metric = next((key for key in ("mAP", "accuracy", "M Parameters") if key in known), "mAP")
    several = len({row.setting for row in table.rows}) > 1
    rows = []
    for row in table.rows:
        outcome = outcomes.get(row.name, Outcome())
        found = [100 * r.figures[metric] for r in outcome.records if metric in r.figures]
        found += [outcome.costs[metric]] if metric in outcome.costs else []
        setting = " ".join(filter(None, (row.features, row.supervision)))
        name = f"{row.system} ({setting})" if several and setting else row.system
        rows.append(PlotRow(name, row.published.get(metric), found, row.value))
    unit = metric if metric in COSTS else f"{metric} (%)"
    return result_figure(f"{table.name}: {table.title}", unit, rows, table.value)
