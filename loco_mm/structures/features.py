"""What kind of features a dataset has: their files, widths and grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import InputError
from ..text import file_name
from .grid import TemporalGrid

MODALITIES = ("visual", "audio")
# What is read of them.
ModalityChoice = Literal["both", "visual", "audio"]
# Folder of the features, below that of the dataset.
FEATURES_FOLDER = "av_features"


def chosen_modalities(choice: ModalityChoice) -> tuple[str, ...]:
    """Names of the modalities that a choice stands for."""
    return MODALITIES if choice == "both" else (choice,)


@dataclass(frozen=True)
class FeatureStream:
    """The features of one modality.

    Attributes:
        suffixes: The files ``{video_id}{suffix}``, joined along the channels.
        dim: Channels of all files together.
    """

    suffixes: tuple[str, ...]
    dim: int


@dataclass(frozen=True)
class FeatureKind:
    """A kind of features, said once for all that write, read or check them.

    Attributes:
        visual: Visual features.
        audio: Audio features.
        grid: The grid of both.
    """

    visual: FeatureStream
    audio: FeatureStream
    grid: TemporalGrid

    @classmethod
    def from_config(cls, config: "FeatureKind | str | Mapping") -> "FeatureKind":
        """A kind as configs give it.

        Args:
            config: A name of :data:`FEATURE_KINDS`, or a dict of
                ``visual`` and ``audio``, each with ``suffixes`` and ``dim``, and ``grid`` with
                ``fps``, ``num_frames`` and ``stride``. With ``kind``, the name of another, what
                is left out is taken from there.

        Raises:
            InputError: A part is missing, unknown, or out of range.
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
        """The stream of ``'visual'`` or ``'audio'``."""
        return getattr(self, modality)

    def files(self, video_id: str, modalities: Sequence[str] = MODALITIES) -> list[str]:
        """Names of all files of a video, of these modalities."""
        suffixes = [s for modality in modalities for s in self.stream(modality).suffixes]
        return [f"{video_id}{suffix}" for suffix in suffixes]


FEATURE_KINDS = {
    # ONE-PEACE, 16 frames every 4 at 16 fps.
    "onepeace": FeatureKind(
        FeatureStream(("_one_peace_video_finetune.npy",), 1536),
        FeatureStream(("_one_peace_audio.npy",), 1536),
        TemporalGrid(fps=16, num_frames=16, stride=4),
    ),
    # I3D (rgb and flow) and VGGish, 24 frames every 8 at 25 fps.
    "i3d-vggish": FeatureKind(
        FeatureStream(("_rgb.npy", "_flow.npy"), 2048),
        FeatureStream(("_vggish.npy",), 128),
        TemporalGrid(fps=25, num_frames=24, stride=8),
    ),
    # Statistics of pictures and sound, 8 frames every 4 at 16 fps.
    "spectral": FeatureKind(
        FeatureStream(("_spectral_visual.npy",), 322),
        FeatureStream(("_spectral_audio.npy",), 130),
        TemporalGrid(fps=16, num_frames=8, stride=4),
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
