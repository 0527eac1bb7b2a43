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
            "model.dim": 16,
            "model.encoder.num_layers": 1,
            "model.modulator.embed_dim": 8,
            "model.pyramid.num_levels": 4,
            "model.neck.num_layers": 1,
            "model.head.num_classes": 5,
            "model.head.feat_channels": 16,
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


@pytest.fixture(scope="session")
def tiny_world(tmp_path_factory) -> Path:
    """A synthetic world of three classes and 17 videos."""
    from loco_mm.datasets.synthetic import make_plan

    root = tmp_path_factory.mktemp("data") / "world"
    make_plan(TINY_WORLD, TINY_FILES).write(root)
    return root


TINY_WORLD = dict(num_classes=3, durations=[4.0, 7.0])
TINY_FILES = dict(num_videos=[8, 4, 5], widths=[8, 6])


@pytest.fixture
def tiny_options(tiny_world) -> dict:
    """Overrides of ``configs/loco_synthetic.py``: the tiny world and a model of width 8."""
    options = {
        "model.max_len": 16,
        "model.dim": 8,
        "model.encoder": dict(visual_dim=8, audio_dim=6),
        "model.modulator": dict(embed_dim=4),
        "model.pyramid": dict(num_levels=3, num_heads=2),
        "model.head": dict(num_classes=3, feat_channels=8),
        "default_hooks.logger.interval": 1,
    }
    flat = {}
    for key, value in options.items():
        entries = value.items() if isinstance(value, dict) else [(None, value)]
        flat |= {f"{key}.{name}" if name else key: entry for name, entry in entries}
    for split in ("train", "val", "test"):
        loader = f"{split}_dataloader"
        flat |= {
            f"{loader}.batch_size": 4,
            f"{loader}.dataset.data_root": str(tiny_world),
            f"{loader}.dataset.world": TINY_WORLD,
            f"{loader}.dataset.files": TINY_FILES,
            f"{loader}.dataset.features.visual.dim": 8,
            f"{loader}.dataset.features.audio.dim": 6,
        }
    flat["train_dataloader.dataset.max_len"] = 16
    return flat


@pytest.fixture
def tiny_config(tiny_options, tmp_path) -> Path:
    """The tiny run as a config file: ``train_cfg.max_epochs`` 2, validated each epoch."""
    from loco_mm.apis import load_config

    options = tiny_options | {
        "train_cfg.max_epochs": 2,
        "train_cfg.val_interval": 1,
        "default_hooks.checkpoint.interval": 1,
    }
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options)
    path = tmp_path / "tiny.py"
    cfg.dump(path)
    return path


@pytest.fixture
def run_tool(monkeypatch, capfd):
    """Runs a tool as a script, in this process: ``run_tool('train.py', ...)``.

    Returns its exit status, its standard output and its standard error.
    """
    import runpy
    import sys

    from mmengine.logging import MMLogger

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        # Runs of one second share a name, and with it a logger that writes to a closed stream.
        MMLogger._instance_dict.clear()
        status = 0
        try:
            runpy.run_path(str(ROOT / "tools" / name), run_name="__main__")
        except SystemExit as stop:
            status = stop.code or 0
        return status, *capfd.readouterr()

    return run
