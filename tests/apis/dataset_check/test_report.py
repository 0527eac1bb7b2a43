"""The report of a dataset check."""

from loco_mm.apis.dataset_check import Finding, Report

NAMES = tuple(f"v{i}" for i in range(5))


def test_severity_and_exit_status():
    report = Report()
    assert (report.severity, report.exit_status) == (None, 0)
    for severity, status in (("note", 0), ("warning", 1), ("error", 2), ("note", 2)):
        report.findings.append(Finding(severity, "x", "all", "y"))
        assert report.exit_status == status


def test_a_finding_of_no_examples_is_none():
    assert list(Finding.of("note", "x", "all", "y", [], 7)) == []


def test_the_table():
    report = Report(
        [Finding("note", "a", "all", "one"), *Finding.of("error", "b", "train", "bad", NAMES, 9)],
        dict(train=dict(videos=9, hours=1.23456), test=dict(videos=10, shift=None)),
        dict(dog=dict(train=3), rain=dict(test=1)),
    )
    assert report.table(per_class=True).splitlines() == [
        "           train  test",
        "videos         9    10",
        "h:min:s  1:14:04     -",
        "shift          -     -",
        "",
        "events of  train  test",
        "dog            3     0",
        "rain           0     1",
        "",
        "error    train       b                  5 of 9 bad: v0, v1, v2, ...",
        "note     all         a                  one",
        "",
        "1 error, 0 warnings, 1 note",
    ]


def test_names_with_orders_to_the_terminal_are_text():
    report = Report(list(Finding.of("error", "b", "all", "bad", ["a\x1b[2Jb"], 1)))
    assert "a\\x1b[2Jb" in report.table()
