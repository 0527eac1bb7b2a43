"""Attention over the cells of a map."""

import math

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.spatial import AudioGuidedAttention


def build(visual_dim=5, audio_dim=3):
    torch.manual_seed(0)
    return AudioGuidedAttention(visual_dim, audio_dim, hidden_dim=6, num_cells=4).double()


def inputs(batch=2, steps=3):
    generator = torch.Generator().manual_seed(1)
    shapes = ((batch, steps, 2, 2, 5), (batch, steps, 3))
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


def test_it_is_what_the_paper_s_code_computes():
    """Cell by cell and unit by unit: what is heard is a number for each cell."""
    part, (visual, audio) = build(), inputs()
    found = part(visual, audio).detach().numpy()
    weights = {name: value.detach().numpy() for name, value in part.named_parameters()}
    for video in range(2):
        for step in range(3):
            cells, sound = visual[video, step].reshape(4, 5).numpy(), audio[video, step].numpy()
            heard = np.maximum(
                weights["audio_embed.weight"] @ sound + weights["audio_embed.bias"], 0
            )
            heard = weights["audio_hidden.weight"] @ heard
            scores = []
            for number, cell in enumerate(cells):
                seen = weights["visual_embed.weight"] @ cell + weights["visual_embed.bias"]
                seen = weights["visual_hidden.weight"] @ np.maximum(seen, 0)
                units = [math.tanh(seen[unit] + heard[number]) for unit in range(4)]
                scores.append(np.dot(weights["score.weight"][0], units))
            shares = np.exp(scores) / np.exp(scores).sum()
            np.testing.assert_allclose(found[video, step], shares @ cells, atol=1e-12)


def test_segments_do_not_see_each_other_and_padding_stays_0():
    part, (visual, audio) = build(), inputs()
    visual[1, 2], audio[1, 2] = 0, 0
    whole = part(visual, audio)
    torch.testing.assert_close(part(visual[:1, 1:2], audio[:1, 1:2])[0, 0], whole[0, 1])
    assert not whole[1, 2].any()


def test_means_and_other_sizes_are_told():
    part, (visual, audio) = build(), inputs()
    with pytest.raises(InputError, match=r"shape \(2, 3, 5\) found, maps .* of 4 cells expect"):
        part(visual.mean((2, 3)), audio)
    with pytest.raises(InputError, match="of 4 cells expected"):
        part(visual[:, :, :1], audio)
    with pytest.raises(InputError, match="visual features have 4 channels, 5 expected by model."):
        part(visual[..., :4], audio)
    with pytest.raises(InputError, match="audio features have 2 channels, 3 expected by model."):
        part(visual, audio[..., :2])
