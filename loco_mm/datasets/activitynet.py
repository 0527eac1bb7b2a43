"""Visual actions in ActivityNet's form (Caba Heilbron et al., CVPR 2015)."""

from ..arguments import checked
from ..fileio import Annotations, read_activitynet
from ..registry import DATASETS
from ..structures import ModalityChoice
from .av_dataset import AVDataset


@DATASETS.register_module()
class ActivityNetAVDataset(AVDataset):
    """Dataset with the annotation file of ActivityNet, as it is published.

    Subsets are called ``'train'``, ``'validation'`` and ``'test'``, regardless of their names in
    the file. Without ``metainfo.classes``, classes are those of the file in alphabetical order.
    Events that end after their video are clipped.

    Args:
        ann_file: Annotation file, relative to ``data_root``.
        data_root: Folder of the dataset.
        id_prefix: Prefix of video ids in the names of feature files.
        modalities: See :class:`AVDataset`; by default only visual features.
        **kwargs: See :class:`AVDataset`.
    """

    METAINFO = dict(dataset_type="activitynet")

    @checked
    def __init__(
        self,
        ann_file: str = "annotations/activity_net.v1-3.min.json",
        data_root: str = "data/activitynet",
        id_prefix: str = "v_",
        modalities: ModalityChoice = "visual",
        **kwargs,
    ):
        self.id_prefix = id_prefix
        super().__init__(ann_file=ann_file, data_root=data_root, modalities=modalities, **kwargs)

    def read_annotations(self) -> Annotations:
        """See :meth:`AVDataset.read_annotations`."""
        table = read_activitynet(self.ann_file)
        table.videos = {f"{self.id_prefix}{name}": video for name, video in table.videos.items()}
        names = self._metainfo.get("classes") or sorted({event.label for _, event in table})
        return self.annotations_of_table(table, names)
