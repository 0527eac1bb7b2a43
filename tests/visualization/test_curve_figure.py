"""Curves of trainings."""

from loco_mm.visualization import Curve, curve_figure, save_figure


def test_a_panel_per_name_with_a_curve_per_run(tmp_path):
    runs = {
        "$a": {"loss": Curve([1, 2, 3], [3.0, 2.0, 1.0]), "mAP": Curve([3], [0.5])},
        "b": {"loss": Curve([1, 2], [2.0, 1.5]), "lcf_tau": Curve([1], [0.07]),
              "lac_size": Curve(range(100), range(100))},
    }  # fmt: skip
    figure = curve_figure("A title", runs)
    loss, mean, tau, size = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title() for axis in (loss, mean, tau, size)] == [
        "loss", "mAP", "lcf_tau", "lac_size",
    ]  # fmt: skip
    first, second = loss.lines[:2]
    assert first.get_xydata().tolist() == [[1, 3], [2, 2], [3, 1]]
    # A run has the same color in all panels.
    assert first.get_color() == mean.lines[0].get_color() != second.get_color()
    assert tau.lines[0].get_color() == second.get_color()
    # Points of short curves are marked.
    assert mean.lines[0].get_marker() == "o"
    assert size.lines[0].get_marker() == "None"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["$a", "b"]
    save_figure(tmp_path / "x.svg", figure)
    assert b"<svg" in (tmp_path / "x.svg").read_bytes()
