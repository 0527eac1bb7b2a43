"""Rows of the paper's tables on the named synthetic worlds, with small models."""

import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...datasets.av_dataset import ANN_FILE, DATA_ROOT
from ...engine.config import load_config
from ...engine.fit import datasets_of
from ...errors import InputError
from ...text import suggestion
from ...worlds.synthetic import NAMED_WORLDS
from .rows import Row

# The small configs are for this world, in this folder.
_WORLD, _FOLDER = "short", "data/synthetic"
# Steps of the longest video of a world, rounded up to a multiple of the last stride.
_STEPS = {"minute": 256, "timelines": 256}
ANNOTATIONS = f"{DATA_ROOT}/{ANN_FILE}"


def check_world(world: str) -> None:
    """Check that a world has a name.

    Raises:
        InputError: The world is unknown.
    """
    if world not in NAMED_WORLDS:
        raise InputError(
            f"--data: expected unav100, {', '.join(NAMED_WORLDS)}, got {world}"
            f"{suggestion(world, NAMED_WORLDS)}"
        )


def rows_on_world(rows: list[Row], world: str, small: Mapping[Path, Path]) -> list[Row]:
    """Rows with small models on a world.

    A config that has no small counterpart itself is run as the counterpart of its base with its own
    changes, so that an ablation of a large model becomes the same ablation of the small one. Rows
    whose models are equal on the world, such as those for two kinds of features, become one.

    Args:
        rows: Rows of a table.
        world: Name of the world.
        small: Small configs by configs, see :func:`world_configs`.

    Raises:
        InputError: A row has no small counterpart.
    """
    found: dict[str, Row] = {}
    for row in rows:
        if row.config is None:
            continue
        config, options, name = _small(row.config, small)
        # A row of a plan may use a small config itself.
        name = row.name if config == row.config else name
        if name in found:
            continue
        options |= row.options
        if world != _WORLD:
            options |= world_options(load_config(config, options), world)
        found[name] = Row(
            name,
            config,
            row.system,
            world,
            features="simulated",
            published=row.published,
            options=options,
            value=row.value,
            published_on=f"{row.dataset}, {row.features}",
        )
    return list(found.values())


def _small(config: Path, small: Mapping[Path, Path]) -> tuple[Path, dict[str, Any], str]:
    """Small config, options for it, and a name."""
    if config in small:
        return small[config], {}, small[config].stem
    if config in small.values():
        return config, {}, config.stem
    names = runpy.run_path(str(config))
    base = names.get("_base_")
    if not isinstance(base, str):
        raise InputError(
            f"config {config}: expected a 'World Config' in its metafile, or in that of its base, "
            "to run it on a synthetic world; found none"
        )
    base = (config.parent / base).resolve()
    at, options, name = _small(base, small)
    if at == base:
        # The base is itself a small config, and so is this one.
        return config, {}, config.stem
    own = {key: value for key, value in names.items() if not key.startswith("_")}
    return at, options | dict(_flat(own)), name + config.stem.removeprefix(base.stem)


def world_options(cfg: Config, world: str) -> dict[str, Any]:
    """Options, by dotted key, that move a small config to another world.

    Args:
        cfg: A config of the world ``short``.
        world: Name of the other world.
    """
    options: dict[str, Any] = {"model.max_len": _STEPS[world]}
    for place, dataset, _ in datasets_of(cfg):
        if dataset.get("data_root") == _FOLDER:
            options[f"{place}.world"] = world
            if NAMED_WORLDS[world].is_of_annotations:
                options[f"{place}.files.annotations"] = ANNOTATIONS
            if "max_len" in dataset:
                options[f"{place}.max_len"] = _STEPS[world]
    for place, value in _flat(cfg):
        if isinstance(value, str) and (value == _FOLDER or value.startswith(f"{_FOLDER}/")):
            options[place] = f"data/{world}{value.removeprefix(_FOLDER)}"
    return options


def _flat(node: Mapping, place: str = "") -> Iterator[tuple[str, Any]]:
    """Values of nested dicts by dotted key."""
    for key, value in node.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", value
