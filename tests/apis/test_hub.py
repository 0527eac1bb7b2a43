"""Published models on the Hugging Face Hub, whose place a local folder takes."""

import shutil

import huggingface_hub
import pytest

from loco_mm.apis import AVEventInferencer
from loco_mm.apis.publishing import publish_model
from loco_mm.errors import InputError

from ..media_files import write_flash
from .small_localizer import small_checkpoint, small_config

MODEL = "someone/small"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The cache of huggingface_hub without network, to which models are 'uploaded'.

    Returns:
        A dict of the arguments of the calls of the client.
    """
    cache, calls = tmp_path / "cache", {}
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    def upload(self, *, repo_id, folder_path, **options):
        calls["upload"] = options
        model = cache / ("models--" + repo_id.replace("/", "--"))
        snapshot, blobs = model / "snapshots" / COMMIT, model / "blobs"
        shutil.copytree(folder_path, blobs)
        snapshot.mkdir(parents=True)
        for path in blobs.iterdir():
            (snapshot / path.name).symlink_to(f"../../blobs/{path.name}")
        (model / "refs").mkdir(exist_ok=True)
        (model / "refs" / "main").write_text(COMMIT)

    def create(self, repo_id, **options):
        calls["create"] = options
        return f"https://example.org/{repo_id}"

    monkeypatch.setattr(huggingface_hub.HfApi, "whoami", lambda self: dict(name="someone"))
    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", create)
    monkeypatch.setattr(huggingface_hub.HfApi, "upload_folder", upload)
    return calls


@pytest.fixture
def trained(tmp_path):
    config = small_config(tmp_path / "small.py")
    return config, small_checkpoint(tmp_path / "small.pth", config)


def test_a_model_returns_from_the_hub(trained, hub, tmp_path):
    publish_model(*trained, tmp_path / "out", to_hub=MODEL, private=True)
    assert hub["create"] == dict(private=True, exist_ok=True)
    assert hub["upload"]["delete_patterns"] == ["*.safetensors", "class_embeddings.npy"]
    card = (tmp_path / "out" / "README.md").read_text()
    assert f"AVEventInferencer.from_pretrained({MODEL!r})" in card
    media = write_flash(tmp_path / "a.mp4", fps=10, seconds=4)
    found = [
        AVEventInferencer.from_pretrained(model, device="cpu", show_progress=False, **options)(
            media
        )["predictions"]
        for model, options in (
            (tmp_path / "out", {}),
            (str(tmp_path / "out"), {}),
            (MODEL, {}),
            (MODEL, dict(revision=COMMIT)),
        )
    ]
    assert len(found[0]["results"]["a"]) > 0
    assert all(each == found[0] for each in found)


def test_what_is_not_there_is_named(hub, tmp_path):
    with pytest.raises(
        InputError, match="model 'someone/other' on the Hugging Face Hub: Cannot find.*cached"
    ):
        AVEventInferencer.from_pretrained("someone/other")
    for place in ("gone", str(tmp_path / "gone"), "a/b/c"):
        with pytest.raises(InputError, match=f"or the ID of a model.*, OWNER/NAME, got '{place}'"):
            AVEventInferencer.from_pretrained(place)
    with pytest.raises(InputError, match="revision: expected None for a folder, got 'v1'"):
        AVEventInferencer.from_pretrained(tmp_path, revision="v1")


def test_who_is_not_logged_in_learns_it_before_the_export(trained, hub, tmp_path, monkeypatch):
    def refuse(self):
        raise huggingface_hub.errors.LocalTokenNotFoundError("Token is required,\nbut no token")

    monkeypatch.setattr(huggingface_hub.HfApi, "whoami", refuse)
    text = f"to_hub: model '{MODEL}' cannot be uploaded: Token is required, but no token"
    with pytest.raises(InputError, match=text):
        publish_model(*trained, tmp_path / "out", to_hub=MODEL)
    with pytest.raises(InputError, match="to_hub: expected OWNER/NAME, got 'small'"):
        publish_model(*trained, tmp_path / "out", to_hub="small")
    assert not (tmp_path / "out").exists()


def test_the_folder_remains_after_a_failed_upload(trained, hub, tmp_path, monkeypatch):
    def fail(self, **options):
        raise ConnectionError("connection lost")

    monkeypatch.setattr(huggingface_hub.HfApi, "upload_folder", fail)
    folder = tmp_path / "out"
    text = f"model '{MODEL}' cannot be uploaded from {folder}: connection lost"
    with pytest.raises(InputError, match=text):
        publish_model(*trained, folder, to_hub=MODEL)
    assert AVEventInferencer.from_pretrained(folder, show_progress=False).classes
