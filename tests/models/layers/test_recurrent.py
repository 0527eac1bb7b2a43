"""The LSTM on padded sequences, compared to single sequences."""

import pytest
import torch
from torch import nn

from loco_mm.errors import InputError
from loco_mm.models.layers import BiLSTM


def test_each_sequence_is_read_from_its_own_end():
    torch.manual_seed(0)
    layer = BiLSTM(3, 4).double()
    plain = nn.LSTM(3, 2, batch_first=True, bidirectional=True).double()
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(3, 6, 3, dtype=torch.float64)
    lengths = [4, 6, 1]
    found = layer(x, torch.tensor(lengths))
    for sequence, out, length in zip(x, found, lengths, strict=True):
        torch.testing.assert_close(out[:length], plain(sequence[None, :length])[0][0])
        assert not out[length:].any()


def test_two_directions_share_the_width():
    with pytest.raises(InputError, match="dim: expected an even number for two directions, got 5"):
        BiLSTM(3, 5)
