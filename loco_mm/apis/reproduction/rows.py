"""Rows of the paper's tables, from the metafiles of the configs, and of plans."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import mmengine
from pydantic import TypeAdapter

from ...engine.config import read_file
from ...errors import InputError
from ...schema import conform
from ...text import file_name

# Results in percent, by the names of metrics and of results in metafiles; and costs of models.
FIGURES = {f"mAP@{overlap}": f"mAP@{overlap}" for overlap in (0.5, 0.6, 0.7, 0.8, 0.9)}
FIGURES |= {"mAP": "mAP", "accuracy": "accuracy", "background_recall": "recall of background"}
COSTS = ("GMACs", "M Parameters")


class Row(NamedTuple):
    """A row of a table: a system on a dataset.

    Attributes:
        name: Name of the row and of its folder.
        config: Config to run; None if there is no code.
        system: Name of the system.
        dataset: Name of the dataset.
        supervision: ``'fully'`` or ``'weakly'``, for labels of segments.
        features: Kind of features, for events.
        published: Published results in percent, by the names in ``FIGURES``, or ``COSTS``.
        selected_on: Split on which the published epoch was selected.
        options: Values by dotted key, for the config.
        value: Value of the setting that the table varies, if it is a number.
        published_on: Data of the published results, if they differ from those of the row.
    """

    name: str
    config: Path | None
    system: str
    dataset: str
    supervision: str = ""
    features: str = ""
    published: dict[str, float] = {}
    selected_on: str = ""
    options: dict[str, Any] = {}
    value: float | None = None
    published_on: str = ""

    @property
    def setting(self) -> tuple[str, str, str]:
        """Dataset, features and supervision; rows of one setting can be compared."""
        return self.dataset, self.features, self.supervision


class Table(NamedTuple):
    """A table or figure of the paper, or a plan.

    Attributes:
        name: Its number, such as ``'III'``, or the name of the plan.
        title: Its title.
        rows: Its rows.
        value: Name of the setting that it varies, if this is a number.
        trained: Whether models are trained; False for a table of costs.
    """

    name: str
    title: str
    rows: list[Row]
    value: str = ""
    trained: bool = True


def paper_tables(root: Path) -> list[Table]:
    """The tables and figures of LoCo's paper, from the metafiles.

    Args:
        root: Folder of the project.

    Returns:
        list[Table]: Their rows are sorted by setting. Within a setting, they are sorted by the
        value that the table varies, or else by the published result of the system in the first
        setting.
    """
    files = _metafiles(root)
    rows: dict[str, list[Row]] = {}
    for name, config, published, of_model in _published(files, root):
        rows.setdefault(published["Table"], []).append(
            _published_row(name, config, published, of_model)
        )
    return [
        Table(
            entry["Table"],
            entry["Title"],
            _sorted(rows[entry["Table"]]),
            entry.get("Value", ""),
            entry.get("Trained", True),
        )
        for file in files
        for entry in file.get("Tables", ())
    ]


def read_table(name: str, root: Path) -> Table:
    """Read a table by its name.

    Args:
        name: Name of one of the paper's tables, as in :func:`paper_tables`; or a plan, a Python
            file with a list of dicts ``rows``, whose keys are the attributes of :class:`Row`.
        root: Folder of the project, to which paths of configs are relative.

    Raises:
        InputError: The table is unknown, or the plan is invalid.
    """
    known = {table.name: table for table in paper_tables(root)}
    if name in known:
        return known[name]
    if not Path(name).is_file():
        raise InputError(
            f"--table: expected one of {', '.join(known)}, list, or the file of a plan, got {name}"
        )
    plan = read_file(name)[0].to_dict()
    rows = conform(TypeAdapter(list[Row]), plan.get("rows"), f"plan {name}", ("rows",), dotted=True)
    for number, row in enumerate(rows):
        file_name(f"plan {name}", row.name, what=f"rows.{number}.name")
        if unknown := sorted(set(row.published) - set(FIGURES)):
            raise InputError(
                f"plan {name}: rows.{number}.published: expected some of {', '.join(FIGURES)}, "
                f"got {', '.join(unknown)}"
            )
    rows = [row._replace(config=row.config and root / row.config) for row in rows]
    return Table(Path(name).stem, f"The plan {Path(name).name}", rows)


def world_configs(root: Path) -> dict[Path, Path]:
    """Small configs for the synthetic worlds, by the configs that they correspond to."""
    models = (model for file in _metafiles(root) for model in file["Models"])
    return {
        root / model["Config"]: root / model["World Config"]
        for model in models
        if "World Config" in model
    }


@cache
def _metafiles(root: Path) -> tuple[dict, ...]:
    index = mmengine.load(root / "model-index.yml")
    return tuple(mmengine.load(root / path) for path in index["Import"])


def _published(files: Sequence[dict], root: Path) -> Iterator[tuple]:
    """Name, config, published result and metadata of each published result."""
    for file in files:
        for model in file["Models"]:
            for published in model.get("Published", ()):
                yield model["Name"], root / model["Config"], published, model["Metadata"]
        # Systems without code.
        for collection in file.get("Collections", ()):
            for published in collection.get("Published", ()):
                yield collection["Name"], None, published, {}


def _published_row(
    name: str, config: Path | None, published: dict[str, Any], of_model: dict[str, Any]
) -> Row:
    """Row for a published result in a metafile."""
    is_labelled = "Accuracy" in published
    features = "" if is_labelled else of_model.get("Features", "").replace(", ", "-")
    return Row(
        name,
        config,
        published["System"],
        published.get("Dataset") or of_model["Training Data"],
        published.get("Supervision", ""),
        published.get("Features", features),
        {
            figure: published[key]
            for key in published
            for figure in (*FIGURES, *COSTS)
            if key.lower() == figure.lower()
        },
        published.get("Selected On", ""),
        value=published.get("Value"),
    )


def _sorted(rows: list[Row]) -> list[Row]:
    first = min(row.setting for row in rows)
    rank = {row.system: _rank(row) for row in rows if row.setting == first}
    return sorted(rows, key=lambda row: (row.setting, rank[row.system]))


def _rank(row: Row) -> tuple[float, ...]:
    if row.value is not None:
        return (row.value,)
    main = (row.published[key] for key in ("mAP", "accuracy", *COSTS) if key in row.published)
    return tuple(main)
