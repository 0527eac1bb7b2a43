"""Recurrent layers.

Shape letters: B batch, T steps, C channels of the input, D channels of the output.
"""

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ...errors import InputError


class BiLSTM(nn.LSTM):
    """One bidirectional LSTM layer (Hochreiter & Schmidhuber, 1997) over the valid steps.

    Args:
        in_channels: Channels C.
        out_channels: Channels D of both directions together, even.
    """

    def __init__(self, in_channels: int, out_channels: int):
        if out_channels % 2:
            raise InputError(f"dim: expected an even number for two directions, got {out_channels}")
        super().__init__(in_channels, out_channels // 2, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:  # type: ignore[override]
        """Apply the layer to a batch.

        Args:
            x: (B, T, C).
            lengths: (B,) number of valid steps, at least 1, which come first; on the CPU, so that
                several layers on a batch need a single device synchronization.

        Returns:
            Tensor: (B, T, D), forward channels first, 0 on padding.
        """
        # The backward direction must not start on padding.
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = super().forward(packed)
        return pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])[0]
