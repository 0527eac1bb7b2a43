"""Figure of a diagnosis."""

import numpy as np

from loco_mm.visualization import diagnosis_figure, save_figure

KINDS = ("true positive", "double detection", "wrong label", "localization", "confusion",
         "background")  # fmt: skip
DIAGNOSIS = dict(
    groups=dict(
        length=[
            dict(name="up to 2 s", num_events=3, normalized_mAP=0.5, missed=0.25),
            dict(name="above 2 s", num_events=0, normalized_mAP=None, missed=None),
        ],
        overlap=[dict(name="0", num_events=1, normalized_mAP=0.25, missed=1.0)],
    ),
    shares_by_rank={rank: dict(zip(KINDS, [0.5, 0.1, 0.1, 0.1, 0.1, 0.1], strict=True))
                    for rank in range(1, 11)},
    costs=dict(zip(KINDS[1:], [0.01, 0.02, 0.03, 0.04, 0.05], strict=True)),
    curves={"0.5": np.linspace(1, 0, 101).tolist()},
    confusion_matrix=[[3, 1], [0, 2]],
    class_names=["$dog", "car"],
)  # fmt: skip


def test_each_part_is_drawn(tmp_path):
    figure = diagnosis_figure("A title", DIAGNOSIS)
    groups, ranks, costs, curves, confusion, _ = figure.axes
    # A group without events has a name, but no bar.
    assert [bar.get_height() for bar in groups.patches] == [50.0, 25.0]
    labels = [label.get_text() for label in groups.get_xticklabels()]
    assert labels == ["up to 2 s (3)", "above 2 s (0)", "0 (1)"]
    assert [line.get_ydata()[0] for line in groups.lines] == [25.0, 100.0]
    assert sum(bar.get_height() for bar in ranks.patches) == np.float64(1000)
    assert [bar.get_width() for bar in costs.patches] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert curves.lines[0].get_ydata()[50] == 50.0
    assert confusion.images[0].get_array().tolist() == [[75.0, 25.0], [0.0, 100.0]]
    assert [label.get_text() for label in confusion.get_yticklabels()] == ["$dog", "car"]
    save_figure(tmp_path / "x.png", figure)
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
