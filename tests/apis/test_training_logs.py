"""Logged values of trainings."""

import json

import pytest

from loco_mm.apis.training_logs import read_training_log, training_summary
from loco_mm.errors import InputError
from loco_mm.visualization import Curve


def write_log(run, time, rows, ending="\n"):
    """A log of a run that started at a given time."""
    path = run / time / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + ending)
    return path


def trained(epoch, iteration, loss, **values):
    return dict(loss=loss, epoch=epoch, iter=iteration, step=iteration, **values)


FIRST = [
    trained(1, 5, 4.0, time=0.5, data_time=0.1),
    trained(1, 10, 3.0, time=0.3, data_time=0.1),
    {"x/mAP": 0.25, "time": 0.1, "step": 1},
    trained(2, 15, 2.0, memory=100),
    trained(2, 20, 1.5, memory=120),
    {"x/mAP": 0.5, "iteration": 21, "step": 2},
]


def test_iterations_and_validations_share_an_axis(tmp_path):
    write_log(tmp_path, "20260101_000000", FIRST)
    log = read_training_log(tmp_path)
    assert log.training["loss"] == Curve([5, 10, 15, 20], [4.0, 3.0, 2.0, 1.5])
    # Validation is logged by epoch, and drawn at its last iteration.
    assert log.validation["x/mAP"] == Curve([10, 20], [0.25, 0.5])
    assert log.training["time"] == Curve([5, 10], [0.5, 0.3])
    assert [log.epoch_at(iteration) for iteration in (1, 10, 11, 21)] == [1, 1, 2, None]
    assert list(log.chosen(["*mAP", "loss*", "lo*"])) == ["x/mAP", "loss"]
    assert list(log.chosen()) == ["loss", "x/mAP"]


def test_a_resumed_training_replaces_what_it_repeats(tmp_path):
    write_log(tmp_path, "20260101_000000", FIRST)
    resumed = [trained(2, 15, 9.0), {"x/mAP": 0.75, "step": 2}]
    write_log(tmp_path, "20260102_000000", resumed)
    log = read_training_log(tmp_path)
    assert log.training["loss"] == Curve([5, 10, 15], [4.0, 3.0, 9.0])
    assert log.validation["x/mAP"] == Curve([10, 15], [0.25, 0.75])


def test_an_iteration_based_loop_validates_at_iterations(tmp_path):
    rows = [dict(loss=1.0, iter=10, step=10), {"x/mAP": 0.5, "step": 12}]
    log = read_training_log(write_log(tmp_path, "20260101_000000", rows))
    assert log.validation["x/mAP"] == Curve([12], [0.5])
    text = training_summary({"run": log}, ["*mAP"])
    assert text.splitlines()[-1] == "| run | 10 |  |  |  |  | 0.5 (iteration 12) |"


def test_a_table_has_the_last_loss_and_the_best_validation(tmp_path):
    write_log(tmp_path, "20260101_000000", FIRST)
    log = read_training_log(tmp_path)
    lines = training_summary({"a": log}, ["loss", "*mAP", "other"]).splitlines()
    assert lines[0].endswith("| memory (MB) | loss | x/mAP |")
    assert lines[-1] == "| a | 20 | 2 | 0.400 | 25 % | 120 | 1.5 | 0.5 (epoch 2) |"


def test_the_incomplete_last_line_of_a_killed_training_is_left_out(tmp_path):
    path = write_log(tmp_path, "20260101_000000", FIRST[:2], '\n{"loss": 1.0, "it')
    assert read_training_log(path).training["loss"].iterations == [5, 10]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]\n{}\n", "line 1: expected a JSON object with logged values"),
        ('{"iter": "x"}\n{}\n', "line 1: expected a JSON object with logged values"),
        ("", "expected the log of a training, got no logged values"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    path = tmp_path / "scalars.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_training_log(path)


def test_a_folder_without_a_log_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected the work dir of a training, got a folder"):
        read_training_log(tmp_path)
