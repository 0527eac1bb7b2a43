"""Classifiers of dense heads: from levels to scores of classes.

A classifier is built with ``spec``, the :class:`FeatureSpec` of the levels, and ``num_classes``,
and called with the levels' features (B, T, D) and masks (B, T), a list each. It gives scores before
the sigmoid (B, T, C), a list of them.

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
from ...fileio import check_class_embeddings, made_up_embeddings, read_class_embeddings
from ...registry import MODELS
from ..features import FeatureSpec
from .tower import PredictionTower


@MODELS.register_module()
class ConvClassifier(PredictionTower):
    """A tower of convolutions, shared by all levels.

    Args:
        spec: Sizes of the levels: their channels D.
        num_classes: Classes C.
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
    """Similarity of a step to an embedding of each class's name.

    A tower's output and the embedding, brought to its width, are compared by their cosine, times a
    learned factor. What is learned knows no class: with other embeddings (:meth:`set_embeddings`)
    the same weights tell other classes apart.

    Source: the language-aware classifier of UniAV (Geng et al., arXiv 2404.03179).

    Args:
        spec: Sizes of the levels: their channels D.
        num_classes: Classes C.
        embeddings: ``.npy`` file (C, K) of the classes by label, as
            ``tools/data/embed_classes.py`` writes it. It is no part of checkpoints. None: made-up
            ones, a random direction for each label.
        text_dim: Channels K of the embeddings.
        feat_channels: Channels H of the tower.

    Raises:
        InputError: The file is there, and holds something else. One that is not there is read, or
            told, when it is needed: a model can be built, and its parameters counted, without.
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
        # As of CLIP (Radford et al., ICML 2021).
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        found = made_up_embeddings(num_classes, text_dim)
        self.register_buffer("embeddings", torch.from_numpy(found), persistent=False)
        self.file = embeddings
        if embeddings and Path(embeddings).exists():
            self._read_file()

    def _read_file(self) -> None:
        """Take the file's embeddings in place of made-up ones."""
        sizes = len(self.embeddings), self.text.in_features
        found = torch.from_numpy(read_class_embeddings(str(self.file), *sizes))
        self.embeddings, self.file = found.to(self.embeddings), None

    def known_embeddings(self) -> Tensor:
        """(C, K) of the classes.

        Raises:
            InputError: Their file is not there.
        """
        if self.file:
            self._read_file()
        return self.embeddings

    def set_embeddings(self, embeddings: np.ndarray) -> None:
        """Replace the classes.

        Args:
            embeddings: (C, K) of any number of classes.

        Raises:
            InputError: They are of another width, or no finite numbers.
        """
        where = "LanguageClassifier.set_embeddings"
        found = check_class_embeddings(where, embeddings, None, self.text.in_features)
        self.file = None
        self.embeddings = torch.from_numpy(found).to(self.embeddings)

    def forward(self, levels: Sequence[Tensor], masks: Sequence[Tensor]) -> list[Tensor]:
        """(B, T, C) of each level.

        Raises:
            InputError: The file of embeddings is not there.
        """
        embeddings = self.known_embeddings()
        towers = super().forward(levels, masks)
        # As the tower's own output: in full precision.
        with torch.autocast(towers[0].device.type, enabled=False):
            classes = F.normalize(self.text(embeddings.to(self.text.weight.dtype)), dim=-1)
            scaled = self.logit_scale.exp() * classes
            return [F.linear(F.normalize(x, dim=-1), scaled) for x in towers]
