"""Positions of a clip and its copy."""

import torch

from loco_mm.structures import StitchedClip


def test_what_is_found_in_the_copy_is_moved_back():
    clip = StitchedClip(20, 4, 64)
    segments = torch.tensor([[1.0, 5.5], [0.0, 20.0], [10.0, 19.5]])
    copies = clip.to_copy(segments)
    assert copies.tolist() == [[26.0, 35.0], [24.0, 64.0], [44.0, 63.0]]
    torch.testing.assert_close(clip.to_clip(torch.cat([segments, copies])), segments.repeat(2, 1))
    # Segments that start in the clip are unchanged, wherever they end.
    assert clip.to_clip(torch.tensor([[19.5, 40.0]])).tolist() == [[19.5, 40.0]]
