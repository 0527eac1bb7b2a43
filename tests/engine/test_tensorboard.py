"""Values in TensorBoard's event files."""

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from loco_mm.engine import GroupedTensorboardBackend


def test_groups_over_iterations(tmp_path):
    backend = GroupedTensorboardBackend(str(tmp_path))
    for iteration in (5, 10):
        row = dict(lr=0.1, time=0.5, loss=2.0, loss_cls=1.5, lcf_tau=0.07)
        backend.add_scalars({**row, "iter": iteration, "epoch": 1}, step=iteration)
    backend.add_scalars({"a/mAP": 0.25, "time": 0.1, "iteration": 12}, step=1)
    backend.close()
    found = EventAccumulator(str(tmp_path)).Reload()
    assert set(found.Tags()["scalars"]) == {
        "lr/lr", "system/time", "loss/loss", "loss/loss_cls", "model/lcf_tau",
        "val/a/mAP", "val/time",
    }  # fmt: skip
    assert [event.step for event in found.Scalars("loss/loss_cls")] == [5, 10]
    [event] = found.Scalars("val/a/mAP")
    assert (event.step, event.value) == (12, 0.25)
