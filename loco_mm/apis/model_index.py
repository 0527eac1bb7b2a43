"""The models of the package's index, by name."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from ..errors import InputError
from ..text import suggestion

_MIM = Path(__file__).parents[1] / ".mim"


class IndexedModel(NamedTuple):
    """A model of the index.

    Attributes:
        config: Its config file.
        weights: Address or file of its weights; None where there are none.
    """

    config: str
    weights: str | None


def find_model(name: str) -> IndexedModel:
    """A model by its name, which is that of its config without ``.py``.

    Args:
        name: As ``'loco_unav100_onepeace'``.

    Raises:
        InputError: There is no such model.
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
