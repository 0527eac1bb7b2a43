"""Configs that mix components, trained and tested on a tiny world."""

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.models.features import FeatureSpec
from loco_mm.models.heads import PointPredictions
from loco_mm.models.heads.base_event_head import PaddedEvents
from loco_mm.testing import shrink_model
from loco_mm.worlds.synthetic import make_plan

from .comparing import CONFIGS, flat
from .conftest import TINY_FILES, TINY_WORLD

EXAMPLES = CONFIGS / "examples"
MIXES = sorted(EXAMPLES.glob("*_synthetic.py"))
pytestmark = pytest.mark.run


def on_tiny_world(cfg, tiny_world, path, files=TINY_FILES):
    """Write the config with the tiny world and two short epochs."""
    visual, audio = files["widths"]
    for split in ("train", "val", "test"):
        loader = cfg[f"{split}_dataloader"]
        loader.batch_size = min(loader.batch_size, 4)
        loader.dataset.update(data_root=str(tiny_world), world=TINY_WORLD, files=files)
        loader.dataset.features.update(visual=dict(dim=visual), audio=dict(dim=audio))
    cfg.train_cfg.update(max_epochs=2, val_interval=1)
    cfg.default_hooks.checkpoint.interval = 1
    cfg.dump(path)
    return path


def train_and_test(config, run_tool, work):
    """Output of a test of the last epoch."""
    status, _, error = run_tool("train.py", config, "--work-dir", work)
    assert status == 0, error
    status, out, error = run_tool("test.py", config, work / "epoch_2.pth", "--work-dir", work)
    assert status == 0, error
    return out


@pytest.mark.parametrize("path", MIXES, ids=lambda path: path.stem)
def test_a_mix_trains_and_predicts_events(path, tiny_world, run_tool, tmp_path):
    cfg = load_config(str(path))
    cfg.model = shrink_model(cfg.model)
    cfg.merge_from_dict(
        flat({"model": dict(encoder=dict(visual_dim=8, audio_dim=6), head=dict(num_classes=3))})
    )
    cfg.train_dataloader.dataset.max_len = cfg.model.max_len
    config = on_tiny_world(cfg, tiny_world, tmp_path / "mix.py")
    assert "mAP (%)" in train_and_test(config, run_tool, tmp_path / "w")


def test_bmn_of_the_toolbox_on_our_features(run_tool, tmp_path):
    # Its convolutions have four groups of channels.
    files = TINY_FILES | dict(widths=[4, 4])
    make_plan(TINY_WORLD, files).write(tmp_path / "world")
    cfg = load_config(str(EXAMPLES / "toolbox" / "bmn_synthetic.py"))
    assert cfg.model.type == "BMN"
    cfg.model.update(temporal_dim=16, feat_dim=8, num_samples=4)
    cfg.model.update(hidden_dim_1d=8, hidden_dim_2d=4, hidden_dim_3d=4)
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].dataset.pipeline[1].length = 16
    config = on_tiny_world(cfg, tmp_path / "world", tmp_path / "bmn.py", files)
    out = train_and_test(config, run_tool, tmp_path / "w")
    assert all(f"proposals/AR@{number}: " in out for number in (1, 5, 10, 100))


def test_a_recognizer_of_the_toolbox_on_our_features(tiny_world, run_tool, tmp_path):
    cfg = load_config(str(EXAMPLES / "toolbox" / "recognizer_synthetic.py"))
    assert cfg.model.type == "RecognizerAudio"
    cfg.model.cls_head.num_classes = 3
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].dataset.pipeline[1].update(num_classes=3, length=8)
    config = on_tiny_world(cfg, tiny_world, tmp_path / "recognizer.py")
    out = train_and_test(config, run_tool, tmp_path / "w")
    assert "acc/mean_average_precision: " in out


def test_each_mix_uses_what_it_is_named_after():
    parts = {path.stem: load_config(str(path)).model for path in MIXES}
    lcf = parts["actionformer_lcf_synthetic"]
    assert (lcf.modulator.type, lcf.pyramid.type) == ("LCFModulation", "JointPyramid")
    lac = parts["unav_lac_synthetic"]
    assert (lac.pyramid.attention.adaptive, lac.neck.type) == (True, "DependencyBlock")
    bins = parts["loco_tridet-head_synthetic"]
    assert (bins.pyramid.attention.adaptive, bins.head.regressor.type) == (True, "TridentRegressor")
    assert parts["loco_own-head_synthetic"].head.type == "SmoothPointHead"


@pytest.mark.parametrize(("second", "expected"), [(-3.0, 4.0), (-8.0, 16.0)])
def test_the_own_head_adds_its_loss(second, expected):
    """Log scores of -1, ``second``, and padding; differences of at most 4 count."""
    from smooth_head import SmoothPointHead

    head = SmoothPointHead(num_classes=1, spec=FeatureSpec(8, (1,), 3), smooth_weight=0.5)
    scores = torch.tensor([-1.0, second, -1.0]).exp()
    predictions = PointPredictions(
        logits=scores.logit().view(1, 3, 1),
        offsets=torch.ones(1, 3, 1, 2),
        mask=torch.tensor([[True, True, False]]),
        lengths=(3,),
    )
    truth = PaddedEvents(torch.zeros(1, 0, 2), torch.zeros(1, 0, dtype=torch.long))
    losses = head.loss_by_truth(predictions, truth)
    assert set(losses) == {"loss_cls", "loss_reg", "loss_smooth"}
    assert losses["loss_smooth"].item() == pytest.approx(0.5 * expected, rel=1e-5)
