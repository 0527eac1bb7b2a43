"""Encoders: one stream per modality, or one joint stream."""

from .base_joint_encoder import BaseJointEncoder
from .joint_encoder import JointEncoder
from .recurrent_encoder import RecurrentEncoder
from .relation_encoder import RelationEncoder
from .unimodal_encoder import UnimodalEncoder

__all__ = [
    "BaseJointEncoder",
    "JointEncoder",
    "RecurrentEncoder",
    "RelationEncoder",
    "UnimodalEncoder",
]
