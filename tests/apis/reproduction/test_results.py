"""Tables of published and reproduced results."""

import csv
import io

import pytest

from loco_mm.apis.reproduction import (
    Finished,
    Outcome,
    Record,
    Row,
    Run,
    Table,
    outcomes_of,
    read_table,
    table_text,
    write_results,
)
from loco_mm.apis.reproduction.results import csv_text, runs_text, table_figure

from ...comparing import ROOT

ROW = Row("a", ROOT / "a.py", "A", "d", "fully", published={"accuracy": 77.8}, selected_on="test")


def lines_of(text, system=""):
    """Lines of a table, or of one system, as dicts by column."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads, _, *rows = ([cell.strip() for cell in line[2:-2].split(" | ")] for line in lines)
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    return [row for row in found if row["system"] == system or not system]


def record(seed=0, **figures):
    return Record(
        "a.py", [], "hash", "commit", seed, 90.0, figures, "best.pth", "p.json", 1234, 5 * 10**9
    )


def test_published_figures_of_the_paper():
    lines = lines_of(table_text(read_table("I", ROOT).rows, {}))
    assert {line["figures"] for line in lines} == {"published"}
    figures = [value for key, value in lines[-1].items() if "mAP" in key]
    assert figures == ["58.5", "53.2", "46.7", "38.1", "26.8", "54.9"]
    figures = [value for key, value in lines[3].items() if "mAP" in key]
    assert figures == ["46.2", "", "", "", "", "44.4"]
    lines = lines_of(table_text(read_table("II", ROOT).rows, {}))
    assert len(lines) == 25
    assert lines[2]["figures"] == "published (selected on: not stated)"
    assert lines[2]["accuracy"] == "77.6"


def test_columns_that_nothing_fills_are_left_out():
    row = Row("a", None, "A", "d", published={"mAP": 70.0})
    text = table_text([row, row._replace(name="b", published={})], {})
    assert [list(line.values()) for line in lines_of(text)] == [
        ["A", "d", "published", "70.0"],
        ["A", "d", "", ""],
    ]


def test_figures_of_several_seeds():
    pairs = [(0.7, 0.5), (0.72, 0.5), (0.74, 0.8)]
    runs = [record(accuracy=a, background_recall=r, other=1.0) for a, r in pairs]

    def here(*arguments, **keywords):
        text = table_text([ROW], dict(a=Outcome(*arguments, **keywords)))
        published, *found = (list(line.values())[3:] for line in lines_of(text))
        assert published[:2] == ["published (selected on: test)", "77.8"]
        return found

    assert here(runs) == [["reproduced, selected on validation (3)", "72.0 ± 2.0", "60.0 ± 17.3"]]
    assert here(runs[:1]) == [["reproduced, selected on validation (1)", "70.0", "50.0"]]
    # Some seeds lack it.
    assert here([*runs, record(accuracy=0.7)])[0][1:] == ["71.5 ± 1.9"]
    assert here(reason="failed: it ended", failed=True) == [["failed: it ended", ""]]
    assert here(reason="word " * 50)[0][0] == "word " * 23 + "..."
    # One of the seeds failed.
    reason = here(runs[:2], reason="failed: it ended", failed=True)
    assert [line[0] for line in reason] == [
        "reproduced, selected on validation (2)",
        "failed: it ended",
    ]


def test_a_world_is_not_the_data_of_the_published_figures():
    row = ROW._replace(dataset="short", published_on="UnAV-100, ONE-PEACE")
    (line,) = lines_of(table_text([row], {}))
    assert line["figures"] == "published (on UnAV-100, ONE-PEACE; selected on: test)"


def test_every_run_is_listed():
    outcomes = dict(a=Outcome([record(0, accuracy=0.7), record(4, accuracy=0.725)]))
    first, second = lines_of(runs_text([ROW], outcomes))
    assert second == {
        **{"system": "A", "seed": "4", "accuracy": "72.5", "parameters": "1,234", "GMACs": "5"},
        **{"training, min": "1.5", "checkpoint": "best.pth", "commit": "commit"},
        "config hash": "hash",
    }
    assert first["seed"] == "0"
    rows = [ROW, Row("b", None, "B, b", "d", value=3.0, published={"mAP": 1.0})]
    outcomes["b"] = Outcome(reason="no public code")
    lines = list(csv.DictReader(io.StringIO(csv_text(rows, outcomes))))
    assert [(line["row"], line["seed"]) for line in lines] == [("a", "0"), ("a", "4"), ("b", "")]
    assert (lines[1]["accuracy"], lines[1]["published accuracy"]) == ("72.5", "77.8")
    assert (lines[1]["seconds"], lines[1]["commit"]) == ("90.0", "commit")
    assert (lines[2]["system"], lines[2]["value"], lines[2]["reason"]) == (
        *("B, b", "3.0"),
        "no public code",
    )


def test_runs_of_a_row_make_its_result():
    rows = [
        ROW,
        ROW._replace(name="b"),
        ROW._replace(name="c", config=None),
        ROW._replace(name="d"),
    ]
    runs = {name: Run(rows["ab".index(name)], 0, ROOT, (), ROOT) for name in "ab"}
    again = Run(ROW, 1, ROOT, (), ROOT)
    finished = {
        runs["a"]: Finished(record()),
        runs["b"]: Finished(reason="not available: data"),
        again: Finished(reason="failed: x", failed=True),
    }
    assert outcomes_of(rows, finished) == dict(
        a=Outcome([record()], reason="failed: x", failed=True),
        b=Outcome([], reason="not available: data"),
        c=Outcome(reason="no public code"),
    )


def test_a_table_is_written_as_text_and_picture(tmp_path):
    table = Table("Fig. 4", "Heads", [ROW._replace(value=2.0)], "heads")
    write_results(tmp_path, table, {}, dict(a=Outcome([record(accuracy=0.7)])))
    text = (tmp_path / "table_Fig4.md").read_text()
    assert text.startswith("# Fig. 4: Heads\n\n| system |")
    assert "## Runs" in text
    assert (tmp_path / "table_Fig4.csv").read_text().count("\n") == 2
    assert (tmp_path / "table_Fig4.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("published", "outcome", "unit", "drawn"),
    [
        ({"mAP": 50.0}, Outcome([record(0, mAP=0.25), record(1, mAP=0.5)]), "mAP (%)", 37.5),
        ({"accuracy": 50.0}, Outcome([record(accuracy=0.25)]), "accuracy (%)", 25.0),
        ({"M Parameters": 50.0}, Outcome(costs={"M Parameters": 3.0}), "M Parameters", 3.0),
    ],
)
def test_the_main_result_is_drawn(published, outcome, unit, drawn):
    table = Table("I", "Title", [ROW._replace(published=published)])
    left, right = table_figure(table, dict(a=outcome)).axes
    assert [bar.get_width() for bar in left.patches] == [50.0]
    assert [bar.get_width() for bar in right.patches] == [drawn]
    assert right.get_xlabel() == unit
