"""The transformer layer compared to torch's own."""

import pytest
import torch
from torch import nn

from loco_mm.errors import InputError
from loco_mm.models.layers import PostNormLayer

# Names of this package by names in torch's encoder layer.
NAMES = {
    "self_attn.": "attention.",
    "norm1.": "attention_norm.",
    "linear1.": "mlp.0.",
    "linear2.": "mlp.3.",
    "norm2.": "mlp_norm.",
}


def renamed(state):
    found = {}
    for name, value in state.items():
        prefix = next(p for p in NAMES if name.startswith(p))
        found[NAMES[prefix] + name.removeprefix(prefix)] = value
    return found


def test_with_itself_as_memory_it_is_an_encoder_layer():
    torch.manual_seed(0)
    theirs = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True).double().eval()
    mine = PostNormLayer(8, 2, 12).double().eval()
    mine.load_state_dict(renamed(theirs.state_dict()))
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    mask = torch.arange(5) < torch.tensor([5, 3])[:, None]
    found, wanted = mine(x, x, mask), theirs(x, src_key_padding_mask=~mask)
    torch.testing.assert_close(found[mask], wanted[mask])


def test_what_stands_on_padding_of_the_memory_does_not_count():
    torch.manual_seed(0)
    layer = PostNormLayer(8, 2, 12).double().eval()
    query, memory = torch.randn(2, 3, 8).double(), torch.randn(2, 4, 8).double()
    mask = torch.arange(4) < torch.tensor([4, 2])[:, None]
    found = layer(query, memory, mask)
    torch.testing.assert_close(found[1:], layer(query[1:], memory[1:, :2]))
    torch.testing.assert_close(found[:1], layer(query[:1], memory[:1]))


def test_heads_share_the_width():
    with pytest.raises(InputError, match="dim: expected a multiple of num_heads = 3, got 8"):
        PostNormLayer(8, 3, 12)
