"""Embeddings of class names."""

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.features import embed_classes

from .small_extractors import text_folder

pytestmark = pytest.mark.usefixtures("transformers")
NAMES = ("dog barking", "cat meowing loud", "dog")


@torch.no_grad()
@pytest.mark.parametrize(("kind", "width"), [("clip", 12), ("bert", 16), ("t5", 16)])
def test_embeddings_are_the_models(tmp_path, kind, width):
    """Compared to one text at a time: padding in a batch has no effect."""
    import transformers as hf

    folder = text_folder(tmp_path / kind, kind)
    found = embed_classes(NAMES, folder, "the sound of {}")
    assert found.shape == (3, width) and found.dtype == np.float32
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    for name, row in zip(NAMES, found, strict=True):
        tokens = tokenizer(f"the sound of {name}", return_tensors="pt")
        if kind == "clip":
            model = hf.CLIPModel.from_pretrained(folder).eval()
            wanted = model.text_projection(model.text_model(**tokens).pooler_output)[0]
        else:
            loader = hf.BertModel if kind == "bert" else hf.T5EncoderModel
            wanted = loader.from_pretrained(folder).eval()(**tokens).last_hidden_state[0].mean(0)
        np.testing.assert_allclose(row, (wanted / wanted.norm()).numpy(), atol=1e-5)


def test_names_change_embeddings_and_labels_do_not(tmp_path):
    folder = text_folder(tmp_path / "bert", "bert")
    one, other = embed_classes(NAMES, folder), embed_classes(NAMES[::-1], folder)
    np.testing.assert_allclose(one, other[::-1], atol=1e-6)
    assert np.abs(one[0] - one[1]).max() > 0.01


def test_what_is_wrong_is_reported(tmp_path):
    with pytest.raises(
        InputError, match="prompt: expected a text with one {} for the name, got 'a sound'"
    ):
        embed_classes(NAMES, "some/encoder", "a sound")
    with pytest.raises(InputError, match="encoder '.*gone': AutoTokenizer cannot load it"):
        embed_classes(NAMES, str(tmp_path / "gone"))
