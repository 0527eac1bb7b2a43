"""Base class of all datasets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset

from ..arguments import Names, checked
from ..errors import InputError
from ..fileio import class_names
from ..registry import TRANSFORMS, build_part
from ..structures import FeatureKind
from ..tasks import Task


class BaseAVDataset(BaseDataset):
    """Videos with ids, and augmentation that is independent of workers and resumes.

    Subclasses set ``task``, implement ``load_data_list``, whose samples have a ``video_id``, and
    return from ``extra_entries`` what the pipeline gets in addition to each sample.

    Args:
        subset (str | Sequence[str]): Split or splits to load.
        data_prefix: Replaces some entries of ``PREFIXES``.
        metainfo: ``classes``: class names by label, or a text file with one name per line.
        pipeline (Sequence[dict | Callable]): Transforms of a sample.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.
    """

    task: Task
    # Paths relative to ``data_root``, by content.
    PREFIXES: dict[str, str] = {}

    @checked
    def __init__(
        self,
        subset: Names = "train",
        data_prefix: dict | None = None,
        metainfo: dict | None = None,
        pipeline: Sequence[Any] = (),
        **kwargs,
    ):
        if unknown := set(data_prefix or {}) - set(self.PREFIXES):
            expected = ", ".join(map(repr, sorted(self.PREFIXES)))
            raise InputError(
                f"{type(self).__name__}.data_prefix: expected {expected}, got {sorted(unknown)}"
            )
        self.subset = (subset,) if isinstance(subset, str) else tuple(subset)
        # Seed and epoch, in shared memory so that persistent workers see changes.
        self._randomness = torch.zeros(2, dtype=torch.long).share_memory_()
        # Index of the sample in a wrapper, which may repeat it within an epoch.
        self.draw_number: int | None = None
        steps = [
            build_part(TRANSFORMS, step, f"pipeline.{n}") if isinstance(step, Mapping) else step
            for n, step in enumerate(pipeline)
        ]
        super().__init__(
            data_prefix={**self.PREFIXES, **(data_prefix or {})},
            metainfo=_with_names(metainfo),
            pipeline=steps,
            **kwargs,
        )

    @classmethod
    def _load_metainfo(cls, metainfo: Any = None) -> dict:
        """Keep strings unchanged: MMEngine would read the file of that name, if there is one."""
        texts = {k: v for k, v in (metainfo or {}).items() if isinstance(v, str)}
        others = {k: v for k, v in (metainfo or {}).items() if k not in texts}
        return {**super()._load_metainfo(others), **texts}

    @classmethod
    def configured_features(cls, config: Mapping) -> FeatureKind | None:
        """Kind of features in a config of this class; None if it has none."""
        return None

    @classmethod
    def configured_widths(cls, config: Mapping) -> dict[str, tuple[int, str]]:
        """Number of feature channels for a config of this class, and the config key that sets it.

        Returns:
            dict[str, tuple[int, str]]: By modality; empty if unknown.
        """
        return {}

    def set_randomness(self, seed: int, epoch: int) -> None:
        """Set what augmentation is seeded with, here and in all workers.

        Args:
            seed: Seed of the run.
            epoch: Current epoch.
        """
        self._randomness.copy_(torch.tensor([seed, epoch]))

    def extra_entries(self) -> dict:
        """Entries added to each sample before the pipeline."""
        return {}

    @property
    def features_place(self) -> str:
        """Location of the features, for messages."""
        return str(self.data_root)

    def prepare_data(self, idx: int):
        """Load a sample and apply the pipeline."""
        sample = self.get_data_info(idx)
        number = idx if self.draw_number is None else self.draw_number
        sample.update(self.extra_entries())
        sample["rng"] = np.random.default_rng([*self._randomness.tolist(), number])
        try:
            return self.pipeline(sample)
        except InputError:
            raise  # its message is complete
        except Exception as error:
            if hasattr(error, "add_note"):  # since Python 3.11
                error.add_note(f"This was video {sample['video_id']} of {self.ann_file}.")
            raise


def _with_names(metainfo: Any) -> Any:
    """Metainfo with class names read and checked."""
    if not isinstance(metainfo, Mapping) or "classes" not in metainfo:
        return metainfo
    return {**metainfo, "classes": class_names(metainfo["classes"], "dataset.metainfo.classes")}
