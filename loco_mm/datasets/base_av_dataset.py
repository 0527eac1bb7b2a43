"""What every dataset of this package has in common."""

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
    """Videos, each with an id, and augmentation that neither workers nor a resume change.

    A subclass says its ``task``, gives ``load_data_list``, whose samples have a ``video_id``, and
    says with ``additions`` what the pipeline of each is given beside it.

    Args:
        subset (str | Sequence[str]): Split, or splits, to take.
        data_prefix: Replaces some of ``PREFIXES``.
        metainfo: ``classes``: class names by label, or a text file with a name in
            each line.
        pipeline (Sequence[dict | Callable]): Transforms of a sample.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.
    """

    task: Task
    # Paths below ``data_root``, by what lies there.
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
        # Seed and epoch, in shared memory, so that persistent workers see them change.
        self._randomness = torch.zeros(2, dtype=torch.long).share_memory_()
        # Number of the sample in a wrapper, which may draw it several times an epoch.
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
        """Texts as they are: MMEngine would read the file that one names, if there is one."""
        texts = {k: v for k, v in (metainfo or {}).items() if isinstance(v, str)}
        others = {k: v for k, v in (metainfo or {}).items() if k not in texts}
        return {**super()._load_metainfo(others), **texts}

    @classmethod
    def configured_features(cls, config: Mapping) -> FeatureKind | None:
        """The kind of features that a config of this class names; None where it names none."""
        return None

    @classmethod
    def configured_widths(cls, config: Mapping) -> dict[str, tuple[int, str]]:
        """Channels of the features of a config of this class, and the key that tells them.

        Returns:
            dict[str, tuple[int, str]]: By modality; empty where nothing tells.
        """
        return {}

    def set_randomness(self, seed: int, epoch: int) -> None:
        """Say what augmentation draws from, here and in all workers.

        Args:
            seed: Seed of the run.
            epoch: Epoch that is being drawn.
        """
        self._randomness.copy_(torch.tensor([seed, epoch]))

    def additions(self) -> dict:
        """What a sample is given before the pipeline, the same for all."""
        return {}

    @property
    def features_place(self) -> str:
        """Where the features lie, for messages."""
        return str(self.data_root)

    def prepare_data(self, idx: int):
        """A sample after the pipeline."""
        sample = self.get_data_info(idx)
        number = idx if self.draw_number is None else self.draw_number
        sample.update(self.additions())
        sample["rng"] = np.random.default_rng([*self._randomness.tolist(), number])
        try:
            return self.pipeline(sample)
        except InputError:
            raise  # it says all
        except Exception as error:
            if hasattr(error, "add_note"):  # since Python 3.11
                error.add_note(f"This was video {sample['video_id']} of {self.ann_file}.")
            raise


def _with_names(metainfo: Any) -> Any:
    """Metainfo with its class names read and checked."""
    if not isinstance(metainfo, Mapping) or "classes" not in metainfo:
        return metainfo
    return {**metainfo, "classes": class_names(metainfo["classes"], "dataset.metainfo.classes")}
