"""Code that torch.compile generates, on the CPU and on a GPU."""

import copy
import shutil

import pytest
import torch
from torch.nn import functional as F

from loco_mm.apis import load_config
from loco_mm.engine.compiling import CompiledCall
from loco_mm.models.layers import AttentionBlock
from loco_mm.testing import compilation_changes_nothing

from .comparing import ROOT, tiny_models
from .test_contract import with_few_levels
from .test_resume import train

# The compiler needs a minute for a model. On a CPU it calls the system's C++ compiler.
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler"),
]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    torch._dynamo.reset()


def test_a_tiny_model():
    compilation_changes_nothing(with_few_levels(tiny_models()["loco_rendered"]), "inductor")


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_gpu)])
def test_a_block_of_full_width(device):
    torch.manual_seed(0)
    block = AttentionBlock(
        512, 4, cross=True, stride=2, attention=dict(type="WindowAttention"), max_steps=128
    )
    block = block.to(device).train()
    for scale in (block.attention_scale, block.mlp_scale, block.attention):
        scale.activate_branches()
    query, context, weights = torch.randn(3, 2, 256, 512, device=device)
    mask = torch.arange(256, device=device) < torch.tensor([[256], [131]], device=device)
    call = CompiledCall("block", block, block.forward, {})
    found = []
    for forward in (call, block):
        x, y = (t.clone().requires_grad_() for t in (query, context))
        out, out_mask, figures = forward(query=x, context=y, mask=mask)
        (F.pad(out, (0, 0, 0, 128)) * weights).sum().backward()
        gradients = [p.grad.clone() for p in block.parameters()]
        found.append([out, out_mask, *figures.values(), x.grad, y.grad, *gradients])
        block.zero_grad()
    assert not call.failed
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)


@needs_gpu
@pytest.mark.parametrize("mode", ["default", "reduce-overhead"])
@pytest.mark.parametrize("wrapper", ["DeferredOptimWrapper", "AutocastOptimWrapper"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_training_on_a_gpu(tiny_options, tmp_path, mode, wrapper, count):
    """With CUDA graphs, losses and gradients are not overwritten before they are used."""
    options = tiny_options | {
        "default_hooks.checkpoint.save_best": None,
        "optim_wrapper.type": wrapper,
        "optim_wrapper.accumulative_counts": count,
        **{f"model.{part}.drop_path": 0.0 for part in ("encoder", "pyramid", "neck")},
    }
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.param_scheduler = []
    cfg.optim_wrapper.optimizer.lr = 1e-5
    alone = train(copy.deepcopy(cfg), tmp_path / "alone", 3)
    cfg.compile = dict(mode=mode)
    compiled = train(cfg, tmp_path / "compiled", 3)
    log = next((tmp_path / "compiled").glob("*/*.log")).read_text()
    assert "it is not compiled" not in log
    for part in ("state_dict", "ema_state_dict"):
        for name, value in alone[part].items():
            torch.testing.assert_close(
                compiled[part][name], value, rtol=1e-3, atol=1e-4, msg=f"{part}.{name}"
            )
