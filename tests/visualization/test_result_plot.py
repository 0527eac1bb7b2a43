"""Plots of tables."""

from loco_mm.visualization import save_figure
from loco_mm.visualization.result_plot import PlotRow, result_figure


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_bars_of_published_and_reproduced_results():
    rows = [PlotRow("one", 54.9, [10.0, 14.0]), PlotRow("two", None, [8.0]), PlotRow("$3", 1.0, [])]
    left, right = result_figure("Table", "mAP (%)", rows).axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["one", "two", "$3"]
    assert [bar.get_width() for bar in left.patches] == [54.9, 1.0]
    assert [bar.get_width() for bar in right.patches] == [12.0, 8.0]
    assert (texts(left), texts(right)) == (["54.9", " none", "1.0"], ["12.0", "8.0", " none"])
    (seeds,) = right.lines
    assert list(seeds.get_xdata()) == [10.0, 14.0]
    # The first row is on top.
    assert left.yaxis_inverted()
    assert left.get_xlabel() == right.get_xlabel() == "mAP (%)"


def test_rows_without_published_results():
    rows = [PlotRow("one", None, [10.0]), PlotRow("two", None, [8.0, 6.0])]
    (axis,) = result_figure("Plan", "mAP (%)", rows).axes
    assert axis.get_title() == "reproduced" and axis.yaxis_inverted()
    assert [bar.get_width() for bar in axis.patches] == [10.0, 7.0]


def test_a_curve_over_the_values_of_a_setting(tmp_path):
    rows = [
        PlotRow("a", None, [10.0, 14.0], 0.01),
        PlotRow("b", 54.9, [8.0], 0.1),
        PlotRow("c", 50.0, [], 1.0),
    ]
    figure = result_figure("Fig.", "mAP (%)", rows, "alpha")
    left, right = figure.axes
    assert [label.get_text() for label in right.get_xticklabels()] == ["0.01", "0.1", "1"]
    curve = left.lines[0]
    assert (list(curve.get_xdata()), list(curve.get_ydata())) == ([1, 2], [54.9, 50.0])
    means, seeds = right.lines
    assert (list(means.get_xdata()), list(means.get_ydata())) == ([0, 1], [12.0, 8.0])
    assert list(seeds.get_ydata()) == [10.0, 14.0]
    assert right.get_xlabel() == "alpha"
    save_figure(tmp_path / "x.png", figure)
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_a_table_without_results():
    (axis,) = result_figure("Fig.", "mAP", [PlotRow("a", None, [], 1.0)], "alpha").axes
    assert texts(axis) == ["none"]
