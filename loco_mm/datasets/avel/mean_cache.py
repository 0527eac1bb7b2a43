"""Cache file for the spatial means of visual maps: 85 MB instead of 4 to 8 GB for AVE.

Shape letters: N videos, T segments, H and W cells of a map, D channels.
"""

import os
from pathlib import Path

import numpy as np
from mmengine.dist import barrier, is_main_process
from mmengine.logging import print_log

from ...errors import InputError
from ...fileio import HDF5Array, check_folder, replace_whole
from ...fileio.hdf5 import h5py
from ...text import printable

_WHAT = "file of spatial means"


def spatial_mean(maps: np.ndarray) -> np.ndarray:
    """(..., D) float32 means of maps (..., H, W, D) over their cells."""
    return maps.mean(axis=(-3, -2), dtype=np.float64).astype(np.float32)


def cached_means(maps: HDF5Array, path: str | Path) -> HDF5Array:
    """Means of all maps of a file, which are computed and written if they do not exist yet.

    Of several processes, only one writes. A cache of other maps, or of maps that have changed
    since, is replaced.

    Args:
        maps: (N, T, H, W, D) maps.
        path: Cache file.

    Returns:
        HDF5Array: (N, T, D) means.

    Raises:
        InputError: The maps cannot be read, or the cache cannot be written.
    """
    path = Path(path)
    if is_main_process() and not _holds(path, maps):
        _write(path, maps)
    barrier()
    if not _holds(path, maps):
        _write(path, maps)  # on a machine that does not share the main process's folder
    videos, segments, *_, channels = maps.shape
    return HDF5Array(path, maps.key, _WHAT, [(videos, segments, channels)])


def _source(maps: HDF5Array) -> dict[str, int]:
    status = os.stat(maps.path)
    return dict(source_size=status.st_size, source_time=status.st_mtime_ns)


def _holds(path: Path, maps: HDF5Array) -> bool:
    """Whether a file contains the means of these maps."""
    if not os.path.lexists(path):
        return False
    try:
        with h5py.File(path, "r", locking=False) as file:
            known = {name: file.attrs[name] for name in _source(maps)}
            shape = file[maps.key].shape
    except Exception as error:  # the file may contain anything
        raise InputError(
            f"{_WHAT} {path}: expected means of these maps, got another file, which is not "
            "replaced: move it, or change dataset.mean_cache"
        ) from error
    return known == _source(maps) and shape == (*maps.shape[:2], maps.shape[-1])


def _write(path: Path, maps: HDF5Array) -> None:
    videos, segments, *_, channels = maps.shape
    check_folder(path.parent, size=4 * videos * segments * channels)
    print_log(
        f"writing the spatial means of {printable(maps.path)} to {printable(str(path))}",
        logger="current",
    )
    # It is locked already.
    with replace_whole(path) as temporary, h5py.File(temporary, "w", locking=False) as file:
        shape = (videos, segments, channels)
        means = file.create_dataset(maps.key, shape, np.float32)
        for row in range(videos):
            means[row] = spatial_mean(maps.read_floats(row))
        file.attrs.update(_source(maps))
