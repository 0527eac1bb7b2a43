"""Features and samples for losses."""

import pytest
import torch

from loco_mm.models import PairSimilarityLoss  # noqa: F401, the package is imported whole
from loco_mm.models.features import Features, FeatureSpec
from loco_mm.testing import make_segment_sample

CLASSES = 3
GIVEN = dict(spec=FeatureSpec(4, (1,), 6), num_classes=CLASSES)


@pytest.fixture
def scene():
    """Three videos of five, three and four segments, padded to six; the last has no event."""
    labels = [[3, 1, 1, 3, 1], [2, 2, 2], [3, 3, 3, 3]]
    generator = torch.Generator().manual_seed(0)
    mask = torch.arange(6) < torch.tensor([len(row) for row in labels])[:, None]

    def draw(*shape):
        x = torch.randn(*shape, generator=generator, dtype=torch.float64)
        return x * mask[..., None] if len(shape) == 3 else x * mask

    visual, audio, level = (draw(3, 6, 4).requires_grad_() for _ in range(3))
    gates = draw(3, 6).sigmoid() * mask
    streams = dict(visual=visual, audio=audio, gates=gates)
    features = Features(streams, mask, [level], [mask])
    samples = [
        make_segment_sample(row, CLASSES, seed)["data_samples"] for seed, row in enumerate(labels)
    ]
    return features, samples, labels
