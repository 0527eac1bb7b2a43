"""Dataset of a synthetic world."""

from mmengine.dist import barrier, is_main_process

from ...arguments import checked
from ...datasets.av_dataset import AVDataset
from ...registry import DATASETS
from .files import ANN_FILE, make_plan


@DATASETS.register_module()
class SyntheticAVDataset(AVDataset):
    """Reads a synthetic world, which is written first if it does not exist.

    Args:
        world: Name in :data:`NAMED_WORLDS`, or settings of :class:`SyntheticWorld`.
        files: Settings of :class:`WorldFiles` other than the world; for a named world, those that
            differ from its own.
        data_root: Folder of the world.
        **kwargs: See :class:`AVDataset`.
    """

    METAINFO = dict(dataset_type="synthetic")

    @checked
    def __init__(
        self,
        world: dict | str = "short",
        files: dict | None = None,
        data_root: str = "data/synthetic",
        **kwargs,
    ):
        plan = make_plan(world, files or {})
        # Of several processes that share the folder, one writes and the others wait.
        if is_main_process():
            plan.write(data_root)
        barrier()
        super().__init__(ann_file=ANN_FILE, data_root=data_root, **kwargs)
