"""Computes embeddings of class names with text models of Hugging Face.

Shape letters: C classes, N tokens, K channels of an embedding.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .hugging_face import load_part
from .torch_models import as_array, ready

# The prompt of UniAV (Geng et al., arXiv 2404.03179) for UnAV-100.
PROMPT = "An audio visual event of {}."
BATCH = 64


@torch.inference_mode()
def embed_classes(
    classes: Sequence[str], encoder: str, prompt: str = PROMPT, device: str = "cpu"
) -> np.ndarray:
    """Compute embeddings of class names for :class:`LanguageClassifier`.

    For models with a text embedding (CLIP, SigLIP, CLAP, ...) this embedding is used; for others
    the mean of the last layer over the tokens.

    Args:
        classes: Class names by label.
        encoder: A text model: name on Hugging Face, or a folder.
        prompt: Text to encode, with ``{}`` in place of the name.
        device: Device of the model.

    Returns:
        ndarray: (C, K) float32 of unit length.

    Raises:
        InputError: The model cannot be loaded, or the prompt has no place for the name.
    """
    if prompt.count("{}") != 1:
        raise InputError(f"prompt: expected a text with one {{}} for the name, got {prompt!r}")
    tokenizer = load_part("AutoTokenizer", encoder, "encoder")
    model: Any = ready(load_part("AutoModel", encoder, "encoder"), device)
    if not hasattr(model, "get_text_features") and model.config.is_encoder_decoder:
        model = model.get_encoder()
    texts = [prompt.replace("{}", name) for name in classes]
    rows = []
    for first in range(0, len(texts), BATCH):
        part = texts[first : first + BATCH]
        tokens = tokenizer(part, padding=True, truncation=True, return_tensors="pt").to(device)
        rows.append(as_array(_embedding(model, tokens)))
    found = np.concatenate(rows)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _embedding(model: Any, tokens: Any) -> Tensor:
    """(C, K) of tokenized texts."""
    if hasattr(model, "get_text_features"):
        output = model.get_text_features(**tokens)
        return output if torch.is_tensor(output) else output.pooler_output
    last = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None].to(last.dtype)
    return (last * mask).sum(1) / mask.sum(1)
