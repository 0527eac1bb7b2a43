"""Models of Hugging Face: choice of the encoder, and errors if they cannot be loaded."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.features import build_extractor
from loco_mm.features.hugging_face import HuggingFaceClips, HuggingFaceFrames

from .small_extractors import transformers_folder

pytestmark = pytest.mark.usefixtures("transformers")


def test_an_image_model_sees_pictures_a_video_model_clips(tmp_path):
    audio = transformers_folder(tmp_path / "ast", "ast")
    kinds = dict(
        clip=(HuggingFaceFrames, 12), siglip=(HuggingFaceFrames, 16), vjepa2=(HuggingFaceClips, 16)
    )
    for kind, (encoder, dim) in kinds.items():
        visual = transformers_folder(tmp_path / kind, kind)
        extractor = build_extractor(dict(type="transformers", visual=visual, audio=audio))
        assert type(extractor.visual) is encoder
        assert extractor.kind.visual.dim == dim
        assert extractor.kind.audio.dim == 16
        assert extractor.audio.rate == 16000


def test_clips_embedding_is_the_models(tmp_path):
    import torch
    from transformers import CLIPImageProcessor, CLIPModel

    folder = transformers_folder(tmp_path / "clip", "clip")
    frames = np.random.default_rng(0).integers(0, 256, (2, 40, 50, 3), np.uint8)
    inputs = CLIPImageProcessor.from_pretrained(folder)(images=list(frames), return_tensors="pt")
    model = CLIPModel.from_pretrained(folder).eval()
    with torch.no_grad():
        vision = model.vision_model(pixel_values=inputs["pixel_values"])
        expected = model.visual_projection(vision.pooler_output)
    found = HuggingFaceFrames(folder, "cpu").encode_frames(frames)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_no_such_model(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(InputError, match=f"visual '{folder}': AutoConfig cannot load it"):
        build_extractor(dict(type="transformers", visual=str(folder)))
    clip = transformers_folder(tmp_path / "clip", "clip")
    with pytest.raises(InputError, match=f"audio '{folder}': AutoFeatureExtractor cannot load it"):
        build_extractor(dict(type="transformers", visual=clip, audio=str(folder)))
