"""Figure of target windows."""

import numpy as np

from loco_mm.structures import Events
from loco_mm.visualization import WindowLayer, save_figure, window_figure

EVENTS = Events(np.array([[1.0, 3.0]]), np.array([0]))
FIXED = np.array([[0.0, 1.0], [2.0, 3.0]])
TARGETS = np.array([[[0, 1], [0, 3]], [[2, 3], [3, 3]]], dtype=float)


def test_windows_of_each_head_are_below_the_events(tmp_path):
    layers = [
        WindowLayer("visual", "stride 1", FIXED, TARGETS),
        WindowLayer("visual", "stride 2", FIXED[:1], TARGETS[:1]),
        WindowLayer("audio", "stride 1", FIXED[:1], TARGETS[:1]),
    ]
    figure = window_figure("$video", 4.0, EVENTS, ("dog",), layers)
    truth, _, visual, audio = figure.axes
    assert [(bar.get_x(), bar.get_width()) for bar in truth.patches] == [(1, 2)]
    assert visual.get_xlim() == (0, 4)
    assert [text.get_text() for text in visual.get_yticklabels()] == ["stride 1", "stride 2"]
    assert [text.get_text() for text in audio.get_yticklabels()] == ["stride 1"]
    borders, *heads = [c for c in visual.collections if len(c.get_segments())]
    # Half way between two fixed windows.
    assert borders.get_segments()[0][:, 0].tolist() == [1.5, 1.5]
    drawn = [[line[:, 0].tolist() for line in head.get_segments()] for head in heads]
    assert drawn == [[[0, 1], [2, 3]], [[0, 3], [3, 3]], [[0, 1]], [[0, 3]]]
    rows = [np.concatenate([line[:, 1] for line in head.get_segments()]) for head in heads]
    # Rows of different heads, and of different layers, do not overlap.
    assert all(a.max() < b.min() for a, b in zip(rows, rows[1:], strict=False))
    # Windows of a single position are dots.
    assert visual.lines[1].get_xdata().tolist() == [1.5, 3]
    save_figure(tmp_path / "x.png", figure)
