"""Description of the dataset that a model was trained on, as stored in checkpoints."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from ..errors import InputError
from ..structures import FeatureKind, TemporalGrid
from .feature_folder import Description, as_description


class TrainedOn(NamedTuple):
    """Class names and features of a training dataset; unknown fields are None.

    Attributes:
        classes: Class names by label.
        grid: Grid of the features: fps, num_frames, stride.
        kind: Files, widths and grid of the features.
        extractor: Extractor of the features.
    """

    classes: tuple[str, ...] | None = None
    grid: dict | None = None
    kind: FeatureKind | None = None
    extractor: Description | None = None

    @classmethod
    def of(cls, meta: Mapping, what: str) -> "TrainedOn":
        """From a checkpoint's ``dataset_meta``, or a dataset's ``metainfo``.

        Args:
            meta: ``classes``; ``features`` with ``grid``, ``visual`` and ``audio``; and
                ``extractor``. All are optional.
            what: Start of the error message.

        Raises:
            InputError: An entry is invalid.
        """
        classes = meta.get("classes")
        named = isinstance(classes, (list, tuple)) and all(isinstance(n, str) for n in classes)
        if classes is not None and not named:
            raise InputError(f"{what}: expected class names, got {type(classes).__name__}")
        features = meta.get("features") or {}
        grid = features.get("grid") if isinstance(features, Mapping) else features
        if grid is not None and not isinstance(grid, Mapping):
            raise InputError(f"{what} has features without a grid of fps, num_frames and stride")
        described = meta.get("extractor")
        return cls(
            tuple(classes) if classes else None,
            asdict(TemporalGrid.from_config(grid, f"{what}: grid")) if grid else None,
            FeatureKind.from_config(features) if {"visual", "audio"} <= set(features) else None,
            None if described is None else as_description(described, f"{what}, meta of its data"),
        )

    def completed(self, other: "TrainedOn") -> "TrainedOn":
        """Fill missing fields from another description."""
        known = {name: value for name, value in self._asdict().items() if value is not None}
        return other._replace(**known)

    def to_meta(self) -> dict[str, Any]:
        """As plain data, the inverse of :meth:`of`."""
        features = asdict(self.kind) if self.kind else dict(grid=self.grid) if self.grid else None
        extractor = self.extractor.model_dump(mode="json") if self.extractor else None
        found = dict(classes=self.classes, features=features, extractor=extractor)
        return {name: value for name, value in found.items() if value is not None}
