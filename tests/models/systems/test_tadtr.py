"""TadTR's components compared to loops and to torch's own."""

import math

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models import ActionnessRegressor, DeformableDecoder, DeformableEncoder
from loco_mm.models.features import FeatureSpec
from loco_mm.models.systems.tadtr import DeformableAttention, relative_position

DIM = 32
SPEC = FeatureSpec(DIM, (1,), 16)


def attention():
    torch.manual_seed(0)
    layer = DeformableAttention(DIM, num_heads=2, num_points=3).double()
    layer.activate_branches()
    return layer.eval()


@pytest.mark.parametrize("with_width", [True, False])
@torch.no_grad()
def test_attention_reads_where_queries_look(with_width):
    layer = attention()
    query, memory = (torch.randn(1, n, DIM, dtype=torch.float64) for n in (4, 7))
    mask = torch.ones(1, 7, dtype=torch.bool)
    reference = 6 * torch.rand(1, 4, 2, dtype=torch.float64)
    reference = reference if with_width else reference[..., :1]
    found = layer(query, reference, memory, mask)
    values = layer.value_proj(memory)[0].reshape(7, 2, 16)
    for number, x in enumerate(query[0]):
        offsets = layer.sampling_offsets(x).reshape(2, 3)
        weights = layer.attention_weights(x).reshape(2, 3).softmax(-1)
        heads = []
        for head in range(2):
            total = torch.zeros(16, dtype=torch.float64)
            for offset, weight in zip(offsets[head], weights[head], strict=True):
                half = reference[0, number, 1] / 2 / 3 if with_width else 1.0
                place = reference[0, number, 0] + offset * half
                near = (1 - (torch.arange(7) - place).abs()).clamp(min=0)
                total += weight * (near[:, None] * values[:, head]).sum(0)
            heads.append(total)
        torch.testing.assert_close(found[0, number], layer.output_proj(torch.cat(heads)))


def test_heads_start_by_looking_to_different_sides():
    layer = DeformableAttention(DIM, num_heads=8, num_points=2)
    wanted = [[math.cos(h * math.pi / 2) * p for p in (1, 2)] for h in range(8)]
    torch.testing.assert_close(
        layer.sampling_offsets.bias.detach().reshape(8, 2), torch.tensor(wanted), atol=1e-5, rtol=0
    )
    assert not layer.sampling_offsets.weight.any() and not layer.attention_weights.weight.any()


def test_positions_are_shares_of_a_videos_own_steps():
    mask = torch.arange(6) < torch.tensor([6, 3])[:, None]
    found = relative_position(mask, 4)
    for video, steps in enumerate((6, 3)):
        for step in range(steps):
            place = 2 * math.pi * (step + 1) / steps
            wanted = [
                math.sin(place),
                math.cos(place),
                math.sin(place / 100),
                math.cos(place / 100),
            ]
            assert found[video, step].tolist() == pytest.approx(wanted, abs=1e-5)


@torch.no_grad()
def test_layers_correct_the_segment_before_them():
    torch.manual_seed(0)
    decoder = DeformableDecoder(SPEC, num_queries=3, num_heads=2, num_layers=2, mlp_channels=8)
    decoder.eval()
    memory, mask = torch.randn(1, 16, DIM), torch.ones(1, 16, dtype=torch.bool)
    # Initially, layers return the initial point, and a width of sigmoid(-2).
    position = decoder.query_embed.weight[:, :DIM]
    point = decoder.reference_points(position).sigmoid()
    wanted = torch.cat([point, torch.full_like(point, 1 / (1 + math.exp(2)))], dim=-1)
    for segments in decoder(memory, mask).segments[:, 0]:
        torch.testing.assert_close(segments, wanted)
    decoder.segments[1].get_parameter("4.bias").data = torch.tensor([0.5, 1.0])
    moved = (torch.logit(wanted) + torch.tensor([0.5, 1.0])).sigmoid()
    torch.testing.assert_close(decoder(memory, mask).segments[1, 0], moved)


def test_no_gradient_goes_from_a_layer_to_the_segment_before_it():
    torch.manual_seed(0)
    decoder = DeformableDecoder(SPEC, num_queries=3, num_heads=2, num_layers=2, mlp_channels=8)
    decoder.activate_branches()
    found = decoder(torch.randn(1, 16, DIM), torch.ones(1, 16, dtype=torch.bool))
    found.segments[1].sum().backward()
    assert not decoder.segments[0].get_parameter("4.weight").grad.any()
    assert decoder.segments[1].get_parameter("4.weight").grad.any()


@torch.no_grad()
def test_without_refinement_every_layer_starts_from_the_point():
    torch.manual_seed(0)
    decoder = DeformableDecoder(
        SPEC, num_queries=3, num_heads=2, num_layers=3, mlp_channels=8, refine=False
    )
    assert len(decoder.segments) == 1
    decoder.activate_branches()
    found = decoder.eval()(torch.randn(1, 16, DIM), torch.ones(1, 16, dtype=torch.bool))
    point = decoder.reference_points(decoder.query_embed.weight[:, :DIM])
    for state, segments in zip(found.states, found.segments, strict=True):
        change = decoder.segments[0](state[0])
        change[:, :1] += point
        torch.testing.assert_close(segments[0], change.sigmoid())


@torch.no_grad()
def test_actionness_reads_around_the_segment_and_no_farther():
    torch.manual_seed(0)
    part = ActionnessRegressor(SPEC, bins=4).eval()
    memory, mask = torch.randn(1, 16, DIM), torch.ones(1, 16, dtype=torch.bool)
    # The central half of 16 steps, extended: steps 2 to 14.
    segments = torch.tensor([[[0.5, 0.5]]])
    before = part(memory, mask, segments)
    memory[:, 0] = memory[:, 15] = 9.0
    torch.testing.assert_close(part(memory, mask, segments), before)
    memory[:, 3] = 9.0
    assert (part(memory, mask, segments) - before).abs() > 1e-4


def test_a_width_that_groups_do_not_share_is_reported():
    with pytest.raises(InputError, match="model.dim: expected a multiple of 32, got 40"):
        DeformableEncoder(spec=FeatureSpec(40, (1,), 16), visual_dim=4, audio_dim=4)
