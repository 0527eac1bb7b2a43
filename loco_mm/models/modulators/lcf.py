"""Local Correspondence Feature modulation, LCF (LoCo, Eq. 3-6).

Shape letters: B batch, T steps, D model width, E embedding width, M valid steps of the batch
(of all processes, where they gather), R rows of a block.
"""

import math
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from mmengine.dist import get_rank
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...arguments import Count, Finite, InitCfg, Positive, Range, Weight, checked
from ...errors import InputError
from ...ops import at_least_float32
from ...ops.gather import gather_rows
from ...registry import MODELS
from ..features import Features, FeatureSpec

Target = Literal["gaussian", "fixed_gaussian", "diagonal", "softened"]


class StepEmbeddings(NamedTuple):
    """Embeddings of the valid steps of a batch, one a row.

    Attributes:
        visual (Tensor): (M, E) L2-normalised embeddings.
        audio (Tensor): (M, E) the same of the other modality.
        process (Tensor): (M,) float, rank of the process that holds the step.
        video (Tensor): (M,) float, index of the step's video in that process's batch.
        step (Tensor): (M,) float, index of the step in its video.
    """

    visual: Tensor
    audio: Tensor
    process: Tensor
    video: Tensor
    step: Tensor


@MODELS.register_module()
class LCFModulation(BaseModule):
    """Contrasts every visual step with every audio step, softly along time. (What the paper calls
    segments are steps of the feature grid; a segment is an event's interval everywhere else.)

    ``logits_ij = <v_i, a_j> / tau``; the loss is the mean over i of
    ``-sum_j G_ij log softmax_j(logits_ij)``, averaged over both directions. In one video
    ``G_ij = N(|i - j| / sqrt(2); 0, sigma)``, across videos it is 0. tau and sigma are learned,
    and bounded smoothly, so that a gradient leads back from any value. Unbounded, the literal
    loss can shrink all of G by growing sigma.

    Rows are worked on in blocks that are computed again in the backward pass, so memory grows
    with M and not with its square.

    Args:
        spec (FeatureSpec): Of the streams: their channels D.
        embed_dim (int): Embedding width E.
        target (str): ``'gaussian'``, ``'fixed_gaussian'`` (sigma is 1), ``'diagonal'`` (the
            identity I) or ``'softened'`` (0.8 I + 0.2 / (M - 1), on the diagonal too).
        normalize_target (bool): Divide each row of G by its sum. The paper's G is not.
        gather (bool): With several processes, take negatives from all of them.
        loss_weight (float): Factor of the loss, the paper's alpha. Eq. 3 sums over i, where this
            is a mean, whose size, about sqrt(2) log M at the start, hardly depends on the batch.
            With 0.1 and 16 videos of UnAV-100, the weighted loss starts at 1.1, beside 0.8 of
            classification and 0.7 of regression, and shrinks more slowly than they do.
        init_tau (float): Where the temperature starts, within 0.01 to 1.
        init_sigma (float): Where the width of the Gaussian starts, in steps.
        sigma_range (tuple[float, float]): Bounds of sigma.
        block_elements (int): Entries of a block of logits, R * M.
    """

    TAU_RANGE = (0.01, 1.0)

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        embed_dim: Count = 256,
        target: Target = "gaussian",
        normalize_target: bool = False,
        gather: bool = True,
        loss_weight: Weight = 0.1,
        init_tau: Finite = 0.07,
        init_sigma: Positive = 1.0,
        sigma_range: Range = (0.1, 10.0),
        block_elements: Count = 2**22,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self._check(target, init_tau, init_sigma, sigma_range)
        self.target = target
        self.normalize_target = normalize_target
        self.gather = gather
        self.loss_weight = loss_weight
        low, high = self.sigma_range = tuple(sigma_range)
        self.block_elements = block_elements
        self.visual_projection = self._projection(spec.channels, embed_dim)
        self.audio_projection = self._projection(spec.channels, embed_dim)
        # One-dimensional, so that `flat_decay_mult=0` exempts them from weight decay.
        self.log_tau = nn.Parameter(torch.tensor([_soft_clamp_inverse(init_tau, *self.TAU_RANGE)]))
        share = (init_sigma - low) / (high - low)
        self.sigma_logit = nn.Parameter(
            torch.tensor([math.log(share / (1 - share))]), requires_grad=target == "gaussian"
        )

    def _check(self, target: str, tau: float, sigma: float, sigma_range: Range) -> None:
        low, high = sigma_range
        if not 0 < low < sigma < high:
            raise InputError(
                f"LCFModulation: sigma_range={(low, high)}, init_sigma={sigma} found, "
                "0 < low < init_sigma < high expected"
            )
        if target == "fixed_gaussian" and sigma != 1:
            raise InputError(
                f"LCFModulation: init_sigma={sigma} found, 1 expected with "
                "target='fixed_gaussian', whose sigma is 1"
            )
        if not self.TAU_RANGE[0] < tau < self.TAU_RANGE[1]:
            raise InputError(
                f"LCFModulation.init_tau is {tau}, a value within {self.TAU_RANGE} expected"
            )

    @staticmethod
    def _projection(dim: int, embed_dim: int) -> nn.Sequential:
        return nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, embed_dim))

    @property
    def tau(self) -> Tensor:
        """(1,) temperature."""
        return _soft_clamp(self.log_tau, *self.TAU_RANGE)

    @property
    def sigma(self) -> Tensor:
        """(1,) width of the Gaussian, in steps."""
        if self.target == "fixed_gaussian":
            return torch.ones_like(self.sigma_logit)
        low, high = self.sigma_range
        return low + (high - low) * self.sigma_logit.sigmoid()

    def forward(self, features: Features) -> dict[str, Tensor]:
        """The loss of a batch.

        Args:
            features (Features): Its streams ``visual`` and ``audio`` (B, T, D) are read.

        Returns:
            dict[str, Tensor]: ``loss_lcf``, and for the log ``lcf_tau`` and ``lcf_sigma``.
        """
        mask = features.mask
        video, step = mask.nonzero(as_tuple=True)
        visual = self.visual_projection(features.streams["visual"][video, step])
        audio = self.audio_projection(features.streams["audio"][video, step])
        # bfloat16 similarities over tau would be off by several percent: float32 or finer.
        with torch.autocast(mask.device.type, enabled=False):
            visual, audio = (F.normalize(at_least_float32(x), dim=-1) for x in (visual, audio))
            rows = StepEmbeddings(
                visual,
                audio,
                torch.full_like(step, get_rank(), dtype=visual.dtype),
                video.to(visual.dtype),
                step.to(visual.dtype),
            )
            loss = self._loss(rows)
        return {
            "loss_lcf": self.loss_weight * loss,
            "lcf_tau": self.tau.detach(),
            "lcf_sigma": self.sigma.detach(),
        }

    def _loss(self, rows: StepEmbeddings) -> Tensor:
        """() mean of both directions, the rows of this process against the columns of all."""
        columns, first_row, processes = gather_rows(rows) if self.gather else (rows, 0, 1)
        total = len(columns.video)
        size = max(1, self.block_elements // max(total, 1))
        loss = rows.visual.sum() * 0
        for start in range(0, len(rows.video), size):
            block = StepEmbeddings(*(field[start : start + size] for field in rows))
            number = torch.arange(len(block.video), device=loss.device) + first_row + start
            terms = (block, columns, number, self.tau, self.sigma)
            loss = loss + checkpoint(self._block_loss, *terms, use_reentrant=False)
        # Each process holds its rows' share; their mean over processes is the joint loss.
        return processes * loss / (2 * max(total, 1))

    def _block_loss(
        self,
        block: StepEmbeddings,
        columns: StepEmbeddings,
        number: Tensor,
        tau: Tensor,
        sigma: Tensor,
    ) -> Tensor:
        """() sum over R rows of both directions' cross entropies."""
        target = self._target(block, columns, number, sigma)
        weight = target.sum(1)
        loss = target.new_zeros(())
        for row, column in ((block.visual, columns.audio), (block.audio, columns.visual)):
            logits = row @ column.T / tau
            loss = loss + (weight * logits.logsumexp(1) - (target * logits).sum(1)).sum()
        return loss

    def _target(
        self, block: StepEmbeddings, columns: StepEmbeddings, number: Tensor, sigma: Tensor
    ) -> Tensor:
        """(R, M) rows of G; ``number`` (R,) is the rows' index among the columns."""
        total = len(columns.video)
        if self.target in ("diagonal", "softened"):
            hit = number[:, None] == torch.arange(total, device=number.device)
            one, all_ = (0.8, 0.2 / max(total - 1, 1)) if self.target == "softened" else (1.0, 0.0)
            target = one * hit.to(block.visual.dtype) + all_
        else:
            # |i - j|^2 / 2 over 2 sigma^2
            exponent = -((block.step[:, None] - columns.step) ** 2) / (4 * sigma**2)
            density = exponent.exp() / (sigma * math.sqrt(2 * math.pi))
            same = (block.video[:, None] == columns.video) & (
                block.process[:, None] == columns.process
            )
            target = density * same
        if self.normalize_target:
            target = target / target.sum(1, keepdim=True)
        return target


def _soft_clamp(log_value: Tensor, low: float, high: float) -> Tensor:
    """exp, which bends towards ``low`` and ``high`` and is close to exp between them."""
    middle, reach = _log_range(low, high)
    return (middle + reach * ((log_value - middle) / reach).tanh()).exp()


def _soft_clamp_inverse(value: float, low: float, high: float) -> float:
    middle, reach = _log_range(low, high)
    return middle + reach * math.atanh((math.log(value) - middle) / reach)


def _log_range(low: float, high: float) -> tuple[float, float]:
    """Middle and half the width of a range, in logarithms."""
    return (math.log(high) + math.log(low)) / 2, (math.log(high) - math.log(low)) / 2
