"""Encoders of the features, a stream each."""

from .recurrent_encoder import RecurrentEncoder
from .relation_encoder import RelationEncoder
from .unimodal_encoder import UnimodalEncoder

__all__ = ["RecurrentEncoder", "RelationEncoder", "UnimodalEncoder"]
