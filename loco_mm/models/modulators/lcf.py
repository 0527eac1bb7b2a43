"""Local Correspondence Feature modulation, LCF (LoCo, Eq. 3-6).

Shape letters: B batch, T steps, D model width, E embedding width, R = B T steps of the batch, A
those of all processes, where they gather.
"""

import math
from functools import partial
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...arguments import InitCfg, Range, checked
from ...errors import InputError
from ...ops import at_least_float32
from ...ops.gather import gather_rows
from ...registry import MODELS
from ..features import Features, FeatureSpec

# Runs a function without random numbers, and again in the backward pass.
_recomputed = partial(checkpoint, use_reentrant=False, preserve_rng_state=False)

Target = Literal["gaussian", "fixed_gaussian", "diagonal", "softened"]


class StepEmbeddings(NamedTuple):
    """Embeddings of the steps of a batch, one per row.

    Attributes:
        visual: (R, E) L2-normalised embeddings, 0 on padding.
        audio: (R, E) L2-normalised embeddings, 0 on padding.
        valid: (R,) bool, False on padding.
    """

    visual: Tensor
    audio: Tensor
    valid: Tensor


@MODELS.register_module()
class LCFModulation(BaseModule):
    """Contrastive loss between all visual and all audio steps with soft targets along time.

    (The paper calls the steps of the feature grid segments; elsewhere a segment is the interval of
    an event.)

    ``logits_ij = <v_i, a_j> / tau``; the loss is the mean over i of
    ``-sum_j G_ij log softmax_j(logits_ij)``, averaged over both directions. In one video
    ``G_ij = N(|i - j| / sqrt(2); 0, sigma)``, across videos it is 0. tau and sigma are learned
    within smooth bounds, so that the gradient never vanishes at a bound. Without bounds, the loss
    could be reduced by increasing sigma, which shrinks all of G.

    G is zero between videos, so weighted sums are computed per video. Only the normalisation needs
    all pairs. Both are computed in blocks of rows, which are recomputed in the backward pass, so
    that memory is linear in the number of steps.

    Args:
        spec: Sizes of the streams: their channels D.
        embed_dim: Embedding width E.
        target (str): ``'gaussian'``, ``'fixed_gaussian'`` (sigma is 1), ``'diagonal'`` (the
            identity I) or ``'softened'`` (0.8 I + 0.2 / (M - 1) for M valid steps, also on the
            diagonal).
        normalize_target: Whether each row of G is divided by its sum; not in the paper.
        gather: Whether negatives are taken from all processes, whose batches must have the same
            size.
        loss_weight: Weight of the loss, alpha in the paper. Eq. 3 is a sum over i, and this is a
            mean, whose initial value of about sqrt(2) log M, for M valid steps, hardly depends on
            the batch size.
            With 0.1 and 16 videos of UnAV-100, the weighted loss starts at 1.1 (classification
            at 0.8, regression at 0.7) and decreases more slowly than these.
        init_tau: Initial temperature, within 0.01 to 1.
        init_sigma: Initial width of the Gaussian, in steps.
        sigma_range (tuple[float, float]): Bounds of sigma.
        block_elements: Number of elements per block: its rows times all columns.
        skip_padding: Whether logits of padded steps are left out, whose number the host then has to
            read from the device. By default, they are on the CPU, which does not have to wait and
            is slower at computing them, unless the loss is compiled. The loss is the same up to
            rounding.
    """

    TAU_RANGE = (0.01, 1.0)

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        embed_dim: PositiveInt = 256,
        target: Target = "gaussian",
        normalize_target: bool = False,
        gather: bool = True,
        loss_weight: NonNegativeFloat = 0.1,
        init_tau: float = 0.07,
        init_sigma: PositiveFloat = 1.0,
        sigma_range: Range = (0.1, 10.0),
        block_elements: PositiveInt = 2**23,
        skip_padding: bool | None = None,
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
        self.skip_padding = skip_padding
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
                "LCFModulation: expected 0 < low < init_sigma < high, got "
                f"sigma_range={(low, high)}, init_sigma={sigma}"
            )
        if target == "fixed_gaussian" and sigma != 1:
            raise InputError(
                "LCFModulation.init_sigma: expected 1 with target='fixed_gaussian', whose sigma is "
                f"1, got {sigma}"
            )
        if not self.TAU_RANGE[0] < tau < self.TAU_RANGE[1]:
            raise InputError(
                f"LCFModulation.init_tau: expected a value within {self.TAU_RANGE}, got {tau}"
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
            features: Its streams ``visual`` and ``audio`` (B, T, D) are read.

        Returns:
            dict[str, Tensor]: ``loss_lcf``, and for the log ``lcf_tau`` and ``lcf_sigma``.
        """
        mask, tau, sigma = features.mask, self.tau, self.sigma
        visual = self.visual_projection(features.streams["visual"])
        audio = self.audio_projection(features.streams["audio"])
        # bfloat16 similarities divided by tau would be off by several percent: float32 or finer.
        with torch.autocast(mask.device.type, enabled=False):
            visual, audio = (
                F.normalize(at_least_float32(x), dim=-1) * mask[..., None] for x in (visual, audio)
            )
            loss = self._loss(visual, audio, mask, tau, sigma)
        return {
            "loss_lcf": self.loss_weight * loss,
            "lcf_tau": tau.detach(),
            "lcf_sigma": sigma.detach(),
        }

    def _loss(
        self, visual: Tensor, audio: Tensor, mask: Tensor, tau: Tensor, sigma: Tensor
    ) -> Tensor:
        """() mean over both directions: rows of this process, columns of all processes.

        Args:
            visual, audio: (B, T, E) normalised embeddings, 0 on padding.
            mask: (B, T) bool, True = valid.
            tau, sigma: (1,) temperature and width of the Gaussian.
        """
        columns, processes = StepEmbeddings(*(x.flatten(0, 1) for x in (visual, audio, mask))), 1
        if self.gather:
            columns, processes = gather_rows(columns)
        index, skip = None, self.skip_padding
        if skip is None:
            # A compiled graph has no sizes that depend on values.
            skip = mask.device.type == "cpu" and not torch.compiler.is_compiling()
        if skip:
            index, kept = (x.flatten().nonzero()[:, 0] for x in (mask, columns.valid))
            columns = StepEmbeddings(*(x[kept] for x in columns))
        # Added to the logits of a column. It is finite, so that a row without columns is not NaN.
        bias = torch.zeros_like(columns.visual[:, 0]).masked_fill(~columns.valid, -1e30)
        total = columns.valid.sum().to(visual.dtype)
        # G is the sum of a part within each video and a part that is equal for all columns.
        mass, visual_sum, audio_sum = self._sums_within_videos(visual, audio, mask, sigma)
        alike = None
        if self.target == "softened":
            alike = 0.2 / (total - 1).clamp(min=1)
            mass = mass + alike * total
        weight = mask / mass.where(mask, 1) if self.normalize_target else mask
        loss = visual.new_zeros(())
        for row, wanted, column in (
            (visual, audio_sum, columns.audio),
            (audio, visual_sum, columns.visual),
        ):
            row = row / tau.to(row.dtype)
            if alike is not None:
                wanted = wanted + alike * column.sum(0)
            # -sum_j G_ij (logits_ij - logsumexp_j) = mass_i logsumexp_j - <row_i, sum_j G_ij a_j>
            normaliser = self._logsumexp(row, index, column, bias)
            loss = loss + (weight * (mass * normaliser - (row * wanted).sum(-1))).sum()
        # Each process computes the sum over its rows; their mean over processes is the joint loss.
        return processes * loss / (2 * total.clamp(min=1))

    def _sums_within_videos(
        self, visual: Tensor, audio: Tensor, mask: Tensor, sigma: Tensor
    ) -> tuple[Tensor, ...]:
        """Sums over the columns of a step's own video, block by block.

        Args:
            visual, audio, mask, sigma: See :meth:`_loss`.

        Returns:
            tuple[Tensor, ...]: (B, T) sums of the rows of G, and (B, T, E) sums of the visual and
            of the audio embeddings, weighted by them; without the part that is equal for all
            columns.
        """
        columns = torch.cat([mask[..., None].to(visual.dtype), visual, audio], dim=-1)
        step = torch.arange(mask.shape[1], device=mask.device)
        blocks = step.split(max(1, self.block_elements // len(step)))

        def sums(rows: Tensor, columns: Tensor, sigma: Tensor) -> Tensor:
            distance = rows[:, None] - step
            if self.target in ("diagonal", "softened"):
                one = 0.8 if self.target == "softened" else 1.0
                kernel = one * (distance == 0).to(columns.dtype)
            else:
                # |i - j|^2 / 2 over 2 sigma^2
                kernel = (distance**2 / (-4 * sigma**2)).exp() / (sigma * math.sqrt(2 * math.pi))
            return kernel.to(columns.dtype) @ columns

        if len(blocks) == 1:
            found = sums(step, columns, sigma)
        else:
            found = torch.cat([_recomputed(sums, rows, columns, sigma) for rows in blocks], dim=1)
        width = visual.shape[-1]
        mass, visual_sum, audio_sum = found.split([1, width, width], dim=-1)
        return mass[..., 0], visual_sum, audio_sum

    def _logsumexp(self, row: Tensor, index: Tensor | None, column: Tensor, bias: Tensor) -> Tensor:
        """(B, T) logsumexp over all columns of each row's logits, block by block.

        Args:
            row: (B, T, E).
            index: (M,) long, the rows that are computed; others are 0. By default all.
            column: (A, E).
            bias: (A,) is added to the logits.
        """
        rows = row.flatten(0, 1)
        chosen = rows if index is None else rows[index]
        size = max(1, self.block_elements // max(len(column), 1))
        found = torch.cat([_recomputed(_logsumexp, x, column, bias) for x in chosen.split(size)])
        if index is not None:
            found = found.new_zeros(len(rows)).index_copy(0, index, found)
        return found.view(row.shape[:2])


def _logsumexp(row: Tensor, column: Tensor, bias: Tensor) -> Tensor:
    return torch.addmm(bias, row, column.T).logsumexp(1)


def _soft_clamp(log_value: Tensor, low: float, high: float) -> Tensor:
    """A smooth function that is close to exp and bounded by ``low`` and ``high``."""
    middle, half_width = _log_range(low, high)
    return (middle + half_width * ((log_value - middle) / half_width).tanh()).exp()


def _soft_clamp_inverse(value: float, low: float, high: float) -> float:
    middle, half_width = _log_range(low, high)
    return middle + half_width * math.atanh((math.log(value) - middle) / half_width)


def _log_range(low: float, high: float) -> tuple[float, float]:
    """Centre and half width of a range on a logarithmic scale."""
    return (math.log(high) + math.log(low)) / 2, (math.log(high) - math.log(low)) / 2
