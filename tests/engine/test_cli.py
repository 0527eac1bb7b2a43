"""Which errors are one line, and which keep their traceback."""

import time
from argparse import Namespace
from functools import partial

import pytest
import torch
from torch.distributed import DistNetworkError
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from loco_mm.engine.cli import one_line, run
from loco_mm.errors import InputError


def test_errors_outside_of_a_build_keep_their_traceback():
    with pytest.raises(ValueError) as caught:
        int("x")
    assert one_line(caught.value) is None


def test_what_the_system_refuses_is_one_line(tmp_path):
    with pytest.raises(OSError) as caught:
        (tmp_path / "gone").read_text()
    assert one_line(caught.value) == f"{tmp_path / 'gone'}: No such file or directory"
    assert one_line(OSError(28, "No space left on device")) == "the disk: No space left on device"
    assert one_line(OSError("something else")) is None


def fail(error, args):
    raise error


PLAIN = Namespace(traceback=False)


def test_the_traceback_is_shown_when_asked_for(capsys):
    main = partial(fail, InputError("dim is 3"))
    with pytest.raises(SystemExit) as stop:
        run(main, PLAIN)
    assert stop.value.code == 2
    assert capsys.readouterr().err == "error: dim is 3\n"
    with pytest.raises(InputError):
        run(main, Namespace(traceback=True))


LOST = RuntimeError("[gloo/transport/tcp/pair.cc:553] Connection closed by peer [127.0.0.1]:1")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InputError("no such file"), 2, "error: rank 1: no such file"),
        (LOST, 1, "error: rank 1: another process has failed, and its message says why: here, ["),
        (DistNetworkError("x"), 1, "error: rank 1: another process has failed"),
    ],
)
def test_one_process_of_several_says_which(monkeypatch, capsys, tmp_path, error, status, said):
    waited = []
    monkeypatch.setattr("loco_mm.engine.processes.time.sleep", waited.append)
    report = tmp_path / "report.json"
    for name, value in dict(RANK="1", WORLD_SIZE="2", TORCHELASTIC_ERROR_FILE=str(report)).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stop:
        run(partial(fail, error), PLAIN)
    assert stop.value.code == status
    assert waited == ([] if status == 2 else [20])
    line = capsys.readouterr().err.strip()
    assert line.startswith(said)
    # As torchrun reads it.
    failure = ProcessFailure(local_rank=1, pid=1, exitcode=status, error_file=str(report))
    assert failure.message["extraInfo"]["py_callstack"] == line
    assert time.time() - 60 < failure.timestamp <= time.time()


def test_a_defect_in_one_process_of_several_keeps_its_traceback(monkeypatch, tmp_path):
    report = tmp_path / "report.json"
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(report))
    with pytest.raises(ZeroDivisionError):
        run(lambda args: 1 / 0, PLAIN)
    assert "ZeroDivisionError: division by zero" in report.read_text()


def test_one_process_alone_waits_for_none(monkeypatch):
    monkeypatch.setattr("loco_mm.engine.processes.time.sleep", None)
    with pytest.raises(RuntimeError, match="Connection closed"):
        run(partial(fail, LOST), PLAIN)


def test_a_run_ends_with_its_connections_closed(tmp_path):
    def meet(args):
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1
        )

    run(meet, PLAIN)
    assert not torch.distributed.is_initialized()
