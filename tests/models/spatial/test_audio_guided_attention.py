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


def run(part, visual, audio):
    found, heard = part(visual, audio, torch.ones(visual.shape[:2], dtype=torch.bool))
    assert torch.equal(heard, audio)
    return found


def test_it_is_what_the_paper_s_code_computes():
    """Cell by cell and unit by unit: the audio has one value per cell."""
    part, (visual, audio) = build(), inputs()
    found = run(part, visual, audio).detach().numpy()
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
    whole = run(part, visual, audio)
    torch.testing.assert_close(run(part, visual[:1, 1:2], audio[:1, 1:2])[0, 0], whole[0, 1])
    assert not whole[1, 2].any()


def test_means_and_other_sizes_are_reported():
    part, (visual, audio) = build(), inputs()
    with pytest.raises(
        InputError,
        match=r"model\.spatial: expected maps \(B, T, H, W, Dv\) of 4 cells, got visual features "
        r"of shape \(2, 3, 5\)",
    ):
        run(part, visual.mean((2, 3)), audio)
    with pytest.raises(
        InputError,
        match=r"model\.spatial: expected maps \(B, T, H, W, Dv\) of 4 cells, got visual features "
        r"of shape \(2, 3, 1, 2, 5\)",
    ):
        run(part, visual[:, :, :1], audio)
    with pytest.raises(
        InputError,
        match="model.spatial.visual_dim: expected visual features with 5 channels, got 4",
    ):
        run(part, visual[..., :4], audio)
    with pytest.raises(
        InputError, match="model.spatial.audio_dim: expected audio features with 3 channels, got 2"
    ):
        run(part, visual, audio[..., :2])


def test_the_sound_passes_two_linear_maps_where_asked():
    torch.manual_seed(0)
    part = AudioGuidedAttention(5, 3, hidden_dim=6, num_cells=4, audio_hidden_dim=7).double()
    visual, audio = inputs()
    found, heard = part(visual, audio, torch.ones(2, 3, dtype=torch.bool))
    first, second = (layer.weight for layer in part.audio_maps)
    torch.testing.assert_close(heard, audio @ first.T @ second.T)
    torch.testing.assert_close(found, run(without_maps(part), visual, heard))


def without_maps(part):
    plain = build()
    weights = {k: v for k, v in part.state_dict().items() if not k.startswith("audio_maps")}
    plain.load_state_dict(weights)
    return plain
