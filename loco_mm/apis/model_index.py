"""Finds models in the package's index by name."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from ..errors import InputError
from ..text import suggestion

_MIM = Path(__file__).parents[1] / ".mim"


class IndexedModel(NamedTuple):
    """A model in the index.

    Attributes:
        config: Path of its config.
        weights: URL or path of its weights; None if there are none.
    """

    config: str
    weights: str | None


def find_model(name: str) -> IndexedModel:
    """Find a model by the name of its config without ``.py``.

    Args:
        name: Name, such as ``'loco_unav100_onepeace'``.

    Raises:
        InputError: The model is not in the index.
    """
    known = _index()
    if name not in known:
        raise InputError(
            f"model {name!r}: expected a config file, the folder of a published model, or the name "
            f"of a model in the index{suggestion(name, known)}"
        )
    return IndexedModel(str(_MIM / known[name]["Config"]), known[name].get("Weights"))


@cache
def _index() -> dict[str, dict]:
    index = yaml.safe_load((_MIM / "model-index.yml").read_text(encoding="utf-8"))
    files = [(_MIM / name).read_text(encoding="utf-8") for name in index["Import"]]
    return {entry["Name"]: entry for file in files for entry in yaml.safe_load(file)["Models"]}
