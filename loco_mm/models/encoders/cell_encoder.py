"""The encoder of LESP: sounds attend to the cells of their segment, and to segments.

Shape letters: B batch, T segments, N = H * W cells of a map, D model width, Dv and Da channels of
the features.
"""

from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import Count, InitCfg, ShareBelowOne, checked
from ...registry import MODELS
from ..layers import PostNormLayer, SinusoidPosition, check_channels
from ..spatial.maps import cells_of


@MODELS.register_module()
class CellEncoder(BaseModule):
    """Two streams that are both of sight and sound: found in space, and found in time.

    The cells of a segment attend to each other, and its sound to them: that is the first. Their
    mean, and the sound, attend to the segments of their own stream, and then the sound to what is
    seen: that is the second. Time has no position encoding.

    Source: Ge et al., MM 2023 (LESP).

    Args:
        visual_dim (int): Channels Dv of the visual features.
        audio_dim (int): Channels Da of the audio features.
        dim (int): Width D of each stream.
        num_heads (int): Attention heads.
        mlp_channels (int): Hidden width of the MLPs.
        num_layers (int): Layers of each of the five transformers.
        num_cells (int): Cells N.
        dropout (float): In all layers, and on the cells' positions.
        embed_dropout (float): On the embeddings.
    """

    takes_maps = True

    @checked
    def __init__(
        self,
        visual_dim: Count = 512,
        audio_dim: Count = 128,
        dim: Count = 256,
        num_heads: Count = 4,
        mlp_channels: Count = 1024,
        num_layers: Count = 1,
        num_cells: Count = 49,
        dropout: ShareBelowOne = 0.1,
        embed_dropout: ShareBelowOne = 0.2,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.num_cells = num_cells

        def embedding(channels: int) -> nn.Sequential:
            first, second = nn.Linear(channels, dim), nn.Linear(dim, dim)
            return nn.Sequential(first, nn.LeakyReLU(), second, nn.Dropout(embed_dropout))

        def layers() -> nn.ModuleList:
            return nn.ModuleList(
                PostNormLayer(dim, num_heads, mlp_channels, dropout) for _ in range(num_layers)
            )

        self.visual_embed, self.audio_embed = embedding(visual_dim), embedding(audio_dim)
        self.position = SinusoidPosition(dim, num_cells)
        self.drop = nn.Dropout(dropout)
        self.cells, self.in_space = layers(), layers()
        self.visual, self.audio, self.in_time = layers(), layers(), layers()

    def forward(
        self, visual: Tensor, audio: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encode a batch.

        Args:
            visual (Tensor): (B, T, H, W, Dv), 0 on padding.
            audio (Tensor): (B, T, Da), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor, Tensor, Tensor]: found in space and found in time (B, T, D); the
            visual and the audio stream by themselves (B, T, D); 0 on padding.

        Raises:
            InputError: The features are no maps of N cells, or of other widths.
        """
        cells = cells_of(visual, self.num_cells, "encoder")
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        sound = self.audio_embed(audio)
        cells = self.visual_embed(cells).flatten(0, 1)
        # The table is scaled by 1 / sqrt(D), which this encoder does not want.
        cells = self.drop(cells + self.position.table * cells.shape[-1] ** 0.5)
        cells = _through(self.cells, cells, cells)
        in_space = _through(self.in_space, sound.flatten(0, 1)[:, None], cells)
        in_space = in_space[:, 0].unflatten(0, mask.shape)
        seen = cells.mean(1).unflatten(0, mask.shape)
        seen = _through(self.visual, seen, seen, mask)
        heard = _through(self.audio, sound, sound, mask)
        in_time = _through(self.in_time, heard, seen, mask)
        keep = mask[..., None]
        return in_space * keep, in_time * keep, seen * keep, heard * keep


def _through(
    layers: nn.ModuleList, query: Tensor, memory: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Queries after all layers; a stream that attends to itself is its own memory in each."""
    itself = memory is query
    for layer in layers:
        query = layer(query, query if itself else memory, mask)
    return query
