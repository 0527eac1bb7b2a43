"""Gates between streams."""

import torch

from loco_mm.models.encoders import RelationEncoder
from loco_mm.models.features import FeatureSpec


def build(**settings):
    torch.manual_seed(0)
    sizes = dict(spec=FeatureSpec(8, (1,), 4), num_heads=2, within_channels=8, across_channels=8)
    return RelationEncoder(5, 3, **sizes, **settings).double().eval()


def inputs():
    torch.manual_seed(1)
    mask = torch.arange(4) < torch.tensor([4, 2])[:, None]
    keep = mask[..., None]
    return torch.randn(2, 4, 5).double() * keep, torch.randn(2, 4, 3).double() * keep, mask


def test_a_gate_of_each_stream_weighs_the_other():
    gated, plain = build(gate_weight=0.5), build()
    plain.load_state_dict({k: v for k, v in gated.state_dict().items() if "_gate." not in k})
    visual, audio, mask = inputs()
    wanted = plain(visual, audio, mask)
    by_visual = gated.visual_gate(gated.visual_within(visual, mask)).sigmoid()
    by_audio = gated.audio_gate(gated.audio_within(audio, mask)).sigmoid()
    found = gated(visual, audio, mask)
    torch.testing.assert_close(found["visual"], wanted["visual"] * (1 + 0.5 * by_audio))
    torch.testing.assert_close(found["audio"], wanted["audio"] * (1 + 0.5 * by_visual))
    torch.testing.assert_close(found["gates"], (by_visual * by_audio)[..., 0])
    assert not found["visual"][~mask].any()


def test_recurrence_comes_first():
    encoder = build(recurrent=True)
    visual, audio, mask = inputs()
    lengths = mask.sum(1)
    seen, heard = (
        encoder.visual_recurrent(visual, lengths),
        encoder.audio_recurrent(audio, lengths),
    )
    assert (seen.shape[-1], heard.shape[-1]) == (16, 8)
    found = encoder(visual, audio, mask)
    asked = encoder.audio_within(heard, mask)
    wanted = encoder.visual_across(seen, asked, mask) * mask[..., None]
    torch.testing.assert_close(found["visual"], wanted)
