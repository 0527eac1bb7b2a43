"""Classification by embeddings of class names."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from loco_mm.errors import InputError
from loco_mm.fileio import random_embeddings
from loco_mm.models import LanguageClassifier, PointHead
from loco_mm.models.features import FeatureSpec

SPEC = FeatureSpec(4, (1, 2), 8)


def make(**settings):
    torch.manual_seed(0)
    return LanguageClassifier(SPEC, 3, text_dim=6, feat_channels=8, **settings).eval()


def levels():
    generator = torch.Generator().manual_seed(1)
    masks = [torch.arange(n) < n - 1 for n in (8, 4)]
    return [torch.randn(1, len(m), 4, generator=generator) * m[:, None] for m in masks], [
        m[None] for m in masks
    ]


@torch.no_grad()
def test_logits_are_scaled_cosines():
    layer = make()
    layer.logit_scale.fill_(1.2)
    found = layer(*levels())
    embeddings = torch.from_numpy(random_embeddings(3, 6))
    for x, mask, logits in zip(*levels(), found, strict=True):
        tower = layer.level(x, mask)
        for t in range(x.shape[1]):
            for c in range(3):
                text = layer.text(embeddings[c])
                wanted = np.exp(1.2) * F.cosine_similarity(tower[0, t], text, dim=0)
                torch.testing.assert_close(logits[0, t, c], wanted)


@torch.no_grad()
def test_a_file_takes_the_place_of_made_up_ones(tmp_path):
    given = random_embeddings(5, 6)[2:]
    np.save(tmp_path / "a.npy", given)
    layer, own = make(embeddings=str(tmp_path / "a.npy")), make()
    own.set_embeddings(given)
    for one, other in zip(layer(*levels()), own(*levels()), strict=True):
        assert torch.equal(one, other)
    assert not any("embeddings" in name for name in layer.state_dict())


def test_a_file_that_is_not_there_is_reported_when_it_is_needed(tmp_path):
    layer = make(embeddings=str(tmp_path / "gone.npy"))
    with pytest.raises(InputError, match=r"gone.npy: no such file: tools/data/embed_classes.py"):
        layer(*levels())
    # A dataset may write it later.
    np.save(tmp_path / "gone.npy", random_embeddings(5, 6)[2:])
    layer(*levels())
    assert torch.equal(layer.embeddings[0], torch.from_numpy(random_embeddings(5, 6)[2]))
    layer.set_embeddings(random_embeddings(2, 6))
    assert layer(*levels())[0].shape == (1, 8, 2)


def head(**settings):
    classifier = dict(type="LanguageClassifier", text_dim=6, feat_channels=8)
    settings = dict(classifier=classifier, class_aware=False) | settings
    return PointHead(3, SPEC, feat_channels=8, **settings)


def test_a_head_finds_other_classes():
    layer = head()
    layer.set_classes(random_embeddings(7, 6))
    assert layer.num_classes == 7
    assert layer.cls_tower(*levels())[1].shape == (1, 4, 7)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            dict(classifier=None),
            "classifier: expected LanguageClassifier, which compares with class names, got "
            "ConvClassifier",
        ),
        (
            dict(class_aware=True),
            r"regressor: expected offsets shared by all classes \(class_aware=False\), got "
            "offsets of 3 classes",
        ),
    ],
)
def test_a_head_that_cannot_is_reported(settings, message):
    with pytest.raises(InputError, match=f"model.head.{message}"):
        head(**settings).set_classes(random_embeddings(7, 6))


def test_another_width_is_reported():
    with pytest.raises(
        InputError,
        match=r"LanguageClassifier\.set_embeddings: expected shape \(C, 6\), one row per class, "
        r"got \(7, 5\)",
    ):
        head().set_classes(random_embeddings(7, 5))
