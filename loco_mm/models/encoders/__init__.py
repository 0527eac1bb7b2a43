"""Encoders: from feature files' channels to the model's width, each modality alone."""

from .unimodal_encoder import UnimodalEncoder

__all__ = ["UnimodalEncoder"]
