"""The dataset that reads a synthetic world."""

from mmengine.dist import barrier, is_main_process

from ...arguments import checked
from ...datasets.av_dataset import AVDataset
from ...registry import DATASETS
from .files import ANN_FILE, make_plan


@DATASETS.register_module()
class SyntheticAVDataset(AVDataset):
    """Reads a synthetic world, and writes it first where it is not there.

    Args:
        world: A name of :data:`NAMED_WORLDS`, or settings of :class:`SyntheticWorld`.
        files: Settings of :class:`WorldFiles` besides the world; of a named world,
            those that differ.
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
        # Wherever several processes share the folder, one writes and the others wait.
        if is_main_process():
            plan.write(data_root)
        barrier()
        super().__init__(ann_file=ANN_FILE, data_root=data_root, **kwargs)
