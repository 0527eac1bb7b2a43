"""Products of streams that ask both."""

import torch

from loco_mm.models.fusions import RelationFusion


def scene():
    torch.manual_seed(0)
    visual, audio = (torch.randn(2, 4, 8, dtype=torch.float64) for _ in range(2))
    mask = torch.arange(4) < torch.tensor([4, 2])[:, None]
    return visual * mask[..., None], audio * mask[..., None], mask


def test_levels_and_their_channels():
    visual, audio, mask = scene()
    plain = RelationFusion(8, num_heads=2).double().eval()
    (level,), _ = plain(visual, audio, mask)
    assert plain.strides == (1,)
    assert not level[~mask].any()
    both = RelationFusion(8, num_heads=2, keep_streams=True).double().eval()
    both.load_state_dict(plain.state_dict())
    levels, masks = both(visual, audio, mask)
    assert both.strides == (1, 1)
    torch.testing.assert_close(levels[0], level)
    assert torch.equal(levels[1], torch.cat([visual, audio], dim=-1))
    assert len(masks) == 2


def test_twice_is_the_mean_of_both_times():
    visual, audio, mask = scene()
    layer = RelationFusion(8, num_heads=2, twice=True).double().eval()
    first = layer.fuse(visual, audio, mask)
    second = layer.fuse_again(audio, first, mask)
    (level,), _ = layer(visual, audio, mask)
    torch.testing.assert_close(level, (first + second) / 2)
