"""Checks of a checkpoint before its contents are used."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...fileio import Description, TrainedOn
from ...models.localizers import OTHERS


def check_finite(state: Mapping[str, Tensor], what: str) -> None:
    """Refuse weights with NaN or infinite values.

    Args:
        state: Weights by name.
        what: Start of the error message.

    Raises:
        InputError: Weights are not finite; the message names the first one.
    """
    floats = {name: value for name, value in state.items() if value.is_floating_point()}
    # One synchronization with the device instead of one per weight.
    flags = [torch.isfinite(value).all() for value in floats.values()]
    if flags and not torch.stack(flags).all():
        bad = [name for name, flag in zip(floats, flags, strict=True) if not flag]
        raise InputError(f"{what}: {len(bad)} weights hold NaN or infinity, the first is {bad[0]}")


def select_task_weights(
    model: nn.Module, state: Mapping[str, Tensor], task: str | None = None
) -> dict[str, Tensor]:
    """Select the weights for a model of one task from those of a :class:`MultiTaskLocalizer`.

    Args:
        model: The model that will load the weights.
        state: Weights by name. Weights of any other model are returned unchanged.
        task: Name of the task to select; by default the first.

    Raises:
        InputError: The checkpoint has no such task.
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
    """Compare names and shapes of weights with those of a model.

    Args:
        model: The model.
        state: Weights by name.
        what: Start of the error message.
        hint: Alternative fix, appended to the message.

    Raises:
        InputError: Names or shapes differ (the message counts the differences and names the
            first), a dtype is of another kind, or values are not finite in the model's dtype.
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
            f"{what} does not match the model: {len(wrong)} entries differ, the first is "
            f"{wrong[0]}: use the config it was trained with{hint}"
        )
    odd = [name for name in state if dtype_kind(state[name]) != dtype_kind(own[name])]
    if odd:
        raise InputError(
            f"{what}: {len(odd)} weights have the wrong kind of dtype, the first is {odd[0]}: "
            f"expected {own[odd[0]].dtype}, got {state[odd[0]].dtype}"
        )
    # Values beyond the range of the model's dtype would become infinite.
    check_finite({name: value.to(own[name].dtype) for name, value in state.items()}, what)


def dtype_kind(value: Tensor) -> str:
    """Kind of a tensor's dtype: ``'float'``, ``'integer'``, ``'boolean'`` or ``'complex'``."""
    if value.dtype == torch.bool:
        return "boolean"
    return "complex" if value.is_complex() else "float" if value.is_floating_point() else "integer"


def check_dataset(
    trained: TrainedOn, dataset: TrainedOn, what: str, where: str, hint: str = ""
) -> None:
    """Compare the dataset that a checkpoint was trained on with another dataset.

    Args:
        trained: Description of the training dataset, from the checkpoint.
        dataset: Description of the other dataset.
        what: Start of the error message.
        where: Config key of the other dataset, for the message.
        hint: Alternative fix, appended to the message.

    Raises:
        InputError: Class names or their order differ, or the features have another grid or
            extractor.
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
            f"{dataset.grid}: use features of the kind it was trained on{hint}"
        )
    check_extractor(trained, dataset.extractor, what, where, hint)


def check_extractor(
    trained: TrainedOn, extractor: Description | None, what: str, where: str, hint: str = ""
) -> None:
    """Compare the extractor of the features that a checkpoint was trained on with another one.

    Args:
        trained: Description of the training dataset, from the checkpoint.
        extractor: The other extractor; None if unknown.
        what: Start of the error message.
        where: Owner of the other extractor, for the message.
        hint: Alternative fix, appended to the message.

    Raises:
        InputError: Name, version, options or weights of the extractors differ.
    """
    if trained.extractor is None or extractor is None:
        return
    # File names and grid are compared separately.
    if difference := extractor.differing(trained.extractor, besides=("features",)):
        raise InputError(
            f"{what} was trained on features of the extractor {trained.extractor.extractor!r}, "
            f"{where} has others: {difference}: use features of the kind it was trained on{hint}"
        )
