"""Similarity between the streams of a model."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from loco_mm.apis import init_model
from loco_mm.apis.inspection import VideoSimilarity, split_similarity
from loco_mm.errors import InputError
from loco_mm.models.modulators import LCFModulation
from loco_mm.structures import Events, TemporalGrid
from loco_mm.tasks import EVENTS, SEGMENTS


class Split:
    """Two videos with given streams of two channels; the second has one valid step of three."""

    place = "test_dataloader.dataset"
    video_ids = ("a", "b")
    GRID = TemporalGrid(fps=1, num_frames=1, stride=1)
    VISUAL = torch.tensor([[1.0, 0], [2, 0], [0, 1]])
    AUDIO = torch.tensor([[1.0, 0], [0, 3], [0, 1]])

    def sample(self, name):
        events = Events(np.array([[0.0, 2.0]]), np.array([0])) if name == "a" else Events.none()
        mask = torch.tensor([[True, name == "a", name == "a"]])
        inputs = dict(visual=self.VISUAL[None], audio=self.AUDIO[None], mask=mask)
        return SimpleNamespace(grid=self.GRID, annotated=events, inputs_of=lambda model: inputs)


def identity(streams=("visual", "audio"), task=EVENTS):
    """A model whose encoder returns its input."""

    def encode(visual, audio, mask):
        return {name: dict(visual=visual, audio=audio).get(name, visual) for name in streams}

    return SimpleNamespace(encoder=encode, stride=1, modulator=None, task=task)


def test_values_by_hand():
    (found,) = split_similarity(identity(), Split(), ["a"]).values()
    matrix = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 1]])
    video = found.videos["a"]
    np.testing.assert_array_equal(video.matrix, matrix)
    assert video.times.tolist() == [0.5, 1.5, 2.5]
    # The event contains the first two steps.
    assert video.in_events.tolist() == [[True, True, False], [True, True, False], [False] * 3]
    assert set(found.videos) == {"a"}
    # Video b has a single similarity, 1, and no events.
    assert found.std == pytest.approx((matrix.std() + 0) / 2)
    assert found.in_events == pytest.approx(0.5)
    assert found.elsewhere == pytest.approx((2 / 5 + 1) / 2)


def test_overlapping_events_count_once():
    times = np.arange(4.0)
    events = Events(np.array([[0.0, 1.0], [1.0, 2.0]]), np.array([0, 1]))
    video = VideoSimilarity(np.zeros((4, 4)), times, events)
    expected = np.zeros((4, 4), bool)
    expected[:2, :2] = expected[1:3, 1:3] = True
    assert np.array_equal(video.in_events, expected)


def test_lcf_embeddings_are_compared_too(model, split):
    assert isinstance(model.modulator, LCFModulation)
    name = split.chosen(None, 1)[0]
    found = split_similarity(model, split, [name])
    assert list(found) == ["encoder output", "LCF embedding"]
    inputs = split.sample(name).inputs_of(model)
    with torch.no_grad():
        streams = model.encoder(inputs["visual"], inputs["audio"], inputs["mask"])
        visual = model.modulator.visual_projection(streams["visual"])[0]
        audio = model.modulator.audio_projection(streams["audio"])[0]
        expected = torch.cosine_similarity(visual[:, None], audio[None], dim=-1)
    # The batch is padded, and the matrix is not.
    steps = int(inputs["mask"].sum())
    matrix = found["LCF embedding"].videos[name].matrix
    np.testing.assert_allclose(matrix, expected[:steps, :steps].numpy(), atol=1e-6)


def test_a_model_without_lcf_has_its_encoder_only(config, split):
    config.model.modulator = None
    assert list(split_similarity(init_model(config), split)) == ["encoder output"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (identity(["joint"]), "model.encoder: expected one with the streams visual and audio"),
        (identity(task=SEGMENTS), "expected one that predicts events, got labels of segments"),
        (SimpleNamespace(), "model.type: expected one with an encoder, got SimpleNamespace"),
    ],
)
def test_models_without_two_streams_or_events_are_refused(model, message):
    with pytest.raises(InputError, match=message):
        split_similarity(model, Split())
