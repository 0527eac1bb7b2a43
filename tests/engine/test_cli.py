"""Errors that are shown in one line, and errors that keep their traceback."""

from argparse import Namespace
from functools import partial

import pytest
import torch
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from loco_mm.engine.cli import named, one_line, run
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


@pytest.mark.parametrize("is_cause", [True, False])
def test_one_process_of_several_says_which(monkeypatch, capsys, tmp_path, is_cause):
    """A lost connection is not the cause: torchrun should show the message of another process."""
    report = tmp_path / "report.json"
    for name, value in dict(RANK="1", WORLD_SIZE="2", TORCHELASTIC_ERROR_FILE=str(report)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("loco_mm.engine.processes.time.time", lambda: 1000.5)
    error = InputError("no such file") if is_cause else RuntimeError("Connection closed by peer")
    with pytest.raises(SystemExit if is_cause else RuntimeError):
        run(partial(fail, error), PLAIN)
    # As torchrun reads it.
    failure = ProcessFailure(local_rank=1, pid=1, exitcode=2, error_file=str(report))
    message = failure.message["extraInfo"]["py_callstack"].strip()
    if is_cause:
        assert message == capsys.readouterr().err.strip() == "error: rank 1: no such file"
    else:
        assert message.endswith("RuntimeError: Connection closed by peer")
    assert failure.timestamp == (1000 if is_cause else 1001)


def test_a_defect_in_one_process_of_several_keeps_its_traceback(monkeypatch, tmp_path):
    report = tmp_path / "report.json"
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(report))
    with pytest.raises(ZeroDivisionError):
        run(lambda args: 1 / 0, PLAIN)
    assert "ZeroDivisionError: division by zero" in report.read_text()


def test_a_run_ends_with_its_connections_closed(tmp_path):
    def meet(args):
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1
        )

    run(meet, PLAIN)
    assert not torch.distributed.is_initialized()


def test_an_argument_of_a_function_is_named_as_the_option(capsys):
    for text, shown in (
        ("init_model.device: expected a device", "--device: expected a device"),
        ("write_page.score_thr: expected x", "--score-thr: expected x"),
        # Of functions without such an option, and keys of a config.
        ("init_model.config: expected a file", "init_model.config: expected a file"),
        ("model.device: expected x", "model.device: expected x"),
    ):
        with pytest.raises(SystemExit):
            run(
                partial(fail, InputError(text)), Namespace(traceback=False, device="x", score_thr=1)
            )
        assert capsys.readouterr().err == f"error: {shown}\n"


def test_arguments_have_their_own_names_or_given_ones():
    assert named("runs", ["a", "b"], None) == {"a": "a", "b": "b"}
    assert named("runs", ["a", "a"], ["x", "y"]) == {"x": "a", "y": "a"}
    with pytest.raises(InputError, match="--names: expected 2 names, one for each of the runs"):
        named("runs", ["a", "b"], ["x"])
    with pytest.raises(InputError, match="--names: expected a different name for each .*, got a a"):
        named("runs", ["a", "a"], None)
