"""A small model with `spectral` features: config, checkpoint and media files."""

from dataclasses import asdict

import numpy as np
import torch

from loco_mm.features import build_extractor
from loco_mm.structures import FEATURE_KINDS
from loco_mm.testing import build_with_active_branches, shrink_model

from ..comparing import CONFIGS

CLASSES = ("bark", "rain <b>", "horn")
KIND = FEATURE_KINDS["spectral"]


def small_config(path, **head):
    """Write the config: a standard one, with a model of width 16, T = 32 and three classes."""
    from loco_mm.apis import load_config

    cfg = load_config(str(CONFIGS / "loco_rendered.py"))
    model = shrink_model(cfg.model)
    model.encoder.update(visual_dim=322, audio_dim=130)
    model.head.num_classes = len(CLASSES)
    for key, value in head.items():
        model.head[key] = value
    cfg.model = model
    cfg.train_dataloader.dataset.max_len = 32
    cfg.dump(path)
    return path


def by_names(file, embeddings):
    """Write embeddings of class names; return the config of a classifier that uses them."""
    np.save(file, embeddings)
    sizes = dict(text_dim=embeddings.shape[1], feat_channels=8)
    return dict(type="LanguageClassifier", embeddings=str(file), **sizes)


def small_checkpoint(path, config, **meta):
    """Write a checkpoint of a model that predicts events everywhere, with its features' kind."""
    from loco_mm.apis import load_config

    torch.manual_seed(0)
    model = build_with_active_branches(load_config(str(config)).model)
    described = build_extractor(dict(type="spectral")).description().model_dump(mode="json")
    dataset_meta = dict(classes=CLASSES, features=asdict(KIND), extractor=described) | meta
    torch.save(
        dict(
            state_dict=model.state_dict(),
            meta=dict(dataset_meta={k: v for k, v in dataset_meta.items() if v is not None}),
        ),
        path,
    )
    return path


def some_features(steps, seed=0):
    """Features (T, 322) and (T, 130)."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(steps, n)).astype(np.float32) for n in (322, 130)]
