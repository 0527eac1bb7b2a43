"""Functions shared by spatial attention modules.

Shape letters: B batch, T segments, N = H * W cells of a map, D channels.
"""

from torch import Tensor

from ...errors import InputError


def cells_of(visual: Tensor, num_cells: int | None = None, slot: str = "spatial") -> Tensor:
    """(B, T, N, D) cells of maps (B, T, H, W, D).

    Args:
        visual: The visual features.
        num_cells: Required number of cells N, if any.
        slot: Slot of the calling module in the model, for the message.

    Raises:
        InputError: The features are not maps, or have other sizes.
    """
    if visual.ndim != 5 or num_cells not in (None, visual.shape[2] * visual.shape[3]):
        size = "" if num_cells is None else f" of {num_cells} cells"
        raise InputError(
            f"model.{slot}: expected maps (B, T, H, W, Dv){size}, got visual features of shape "
            f"{tuple(visual.shape)}: set dataset.features='map'"
        )
    return visual.flatten(2, 3)


def weighted(cells: Tensor, scores: Tensor) -> Tensor:
    """(B, T, D) sums of cells (B, T, N, D), weighted by the softmax of scores (B, T, N, 1)."""
    return (scores.softmax(2) * cells).sum(2)
