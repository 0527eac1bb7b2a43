"""Figure of a sample."""

import numpy as np

from loco_mm.structures import Events
from loco_mm.visualization import sample_figure, save_figure


def test_events_and_features_are_drawn(tmp_path):
    features = dict(visual=np.arange(12.0).reshape(4, 3), audio=np.zeros((4, 2)))
    figure = sample_figure(
        "$video",
        features,
        events=Events(np.array([[0.5, 2.0]]), np.array([1])),
        annotated=Events(np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([1, 0])),
        duration=10.0,
        classes=("$dog", "car"),
    )
    whole, sample, visual, audio = figure.axes[:4]
    assert whole.get_xlim() == (0, 10)
    assert [text.get_text() for text in whole.get_yticklabels()] == ["car", "$dog"]
    assert [(bar.get_x(), bar.get_width()) for bar in sample.patches] == [(0.5, 1.5)]
    assert sample.get_xlim() == visual.get_xlim() == (-0.5, 3.5)
    # Channels from top to bottom, steps from left to right.
    assert visual.images[0].get_array().tolist() == features["visual"].T.tolist()
    assert visual.get_title(loc="left").startswith("visual, 3 channels: mean 5.5, ")
    assert audio.get_title(loc="left").startswith("audio, 2 channels: mean 0, ")
    save_figure(tmp_path / "x.png", figure)
