"""Extraction of features from media files, on the time grid of the datasets."""

from .base_extractor import BaseExtractor
from .class_text import embed_classes
from .cluster import extract_on_cluster
from .encoders import AudioEncoder, ClipEncoder, FrameEncoder, VisualEncoder, Windows
from .extraction import Extraction, build_extractor, extract_videos
from .hugging_face import TransformersExtractor
from .i3d_vggish import I3DVGGishExtractor
from .live_features import LiveFeatures
from .onepeace import OnePeaceExtractor
from .pretrained import PretrainedExtractor, YAMNetExtractor, default_extractor
from .spectral import SpectralExtractor
from .timm_frames import TimmExtractor

__all__ = [
    "AudioEncoder",
    "BaseExtractor",
    "ClipEncoder",
    "Extraction",
    "FrameEncoder",
    "I3DVGGishExtractor",
    "LiveFeatures",
    "OnePeaceExtractor",
    "PretrainedExtractor",
    "SpectralExtractor",
    "TimmExtractor",
    "TransformersExtractor",
    "VisualEncoder",
    "Windows",
    "YAMNetExtractor",
    "build_extractor",
    "default_extractor",
    "embed_classes",
    "extract_on_cluster",
    "extract_videos",
]
