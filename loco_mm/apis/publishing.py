"""Exports a model to a folder with everything that inference needs."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import numpy as np
from mmengine.config import Config

from ..engine.config import known_keys
from ..errors import InputError
from ..fileio import (
    CARD_FILE,
    CLASSES_FILE,
    CONFIG_FILE,
    EMBEDDINGS_FILE,
    as_checkpoint,
    check_folder,
    read_checkpoint,
    weights_name,
    write_json,
    write_safetensors,
    write_text,
    writing,
)
from ..models import LanguageClassifier
from ..text import file_name
from .hub import check_upload, upload_model
from .model_card import model_card
from .models import checkpoint_file, init_model, trained_on

# Keys that depend on the run or the machine.
_OF_A_RUN = {"work_dir", "load_from", "resume", "launcher", "experiment_name", "cfg"}


def publish_model(
    config: str | Path,
    checkpoint: str | Path,
    out: str | Path,
    name: str | None = None,
    license: str | None = None,
    to_hub: str | None = None,
    private: bool = False,
) -> Path:
    """Export a trained model to a folder that :func:`init_model` accepts in place of a config.

    The folder contains the weights as ``NAME-HASH.safetensors``, with class names and a description
    of the features; ``config.json``; ``classes.txt`` with one name per line; ``README.md``, a model
    card; and ``class_embeddings.npy`` for a model that compares with class names.

    Args:
        config: Config file.
        checkpoint: Checkpoint file; if it contains EMA weights, these are exported.
        out: Output folder, which must be new or empty.
        name: Name of the model, by default that of the config.
        license: SPDX identifier of the license, for the model card.
        to_hub: ID of a model on the Hugging Face Hub, ``'OWNER/NAME'``, to which the folder is
            uploaded. If that fails, the folder remains.
        private: Whether a new model on the Hub is visible to its owner only.

    Returns:
        Path: Path of the weights file.

    Raises:
        InputError: See :func:`init_model`; the checkpoint does not contain class names; or the
            folder is not empty or not writable; or the upload fails.
    """
    out = Path(out)
    if to_hub is not None:
        check_upload(to_hub)
    check_folder(out)
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out}: the folder holds something: give another, or remove it yourself")
    name = Path(config).stem if name is None else name
    file_name("publish_model", name, what="name")
    checkpoint = checkpoint_file(checkpoint)
    model = init_model(config, checkpoint)
    if model.info.classes is None:
        raise InputError(
            f"checkpoint {checkpoint}: neither it nor the config contains class names: set "
            "test_dataloader.dataset.metainfo.classes"
        )
    meta = as_checkpoint(read_checkpoint(checkpoint, mapped=True), checkpoint).get("meta", {})
    with _whole_folder(out) as folder:
        unnamed = folder / "weights"
        write_safetensors(unnamed, model.state_dict(), trained_on(model).to_meta())
        weights = weights_name(name, unnamed)
        unnamed.rename(folder / weights)
        write_json(folder / CONFIG_FILE, _config_of_others(model.info.config))
        write_text(folder / CLASSES_FILE, "".join(f"{each}\n" for each in model.info.classes))
        classifier = getattr(getattr(model, "head", None), "cls_tower", None)
        if isinstance(classifier, LanguageClassifier):
            np.save(folder / EMBEDDINGS_FILE, classifier.known_embeddings().numpy())
        write_text(folder / CARD_FILE, model_card(name, model, meta, license, to_hub))
    if to_hub is not None:
        upload_model(out, to_hub, private)
    return out / weights


@contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """Yield a temporary folder that is renamed to the final one, or removed after an error."""
    temporary = out.resolve().parent / f".{uuid4().hex}.tmp"
    with writing(out):
        temporary.mkdir(parents=True)
        try:
            yield temporary
            # An empty folder is replaced, too.
            os.replace(temporary, out)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _config_of_others(cfg: Config) -> dict:
    """The part of a config that is useful for others: values of the toolbox's keys."""
    kept = known_keys() - _OF_A_RUN
    return {key: value for key, value in cfg.to_dict().items() if key in kept}
