"""DMRN's residual, by hand."""

import torch

from loco_mm.models.features import FeatureSpec
from loco_mm.models.systems import CrossedResidual


def test_each_stream_becomes_the_other_and_what_both_have_in_common():
    torch.manual_seed(0)
    layer = CrossedResidual(FeatureSpec(3, (1,), 4)).double()
    visual, audio = (torch.randn(1, 4, 3, dtype=torch.float64) for _ in range(2))
    mask = torch.tensor([[True, True, True, False]])
    found = layer(visual, audio, mask)
    common = (layer.visual(visual) + layer.audio(audio)) / 2
    torch.testing.assert_close(found[0][0, :3], (audio + common).tanh()[0, :3])
    torch.testing.assert_close(found[1][0, :3], (visual + common).tanh()[0, :3])
    assert not torch.stack(found)[:, 0, 3].any()
