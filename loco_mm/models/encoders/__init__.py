"""Encoders of the features, a stream each."""

from .cell_encoder import CellEncoder
from .recurrent_encoder import RecurrentEncoder
from .relation_encoder import RelationEncoder
from .unimodal_encoder import UnimodalEncoder

__all__ = ["CellEncoder", "RecurrentEncoder", "RelationEncoder", "UnimodalEncoder"]
