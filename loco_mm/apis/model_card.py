"""The card of a published model, in Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.model import BaseModel

from ..fileio import TrainedOn
from ..registry import PACKAGE, packages_of
from ..structures import MODALITIES
from ..text import markdown, printable
from .models import trained_on

_CARD = """\
---
library_name: loco_mm
{license}tags:
- audio-visual-event-localization
---
# {name}

A model of `loco_mm`, a plugin of MMAction2. It localizes audible and visible events in videos.

| | |
|---|---|
{facts}

```python
from loco_mm.apis import AVEventInferencer

inferencer = AVEventInferencer.from_pretrained({place!r}{arguments})
inferencer({example})["predictions"]
```

## Classes

{classes}
"""


def model_card(
    name: str, model: BaseModel, meta: Mapping, license: str | None, place: str | None = None
) -> str:
    """Information for users of a published model.

    Args:
        name: Name of the model.
        model: A model by :func:`init_model`, with its classes.
        meta: ``meta`` of its checkpoint.
        license: SPDX identifier of the license.
        place: ID of the model on the Hugging Face Hub, if it is there.
    """
    trained = trained_on(model)
    facts = [*_of_model(model, trained), *_of_training(meta), *_of_features(trained)]
    described = trained.extractor
    arguments: dict[str, Any] = {}
    if described and described.weights:
        arguments["extractor"] = described.extractor
    if packages := sorted(packages_of(model.info.config.model) - {PACKAGE}):
        arguments["packages"] = packages
    return _CARD.format(
        license=f"license: {printable(license)}\n" if license else "",
        name=markdown(name),
        place=place or "this/folder",
        facts="\n".join(f"| {markdown(key)} | {markdown(value)} |" for key, value in facts),
        # repr() escapes the strings, so that none can end its literal.
        arguments="".join(f", {key}={value!r}" for key, value in arguments.items()),
        example='"video.mp4"' if described else "(visual, audio)",
        # Indented code blocks, in which nothing is markup.
        classes="\n".join(f"    {printable(name)}" for name in trained.classes or ()),
    )


def _of_model(model: BaseModel, trained: TrainedOn) -> Iterator[tuple[str, str]]:
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    yield "model", f"{type(model).__name__}, {millions:.2f} M parameters"
    yield "classes", str(len(trained.classes or ()))


def _of_training(meta: Mapping) -> Iterator[tuple[str, str]]:
    best = meta.get("best")
    if isinstance(meta.get("epoch"), int):
        yield "trained", f"{meta['epoch']} epochs"
    if isinstance(best, Mapping) and isinstance(best.get("score"), float):
        yield "on validation", f"{best.get('key')} {100 * best['score']:.2f} %"


def _of_features(trained: TrainedOn) -> Iterator[tuple[str, str]]:
    for modality in MODALITIES if trained.kind else ():
        stream = trained.kind.stream(modality)  # type: ignore[union-attr]
        files = ", ".join(f"{{video_id}}{suffix}" for suffix in stream.suffixes)
        yield f"{modality} features", f"{stream.dim} channels, {files}"
    if trained.grid:
        yield (
            "grid",
            "{num_frames:g} frames every {stride:g} at {fps:g} a second".format(**trained.grid),
        )
    if described := trained.extractor:
        options = "".join(f", {key} {value}" for key, value in described.settings.items())
        sums = "".join(f", {key} weights {sha[:8]}" for key, sha in described.weights.items())
        yield "extractor", f"{described.extractor}, version {described.version}{options}{sums}"
