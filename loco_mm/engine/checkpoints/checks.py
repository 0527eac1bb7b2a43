"""What is checked of a checkpoint before anything of it is used."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...fileio import Description, TrainedOn
from ...models.localizers import OTHERS


def check_finite(state: Mapping[str, Tensor], what: str) -> None:
    """Refuse weights that are NaN or infinite.

    Args:
        state: Weights by name.
        what: Start of the message.

    Raises:
        InputError: Names the first of them.
    """
    floats = {name: value for name, value in state.items() if value.is_floating_point()}
    # One question to the device, not one for each weight.
    flags = [torch.isfinite(value).all() for value in floats.values()]
    if flags and not torch.stack(flags).all():
        bad = [name for name, flag in zip(floats, flags, strict=True) if not flag]
        raise InputError(f"{what}: {len(bad)} weights hold NaN or infinity, the first is {bad[0]}")


def weights_of_task(
    model: nn.Module, state: Mapping[str, Tensor], task: str | None = None
) -> dict[str, Tensor]:
    """Weights of a model of one task, from those of a :class:`MultiTaskLocalizer`.

    Args:
        model: The model that is to take them.
        state: Weights by name. Those of any other model stay as they are.
        task: Which further task to take; by default the first.

    Raises:
        InputError: They are not of that task.
    """
    if any(name.startswith(OTHERS) for name in model.state_dict()):
        return dict(state)
    found = {name: value for name, value in state.items() if not name.startswith(OTHERS)}
    if task is not None and len(found) < len(state):
        start = f"{OTHERS}{task}."
        own = {n.removeprefix(start): value for n, value in state.items() if n.startswith(start)}
        if not own:
            known = sorted({n.split(".")[1] for n in state if n.startswith(OTHERS)})
            raise InputError(
                f"checkpoint_guard.task: expected one of {', '.join(known)}, or None for the "
                f"first, got {task!r}"
            )
        found |= own
    return found


def check_weights(model: nn.Module, state: Mapping[str, Tensor], what: str, hint: str = "") -> None:
    """Compare names and shapes of weights with a model's.

    Args:
        model: The model.
        state: Weights by name.
        what: Start of the message.
        hint: What else can be done, for the end of it.

    Raises:
        InputError: Counts the differences and names the first; or weights are of another kind of
            number, not finite, or beyond the range of the model's.
    """
    own = model.state_dict()
    state = {name.removeprefix("module."): value for name, value in state.items()}
    wanted, found = (
        {name: tuple(getattr(value, "shape", ())) for name, value in weights.items()}
        for weights in (own, state)
    )
    wrong = [
        f"{name}: expected {wanted.get(name, 'nothing')}, got {found.get(name, 'nothing')}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]
    if wrong:
        raise InputError(
            f"{what} is of another model: {len(wrong)} entries differ, the first is {wrong[0]}: "
            f"use the config it was trained with{hint}"
        )
    odd = [name for name in state if kind_of_number(state[name]) != kind_of_number(own[name])]
    if odd:
        raise InputError(
            f"{what}: {len(odd)} weights are of another kind of number, the first is {odd[0]}: "
            f"expected {own[odd[0]].dtype}, got {state[odd[0]].dtype}"
        )
    # What is beyond the range of the model's becomes infinite there.
    check_finite({name: value.to(own[name].dtype) for name, value in state.items()}, what)


def kind_of_number(value: Tensor) -> str:
    """``'float'``, ``'integer'``, ``'boolean'`` or ``'complex'``, whatever its width."""
    if value.dtype == torch.bool:
        return "boolean"
    return "complex" if value.is_complex() else "float" if value.is_floating_point() else "integer"


def check_dataset(
    trained: TrainedOn, dataset: TrainedOn, what: str, where: str, hint: str = ""
) -> None:
    """Compare what a checkpoint was trained on with a dataset.

    Args:
        trained: The checkpoint's.
        dataset: The dataset's.
        what: Start of the message.
        where: Config key of the dataset, for the message.
        hint: What else can be done, for the end of the message.

    Raises:
        InputError: Classes stand in another order or are others, or features are of another grid
            or extractor.
    """
    classes, other = trained.classes, dataset.classes
    if classes and other and classes != other:
        pairs = enumerate(zip(classes, other, strict=False))
        label = next((k for k, (one, two) in pairs if one != two), None)
        detail = (
            f"{len(classes)} and {len(other)} of them"
            if label is None
            else f"label {label} is {classes[label]!r} and {other[label]!r}"
        )
        raise InputError(
            f"{what} has other classes than {where}: {detail}: set {where}.metainfo.classes to "
            f"those it was trained with{hint}"
        )
    if trained.grid and dataset.grid and trained.grid != dataset.grid:
        raise InputError(
            f"{what} was trained on features of the grid {trained.grid}, {where}.features has "
            f"{dataset.grid}: use features of the former{hint}"
        )
    check_extractor(trained, dataset.extractor, what, where, hint)


def check_extractor(
    trained: TrainedOn, extractor: Description | None, what: str, where: str, hint: str = ""
) -> None:
    """Compare what extracted the features that a checkpoint was trained on with another.

    Args:
        trained: The checkpoint's.
        extractor: The other.
        what: Start of the message.
        where: What the other belongs to, for the message.
        hint: What else can be done, for the end of the message.

    Raises:
        InputError: They differ in name, version, options or weights.
    """
    if trained.extractor is None or extractor is None:
        return
    # Which of its files are read, and on which grid, is compared by itself.
    if difference := extractor.differing(trained.extractor, besides=("features",)):
        raise InputError(
            f"{what} was trained on features of the extractor {trained.extractor.extractor!r}, "
            f"{where} has others: {difference}: use features of the former{hint}"
        )
