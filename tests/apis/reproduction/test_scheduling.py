"""Several trainings at once."""

import pytest

from loco_mm.apis.reproduction import Run, execute, shard_of
from loco_mm.apis.reproduction.scheduling import _Clock
from loco_mm.errors import InputError

from .project import calls, project  # noqa: F401


@pytest.mark.run
def test_runs_share_the_gpus_and_wait_for_what_they_start_from(project, monkeypatch):  # noqa: F811
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 12)
    root, row = project
    rows = [row("second", load_from="work_dirs/first/epoch_2.pth"), row("first")]
    rows += [row(f"other{n}", **{"optim_wrapper.optimizer.lr": n / 100}) for n in range(1, 4)]
    rows += [row("away", load_from="work_dirs/no/epoch_2.pth"), row("bad", **{"model.dimm": 1})]
    rows += [row("stops", **{"default_hooks.logger.interval": 9}), row("unread", dimm=1)]
    runs = {each.name: Run(each, 0, root / "work", (), root) for each in rows}
    reported = []
    finished = execute(
        list(runs.values()),
        ["4", "7"],
        report=lambda run, result, left: reported.append((run.row.name, result, left)),
    )
    assert list(finished) == list(runs.values())
    found = {run.row.name: result for run, result in finished.items()}
    assert {name: result for name, result, _ in reported} == found
    assert [name for name, result in found.items() if result.failed] == ["bad", "stops", "unread"]
    assert found["stops"].reason.startswith("failed: error: it stopped (")
    assert found["away"].reason == (
        "not available: checkpoint work_dirs/no/epoch_2.pth: no such file"
    )
    ended = ["second", "first", "other1", "other2", "other3"]
    assert [found[name].record.figures for name in ended] == [{"mAP": 0.25}] * 5
    places = [calls(runs[name])[0].split()[2:4] for name in ended]
    assert {gpu for gpu, _ in places} == {"4", "7"}
    assert {threads for _, threads in places} == {"6"}
    assert reported[-1][0] == "second"
    # What cannot be started is reported first, and the time that is left after each run.
    assert [name for name, _, left in reported if left is None] == ["bad", "unread"]
    assert reported[-1][2] == 0
    calls_before = calls(runs["first"])
    again = execute([runs["first"], runs["second"]], [""])
    assert list(again.values()) == [found["first"], found["second"]]
    assert calls(runs["first"]) == calls_before


def test_the_remaining_time_is_that_of_the_runs_so_far():
    clock = _Clock(10, 2)
    assert clock.remaining(60.0) == pytest.approx(60 * 9 / 2)
    assert clock.remaining(30.0) == pytest.approx(45 * 8 / 2)
    assert [clock.remaining(0.0) for _ in range(8)][-1] == 0


def test_shards_contain_each_run_once():
    runs = list("abcdefg")
    parts = [shard_of(runs, f"{number}/3") for number in (1, 2, 3)]
    assert parts == [["a", "d", "g"], ["b", "e"], ["c", "f"]]
    for text in ("0/3", "4/3", "1", "a/b", "1/3/4", ""):
        with pytest.raises(InputError, match=rf"--shard: expected K/N .*, got {text}$"):
            shard_of(runs, text)
