"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture
def shared() -> Path:
    """The shared data beside the checkout; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no shared data beside the checkout")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def default_scope():
    """Components are found by their bare names."""
    init_default_scope("mmaction")


@pytest.fixture
def small_model() -> ConfigDict:
    """LoCo at width 16: T = 32, four levels, five classes."""
    model = Config.fromfile(ROOT / "configs" / "_base_" / "models" / "loco.py").model
    cfg = Config(dict(model=model))
    cfg.merge_from_dict(
        {
            "model.max_len": 32,
            "model.encoder.visual_dim": 12,
            "model.encoder.audio_dim": 8,
            "model.encoder.dim": 16,
            "model.encoder.num_layers": 1,
            "model.modulator.dim": 16,
            "model.modulator.embed_dim": 8,
            "model.pyramid.dim": 16,
            "model.pyramid.num_levels": 4,
            "model.neck.dim": 32,
            "model.neck.num_layers": 1,
            "model.head.num_classes": 5,
            "model.head.in_channels": 32,
            "model.head.feat_channels": 16,
            "model.head.point_generator.regression_ranges": [
                (0, 4),
                (4, 8),
                (8, 16),
                (16, float("inf")),
            ],
        }
    )
    return cfg.model


@pytest.fixture
def make_sample():
    """Makes a packed sample: ``make_sample(steps, segments, labels)``, segments in grid steps."""
    from mmaction.structures import ActionDataSample

    from loco_mm.structures import TemporalGrid

    def make(steps, segments=(), labels=(), seed=0, visual_dim=12, audio_dim=8):
        generator = torch.Generator().manual_seed(seed)
        grid = TemporalGrid(16, 16, 4)
        segments = torch.tensor(segments, dtype=torch.float32).reshape(-1, 2)
        labels = torch.tensor(labels, dtype=torch.long)
        sample = ActionDataSample(
            metainfo=dict(
                video_id=f"video{seed}",
                duration=float(grid.to_seconds(steps - 1)) + 0.5,
                grid=grid,
                num_steps=steps,
                gt_segments_sec=grid.to_seconds(segments).numpy(),
                gt_labels=labels.numpy(),
            )
        )
        sample.gt_instances = InstanceData(segments=segments, labels=labels)
        inputs = dict(
            visual=torch.randn(steps, visual_dim, generator=generator),
            audio=torch.randn(steps, audio_dim, generator=generator),
        )
        return dict(inputs=inputs, data_samples=sample)

    return make
