"""GroupNorm compared to torch's own, and padding."""

import pytest
import torch
from torch import nn

from loco_mm.errors import InputError
from loco_mm.models.layers import MaskedGroupNorm


def test_without_padding_it_is_torch_s_and_padding_is_no_part_of_it():
    torch.manual_seed(0)
    norm, own = MaskedGroupNorm(3, 12), nn.GroupNorm(3, 12)
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    own.load_state_dict(norm.state_dict())
    x = torch.randn(2, 7, 12)
    mask = torch.arange(7) < torch.tensor([7, 4])[:, None]
    found = norm(x, mask)
    for row, steps in enumerate((7, 4)):
        wanted = own(x[row : row + 1, :steps].transpose(1, 2)).transpose(1, 2)
        torch.testing.assert_close(found[row, :steps], wanted[0])


def test_channels_that_do_not_fit_are_reported():
    with pytest.raises(InputError, match="model.dim: expected a multiple of 4, got 10"):
        MaskedGroupNorm(4, 10)
