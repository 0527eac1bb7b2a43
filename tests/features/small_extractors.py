"""All extractors, with models small enough for tests."""

import sys
from types import ModuleType, SimpleNamespace

import torch
from torch import nn

from loco_mm.features import build_extractor, i3d_vggish


def transformers_folder(folder, kind):
    """A small model with random weights, and its processor."""
    import transformers as hf

    torch.manual_seed(0)
    small = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    if kind == "clip":
        vision = dict(image_size=32, patch_size=16, projection_dim=12, **small)
        text = dict(vocab_size=20, max_position_embeddings=8, projection_dim=12, **small)
        config = hf.CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)
        model = hf.CLIPModel(config)
        size = dict(size=dict(shortest_edge=32), crop_size=dict(height=32, width=32))
        processor = hf.CLIPImageProcessor(**size)
    elif kind == "siglip":
        vision = dict(image_size=32, patch_size=16, **small)
        text = dict(vocab_size=20, max_position_embeddings=8, **small)
        model = hf.SiglipModel(hf.SiglipConfig(text_config=text, vision_config=vision))
        processor = hf.SiglipImageProcessor(size=dict(height=32, width=32))
    elif kind == "vjepa2":
        config = hf.VJEPA2Config(
            crop_size=32, patch_size=16, frames_per_clip=8, tubelet_size=2, pred_hidden_size=16,
            pred_num_attention_heads=2, pred_num_hidden_layers=1, mlp_ratio=1,
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        )  # fmt: skip
        model = hf.VJEPA2Model(config)
        size = dict(size=dict(shortest_edge=36), crop_size=dict(height=32, width=32))
        processor = hf.VJEPA2VideoProcessor(**size)
    elif kind == "ast":
        config = hf.ASTConfig(max_length=128, num_mel_bins=32, patch_size=16, **small)
        model = hf.ASTModel(config)
        processor = hf.ASTFeatureExtractor(max_length=128, num_mel_bins=32)
    else:
        audio = dict(
            spec_size=64, num_mel_bins=32, window_size=4, depths=[1, 1], num_attention_heads=[1, 1],
            patch_embeds_hidden_size=16, hidden_size=32, projection_dim=10, num_classes=3,
        )  # fmt: skip
        text = dict(vocab_size=20, max_position_embeddings=8, projection_dim=10, **small)
        config = hf.ClapConfig(text_config=text, audio_config=audio, projection_dim=10)
        model = hf.ClapModel(config)
        processor = hf.ClapFeatureExtractor(
            feature_size=32, max_length_s=1, truncation="rand_trunc"
        )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


WORDS = ["the", "sound", "of", "dog", "barking", "cat", "meowing", "loud"]


def text_folder(folder, kind):
    """A small text model with random weights, and its tokenizer with one token per word."""
    import transformers as hf
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {word: n for n, word in enumerate(["[PAD]", "[UNK]", *WORDS, "[EOS]"])}
    words = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    tokens = dict(pad_token="[PAD]", unk_token="[UNK]", eos_token="[EOS]")
    tokenizer = hf.PreTrainedTokenizerFast(tokenizer_object=words, **tokens, model_max_length=8)
    if kind == "clip":
        return _save_tokenizer(transformers_folder(folder, "clip"), tokenizer)
    torch.manual_seed(0)
    size = dict(vocab_size=len(vocabulary), num_attention_heads=2)
    if kind == "bert":
        sizes = dict(hidden_size=16, num_hidden_layers=1, intermediate_size=16)
        model = hf.BertModel(hf.BertConfig(**size, **sizes, max_position_embeddings=8))
    else:
        sizes = dict(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
        model = hf.T5Model(hf.T5Config(vocab_size=len(vocabulary), **sizes))
    model.save_pretrained(folder)
    return _save_tokenizer(str(folder), tokenizer)


def _save_tokenizer(folder, tokenizer):
    tokenizer.save_pretrained(folder)
    return folder


class TinyI3D(nn.Module):
    """Means in place of I3D."""

    dim = 6

    def __init__(self, channels=3):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.channels = channels

    def forward(self, clips):
        assert clips.shape[1:] == (self.channels, 24, 224, 224)
        assert clips.abs().max() <= 1.01
        halves = clips.reshape(*clips.shape[:4], 2, 112).mean((2, 3, 5)).flatten(1)
        return self.scale * halves.repeat(1, 3)[:, :6]


class TinyFlow(nn.Module):
    """Changes of brightness in place of RAFT's flow."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, first, second, num_flow_updates):
        assert first.shape[-1] % 8 == first.shape[-2] % 8 == 0
        return [None, 20 * self.scale * (second - first)[:, :2]]


class TinyVGGish(nn.Module):
    """Means in place of VGGish."""

    dim = 4

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, levels):
        assert levels.shape[1:] == (96, 64)
        return self.scale * levels.reshape(-1, 96, 4, 16).mean((1, 3))


class TinyOnePeace:
    """The interface of the ONE-PEACE package."""

    def __init__(self):
        self.model = nn.Linear(1, 1)
        self.seen = {}

    def cast_data_dtype(self, inputs):
        return inputs

    def extract_image_features(self, images):
        assert images.shape[1:] == (3, 256, 256)
        self.seen["images"] = images
        return images.mean((2, 3)).repeat(1, 512)

    def extract_audio_features(self, samples, padding):
        assert padding.shape == (len(samples), 50) and not padding.any()
        self.seen["samples"] = samples
        return samples.abs().mean(1, keepdim=True).repeat(1, 1536)


def saved(module, path):
    """Write the weights of a module to a file."""
    torch.save(module.state_dict(), path)
    return str(path)


def small_i3d_vggish(monkeypatch, folder):
    """The config of ``i3d-vggish`` with tiny networks in place of the real ones."""
    flows = sys.modules["torchvision.models.optical_flow"]
    monkeypatch.setattr(i3d_vggish, "InceptionI3D", TinyI3D)
    monkeypatch.setattr(i3d_vggish, "VGGish", TinyVGGish)
    monkeypatch.setattr(flows, "raft_large", lambda weights: TinyFlow())
    monkeypatch.setattr(i3d_vggish.I3DFrames, "dims", (6, 6))
    monkeypatch.setattr(i3d_vggish.VGGishSound, "dim", 4)
    files = dict(rgb=TinyI3D(), flow=TinyI3D(2), raft=TinyFlow(), vggish=TinyVGGish())
    paths = {name: saved(module, folder / f"{name}.pth") for name, module in files.items()}
    return dict(type="i3d-vggish", **paths)


def small_onepeace(monkeypatch, folder):
    """The config of ``onepeace`` with a replacement for its package, and its model."""
    model = TinyOnePeace()
    package = ModuleType("one_peace.models")
    package.from_pretrained = lambda weights, device, dtype: model
    monkeypatch.setitem(sys.modules, "one_peace", SimpleNamespace(models=package))
    monkeypatch.setitem(sys.modules, "one_peace.models", package)
    return dict(type="onepeace", weights="one-peace.pt"), model


def small_extractor(name, monkeypatch, folder):
    """An extractor by the name of its test case."""
    if name == "spectral":
        config = dict(type="spectral")
    elif name == "pretrained":
        # Twice the frames of the default, as a flash is shorter than one of those.
        config = dict(type="pretrained", grid=dict(fps=12.5, num_frames=12, stride=4))
    elif name == "timm":
        config = dict(type="timm", model="test_efficientnet", pretrained=False)
    elif name == "i3d-vggish":
        config = small_i3d_vggish(monkeypatch, folder)
    elif name == "onepeace":
        config = small_onepeace(monkeypatch, folder)[0]
    else:
        visual, audio = (transformers_folder(folder / kind, kind) for kind in name.split("+"))
        config = dict(type="transformers", visual=visual, audio=audio)
    return build_extractor(config)
