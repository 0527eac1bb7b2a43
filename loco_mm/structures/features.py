"""Kinds of features: their files, widths and grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import InputError
from ..text import file_name
from .grid import TemporalGrid

MODALITIES = ("visual", "audio")
# Which modalities are read.
ModalityChoice = Literal["both", "visual", "audio"]
# Folder of the features, relative to that of the dataset.
FEATURES_FOLDER = "av_features"


def chosen_modalities(choice: ModalityChoice) -> tuple[str, ...]:
    """Names of the chosen modalities."""
    return MODALITIES if choice == "both" else (choice,)


@dataclass(frozen=True)
class FeatureStream:
    """Features of one modality.

    Attributes:
        suffixes: Suffixes of the files ``{video_id}{suffix}``, concatenated along the channels.
        dim: Total number of channels.
    """

    suffixes: tuple[str, ...]
    dim: int


@dataclass(frozen=True)
class FeatureKind:
    """A kind of features, shared by everything that writes, reads or checks them.

    Attributes:
        visual: Visual features.
        audio: Audio features.
        grid: Time grid of both.
    """

    visual: FeatureStream
    audio: FeatureStream
    grid: TemporalGrid

    @classmethod
    def from_config(cls, config: "FeatureKind | str | Mapping") -> "FeatureKind":
        """Create a kind of features from a config.

        Args:
            config: A name in :data:`FEATURE_KINDS`, or a dict of ``visual`` and ``audio``, each
                with ``suffixes`` and ``dim``, and ``grid`` with ``fps``, ``num_frames`` and
                ``stride``. With ``kind``, the name of another kind, missing entries are taken from
                that one.

        Raises:
            InputError: An entry is missing, unknown, or out of range.
        """
        if isinstance(config, FeatureKind):
            return config
        config = _mapping(dict(kind=config) if isinstance(config, str) else config, "features")
        name = config.pop("kind", None)
        if name is not None and name not in list(FEATURE_KINDS):
            raise InputError(
                f"features.kind: expected one of {sorted(FEATURE_KINDS)}, got {name!r}"
            )
        kind = FEATURE_KINDS.get(name)
        unknown = set(config) - {"visual", "audio", "grid"}
        if unknown:
            raise InputError(f"features: expected 'visual', 'audio', 'grid', got {sorted(unknown)}")
        streams = {
            modality: _stream(config.get(modality, {}), kind, modality) for modality in MODALITIES
        }
        given = kind.grid if kind and "grid" not in config else config.get("grid", {})
        return cls(**streams, grid=TemporalGrid.from_config(given, "features.grid"))

    def stream(self, modality: str) -> FeatureStream:
        """Features of ``'visual'`` or ``'audio'``."""
        return getattr(self, modality)

    def files(self, video_id: str, modalities: Sequence[str] = MODALITIES) -> list[str]:
        """Names of all files of a video for the given modalities."""
        suffixes = [s for modality in modalities for s in self.stream(modality).suffixes]
        return [f"{video_id}{suffix}" for suffix in suffixes]


FEATURE_KINDS = {
    # ONE-PEACE: 16 frames with a stride of 4 at 16 fps.
    "onepeace": FeatureKind(
        FeatureStream(("_one_peace_video_finetune.npy",), 1536),
        FeatureStream(("_one_peace_audio.npy",), 1536),
        TemporalGrid(fps=16, num_frames=16, stride=4),
    ),
    # I3D (rgb and flow) and VGGish: 24 frames with a stride of 8 at 25 fps.
    "i3d-vggish": FeatureKind(
        FeatureStream(("_rgb.npy", "_flow.npy"), 2048),
        FeatureStream(("_vggish.npy",), 128),
        TemporalGrid(fps=25, num_frames=24, stride=8),
    ),
    # Statistics of frames and sound: 8 frames with a stride of 4 at 16 fps.
    "spectral": FeatureKind(
        FeatureStream(("_spectral_visual.npy",), 322),
        FeatureStream(("_spectral_audio.npy",), 130),
        TemporalGrid(fps=16, num_frames=8, stride=4),
    ),
    # EfficientNet-Lite0 and YAMNet: 6 frames with a stride of 2 at 6.25 fps, which is 0.96 s.
    "pretrained": FeatureKind(
        FeatureStream(("_efficientnet_lite0.npy",), 1280),
        FeatureStream(("_yamnet.npy",), 1024),
        TemporalGrid(fps=6.25, num_frames=6, stride=2),
    ),
}


def _mapping(value, key: str) -> dict:
    if not isinstance(value, Mapping):
        raise InputError(f"{key}: expected a dict, got {value!r}")
    return dict(value)


def _stream(config: Mapping, kind: FeatureKind | None, modality: str) -> FeatureStream:
    key = f"features.{modality}"
    settings = (vars(kind.stream(modality)) if kind else {}) | _mapping(config, key)
    suffixes, dim = settings.get("suffixes"), settings.get("dim")
    listed = isinstance(suffixes, (list, tuple)) and all(isinstance(s, str) for s in suffixes)
    if set(settings) != {"suffixes", "dim"} or not listed or not suffixes:
        raise InputError(
            f"{key}: expected 'suffixes' (a list of strings) and 'dim', got {settings}"
        )
    for suffix in suffixes:
        file_name(f"{key}.suffixes", suffix, what="ending of files")
    if isinstance(dim, bool) or not isinstance(dim, int) or dim < 1:
        raise InputError(f"{key}.dim: expected a number of channels, got {dim!r}")
    return FeatureStream(tuple(suffixes), dim)
