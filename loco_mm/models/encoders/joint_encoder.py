"""Encoder of systems that read concatenated features as one stream.

Shape letters: B batch, T steps, D model width, C channels of the joined features.
"""

from pydantic import NonNegativeInt, PositiveInt
from torch import Tensor

from ...arguments import DropRate, Part, checked
from ...registry import MODELS
from ..features import FeatureSpec
from .base_joint_encoder import BaseJointEncoder
from .stream_encoder import StreamEncoder


@MODELS.register_module()
class JointEncoder(BaseJointEncoder):
    """Encodes concatenated visual and audio features as one stream.

    With ``attention=dict(type='WindowAttention', adaptive=False, window_size=...)`` it is the
    embedding and stem of ActionFormer (Zhang et al., ECCV 2022).

    Args:
        spec: Sizes of its output stream: the width D, and the length of the position encoding,
            which is stretched for longer sequences.
        num_heads: Attention heads.
        num_layers: Number of blocks.
        position: Whether a position encoding is added.
        block: Config of a block; :class:`AttentionBlock` by default, see
            :func:`build_block`.
        attention: Config of the attention; :class:`GlobalAttention` by default.
        drop_path: Stochastic depth.
        **kwargs: See :class:`BaseJointEncoder`.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_heads: PositiveInt = 4,
        num_layers: NonNegativeInt = 2,
        position: bool = False,
        block: Part | None = None,
        attention: Part | None = None,
        drop_path: DropRate = 0.1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.joint = StreamEncoder(
            self.in_channels,
            spec,
            num_heads,
            num_layers,
            drop_path,
            position=position,
            block=block,
            attention=attention,
        )

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`BaseJointEncoder.encode`."""
        return self.joint(x, mask)
