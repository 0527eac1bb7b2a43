"""Published models on the Hugging Face Hub."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..fileio import CARD_FILE, CLASSES_FILE, CONFIG_FILE, EMBEDDINGS_FILE
from ..optional import OptionalModule

if TYPE_CHECKING:
    import huggingface_hub
else:
    huggingface_hub = OptionalModule("huggingface_hub", "hub")

_ID = re.compile(r"[\w.-]+/[\w.-]+")
_WEIGHTS = "*.safetensors"
_FILES = [CONFIG_FILE, CLASSES_FILE, EMBEDDINGS_FILE, CARD_FILE, _WEIGHTS]


def published_folder(model: str | Path, revision: str | None = None) -> Path:
    """The folder of a published model, which is downloaded if it is on the Hugging Face Hub.

    Args:
        model: A folder, or the ID of a model on the Hub, ``'OWNER/NAME'``. An existing folder is
            preferred. Only the files of a published model are downloaded, to the cache of
            ``huggingface_hub``; without network, a model in the cache is used.
        revision: Branch, tag or commit of the model on the Hub.

    Raises:
        InputError: There is no such folder or model, or it cannot be downloaded.
    """
    if Path(model).is_dir():
        if revision is not None:
            raise InputError(
                f"from_pretrained.revision: expected None for a folder, got {revision!r}"
            )
        return Path(model)
    if not _ID.fullmatch(str(model)):
        raise InputError(
            "from_pretrained: expected the folder of a published model, or the ID of a model on "
            f"the Hugging Face Hub, OWNER/NAME, got {str(model)!r}"
        )
    with _named_errors(f"from_pretrained: model {model!r} on the Hugging Face Hub"):
        return Path(
            huggingface_hub.snapshot_download(
                str(model), revision=revision, allow_patterns=_FILES, library_name="loco_mm"
            )
        )


def check_upload(model: str) -> None:
    """Check that a model can be uploaded, before the work of exporting it.

    Args:
        model: ID of the model, ``'OWNER/NAME'``.

    Raises:
        InputError: ``model`` is not an ID, ``huggingface_hub`` is not installed, the Hub cannot be
            reached, or the user is not logged in.
    """
    if not _ID.fullmatch(model):
        raise InputError(f"to_hub: expected OWNER/NAME, got {model!r}")
    with _named_errors(f"to_hub: model {model!r} cannot be uploaded"):
        huggingface_hub.HfApi().whoami()


def upload_model(folder: str | Path, model: str, private: bool = False) -> None:
    """Upload the folder of a published model to the Hugging Face Hub.

    The model is created if it does not exist; the files of an earlier version are replaced. Log in
    with ``hf auth login`` or set ``HF_TOKEN``.

    Args:
        folder: The folder.
        model: ID of the model, ``'OWNER/NAME'``.
        private: Whether a new model is visible to its owner only.

    Raises:
        InputError: The upload fails.
    """
    api = huggingface_hub.HfApi(library_name="loco_mm")
    with _named_errors(f"to_hub: model {model!r} cannot be uploaded from {folder}"):
        api.create_repo(model, private=private, exist_ok=True)
        # The name of the weights contains their checksum, so that earlier ones would remain.
        api.upload_folder(
            repo_id=model,
            folder_path=folder,
            commit_message="Upload a model of loco_mm",
            delete_patterns=[_WEIGHTS, EMBEDDINGS_FILE],
        )


@contextmanager
def _named_errors(what: str) -> Iterator[None]:
    """Turn errors of the Hub's client, whose HTTP library depends on its version, into one."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{what}: {reason}") from error
