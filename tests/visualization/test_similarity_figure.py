"""Figure of similarity matrices."""

import numpy as np

from loco_mm.structures import Events
from loco_mm.visualization import SimilarityPanel, save_figure, similarity_figure

EVENTS = Events(np.array([[1.0, 3.0], [2.0, 2.5], [0.0, 1.0]]), np.array([1, 0, 1]))


def test_matrices_share_their_colors_and_events_are_squares(tmp_path):
    panels = [
        SimilarityPanel("$a", np.array([[0.0, 0.2], [0.4, 1.0]]), np.array([0.5, 2.5])),
        SimilarityPanel("b", np.full((3, 3), -0.5), np.array([0.5, 1.5, 2.5])),
    ]
    figure = similarity_figure("video", panels, EVENTS, ("dog", "$car"))
    first, second, _ = figure.axes
    assert first.images[0].get_array().tolist() == panels[0].matrix.tolist()
    assert first.images[0].get_clim() == second.images[0].get_clim() == (-0.5, 1.0)
    # The first visual step is at the bottom.
    assert first.images[0].origin == "lower"
    assert first.images[0].get_extent() == [-0.5, 3.5, -0.5, 3.5]
    assert second.images[0].get_extent() == [0, 3, 0, 3]
    squares = [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in first.patches]
    assert squares == [(1, 1, 2, 2), (2, 2, 0.5, 0.5), (0, 0, 1, 1)]
    colors = [p.get_edgecolor() for p in first.patches]
    assert colors[0] == colors[2] != colors[1]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["$car", "dog"]
    save_figure(tmp_path / "x.png", figure)


def test_a_video_of_one_step_without_events_is_drawn(tmp_path):
    panel = SimilarityPanel("a", np.ones((1, 1)), np.array([0.5]))
    figure = similarity_figure("video", [panel], Events.none(), ())
    assert figure.axes[0].images[0].get_extent() == [0, 1, 0, 1]
    save_figure(tmp_path / "x.png", figure)
