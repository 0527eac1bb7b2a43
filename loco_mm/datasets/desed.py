"""Sound events in DESED's form (Turpault et al., DCASE 2019)."""

from pydantic import PositiveFloat

from ..arguments import checked
from ..fileio import Annotations, read_table
from ..registry import DATASETS
from ..structures import ModalityChoice
from .av_dataset import AVDataset

CLASSES = (
    "Alarm_bell_ringing",
    "Blender",
    "Cat",
    "Dishes",
    "Dog",
    "Electric_shaver_toothbrush",
    "Frying",
    "Running_water",
    "Speech",
    "Vacuum_cleaner",
)


@DATASETS.register_module()
class DESEDDataset(AVDataset):
    """Clips of equal length with one table of events per split, as in DESED.

    The table has the columns ``filename``, ``onset``, ``offset`` (seconds) and ``event_label``. A
    row with only a file name is a clip without events.

    Args:
        ann_file: Table of the split, relative to ``data_root``.
        data_root: Folder of the dataset.
        subset: Name of the split.
        duration: Length of the clips in seconds.
        modalities: See :class:`AVDataset`; by default only audio features.
        **kwargs: See :class:`AVDataset`.
    """

    METAINFO = dict(dataset_type="desed", classes=CLASSES)

    @checked
    def __init__(
        self,
        ann_file: str = "metadata/train.tsv",
        data_root: str = "data/desed",
        subset: str = "train",
        duration: PositiveFloat = 10.0,
        modalities: ModalityChoice = "audio",
        **kwargs,
    ):
        self.duration = duration
        super().__init__(
            ann_file=ann_file, data_root=data_root, subset=subset, modalities=modalities, **kwargs
        )

    def read_annotations(self) -> Annotations:
        """See :meth:`AVDataset.read_annotations`."""
        table = read_table(self.ann_file)
        for video in table.videos.values():
            video.duration, video.subset = self.duration, self.subset[0]
        return self.annotations_of_table(table, self._metainfo.get("classes"))
