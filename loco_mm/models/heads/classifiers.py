"""Classifiers of dense heads, which compute class scores from pyramid levels.

A classifier is built with ``spec``, the :class:`FeatureSpec` of the levels, and ``num_classes``.
It is called with lists of the levels' features (B, T, D) and masks (B, T), and returns a list of
scores before the sigmoid (B, T, C).

Shape letters: B batch, T steps of a level, D input channels, C classes, H channels of a tower, K
channels of an embedding.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ...fileio import check_class_embeddings, random_embeddings, read_class_embeddings
from ...registry import MODELS
from ..features import FeatureSpec
from .tower import PredictionTower


@MODELS.register_module()
class ConvClassifier(PredictionTower):
    """A tower of convolutions that is shared by all levels.

    Args:
        spec: Sizes of the levels: their channels D.
        num_classes: Number of classes C.
        feat_channels: Channels H of the tower.
        prior_prob: Initial score of the classification layer.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: PositiveInt,
        feat_channels: PositiveInt = 512,
        prior_prob: Annotated[float, Field(gt=0, lt=1)] = 0.01,
    ):
        super().__init__(spec.channels, feat_channels, num_classes, prior_prob)


@MODELS.register_module()
class LanguageClassifier(PredictionTower):
    """Similarity of each step with an embedding of each class name.

    The score is the cosine similarity of the tower's output with the linearly projected embedding,
    times a learned factor. No weight depends on the classes, so that the same weights can classify
    other classes with other embeddings (:meth:`set_embeddings`).

    Source: the language-aware classifier of UniAV (Geng et al., arXiv 2404.03179).

    Args:
        spec: Sizes of the levels: their channels D.
        num_classes: Number of classes C.
        embeddings: ``.npy`` file (C, K) with the embeddings of the classes by label, written by
            ``tools/data/embed_classes.py``. It is not stored in checkpoints. With None, embeddings
            are random vectors.
        text_dim: Channels K of the embeddings.
        feat_channels: Channels H of the tower.

    Raises:
        InputError: The file exists, but is invalid. A missing file raises an error only when it is
            needed, so that a model can be built, and its parameters counted, without it.
    """

    embeddings: Tensor

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: PositiveInt,
        embeddings: str | None = None,
        text_dim: PositiveInt = 1536,
        feat_channels: PositiveInt = 512,
    ):
        super().__init__(spec.channels, feat_channels, feat_channels)
        self.text = nn.Linear(text_dim, feat_channels)
        nn.init.xavier_uniform_(self.text.weight)
        nn.init.zeros_(self.text.bias)
        # As in CLIP (Radford et al., ICML 2021).
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        found = random_embeddings(num_classes, text_dim)
        self.register_buffer("embeddings", torch.from_numpy(found), persistent=False)
        self.file = embeddings
        if embeddings and Path(embeddings).exists():
            self._read_file()

    def _read_file(self) -> None:
        """Replace random embeddings by those of the file."""
        sizes = len(self.embeddings), self.text.in_features
        found = torch.from_numpy(read_class_embeddings(str(self.file), *sizes))
        self.embeddings, self.file = found.to(self.embeddings), None

    def known_embeddings(self) -> Tensor:
        """(C, K) embeddings of the classes.

        Raises:
            InputError: Their file does not exist.
        """
        if self.file:
            self._read_file()
        return self.embeddings

    def set_embeddings(self, embeddings: np.ndarray) -> None:
        """Replace the classes.

        Args:
            embeddings: (C, K), for any number of classes.

        Raises:
            InputError: The width is different, or values are not finite.
        """
        where = "LanguageClassifier.set_embeddings"
        found = check_class_embeddings(where, embeddings, None, self.text.in_features)
        self.file = None
        self.embeddings = torch.from_numpy(found).to(self.embeddings)

    def forward(self, levels: Sequence[Tensor], masks: Sequence[Tensor]) -> list[Tensor]:
        """(B, T, C) scores of each level.

        Raises:
            InputError: The file of embeddings does not exist.
        """
        embeddings = self.known_embeddings()
        towers = super().forward(levels, masks)
        # In full precision, as the tower's own output layer.
        with torch.autocast(towers[0].device.type, enabled=False):
            classes = F.normalize(self.text(embeddings.to(self.text.weight.dtype)), dim=-1)
            scaled = self.logit_scale.exp() * classes
            return [F.linear(F.normalize(x, dim=-1), scaled) for x in towers]
