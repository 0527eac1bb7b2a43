"""Compilation of parts: sizes, failures and reports."""

import copy
import os

import pytest
import torch
from functorch.compile import make_boxed_func
from mmengine.registry import init_default_scope
from torch import nn
from torch._dynamo.backends.common import aot_autograd

from loco_mm.datasets import collate_av
from loco_mm.engine.compiling import CompiledCall, check_compile, compile_model, compile_parts
from loco_mm.engine.deferred import DeferredOptimWrapper
from loco_mm.errors import InputError
from loco_mm.models.features import Features
from loco_mm.registry import MODELS
from loco_mm.testing import eventful_samples


class Part(nn.Linear):
    """A layer that counts the calls that are not compiled."""

    def __init__(self):
        super().__init__(3, 3)
        self.calls = 0

    def forward(self, x):
        if not torch.compiler.is_compiling():
            self.calls += 1
        return super().forward(x).sin()


def refusing(graph, inputs):
    raise RuntimeError("no such processor\nline of details")


# A compiler that accepts forward passes only.
half = aot_autograd(
    fw_compiler=lambda graph, inputs: make_boxed_func(graph.forward), bw_compiler=refusing
)


@pytest.fixture
def logged(monkeypatch):
    found = []
    monkeypatch.setattr(
        "loco_mm.engine.compiling.print_log", lambda text, *args: found.append((text, *args))
    )
    torch._dynamo.reset()
    return found


def compiled(backend):
    part = Part()
    return part, CompiledCall("neck", part, part.forward, dict(backend=backend))


def test_a_size_is_compiled_once_and_reported(logged):
    part, call = compiled("eager")
    x = torch.rand(2, 3)
    for _ in range(2):
        torch.testing.assert_close(call(x), part.forward(x))
    assert part.calls == 2
    part.eval()
    call(x)
    texts = [text for text, *_ in logged]
    assert [text.rsplit(",", 1)[0] for text in texts] == [
        "compile: neck for training",
        "compile: neck for evaluation",
    ]
    assert call.seconds > 0


def test_further_sizes_are_not_compiled(logged):
    part, call = compiled("eager")
    for batch in range(1, 7):
        call(torch.rand(batch, 3))
    assert part.calls == 6 - CompiledCall.MAX_SIZES
    call(torch.rand(2, 3))
    assert part.calls == 6 - CompiledCall.MAX_SIZES
    # Those of evaluation are counted apart.
    part.eval()
    call(torch.rand(9, 3))
    assert part.calls == 6 - CompiledCall.MAX_SIZES


def test_sizes_of_features_are_those_of_their_tensors(logged):
    call = CompiledCall("head", Part(), lambda given: given.levels[0] + 1, dict(backend="eager"))
    for steps in (4, 4, 8):
        mask = torch.ones(1, steps, dtype=torch.bool)
        call(Features({}, mask, [torch.ones(1, steps, 2)], [mask]))
    assert len(logged) == 2


@pytest.mark.parametrize("backend", [refusing, half], ids=["forward", "backward"])
def test_a_part_that_cannot_be_compiled_is_named_once_and_runs_as_it_is(logged, backend):
    part, call = compiled(backend)
    for _ in range(2):
        x = torch.rand(2, 3, requires_grad=True)
        torch.testing.assert_close(call(x), part.forward(x))
        call(x).sum().backward()
        assert x.grad.any()
    ((text, *_),) = logged
    assert text.startswith("compile: neck: expected one graph, got BackendCompilerFailed: ")
    assert text.endswith(": it is not compiled")
    assert "\n" not in text
    assert call.failed


def test_a_graph_break_is_a_failure(logged):
    part = Part()
    call = CompiledCall("head", part, lambda x: x if x.sum() > 0 else -x, dict(backend="eager"))
    assert call(torch.tensor([-1.0])).tolist() == [1]
    assert logged[0][0].startswith("compile: head: expected one graph, got Unsupported: ")


def test_an_error_of_the_part_itself_is_raised(logged):
    def refuse(x):
        if x.shape[0] > 1:
            raise InputError("encoder.visual_dim: expected 3, got 4")
        return x

    call = CompiledCall("encoder", Part(), refuse, dict(backend="eager"))
    with pytest.raises(InputError, match=r"^encoder\.visual_dim: expected 3, got 4$"):
        call(torch.rand(2, 3))
    assert not logged
    assert not call.failed


def test_predictions_are_copied_from_the_memory_of_cuda_graphs():
    part = Part().eval()
    call = CompiledCall("head", part, lambda x: (x, [x]), dict(backend="eager"))
    call._clones = True
    x = torch.rand(2)
    first, (second,) = call(x)
    assert x.data_ptr() not in (first.data_ptr(), second.data_ptr())
    assert torch.equal(first, x)
    part.train()
    assert call(x)[0].data_ptr() == x.data_ptr()


def test_all_parts_of_a_model_and_its_losses(small_model, logged):
    init_default_scope("mmaction")
    model = MODELS.build(copy.deepcopy(small_model)).train()
    names, keys = [n for n, _ in model.named_modules()], list(model.state_dict())
    calls = compile_model(model, dict(backend="eager"))
    assert [call.name for call in calls] == [
        *("encoder", "modulator", "pyramid", "neck", "head", "head.loss_by_truth")
    ]
    data = model.data_preprocessor(collate_av(eventful_samples(small_model)), True)
    model(**data, mode="loss")
    assert len(logged) == len(calls)
    assert not any(call.failed for call in calls)
    assert [n for n, _ in model.named_modules()] == names
    assert list(model.state_dict()) == keys


def test_cuda_graphs_do_not_hold_accumulated_gradients(small_model, tmp_path, logged, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    init_default_scope("mmaction")
    model = MODELS.build(copy.deepcopy(small_model))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = DeferredOptimWrapper(optimizer, accumulative_counts=2)
    compile_parts(model, dict(mode="reduce-overhead"), str(tmp_path), wrapper)
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(tmp_path / "compile_cache")
    parameter = next(model.parameters())
    kept = parameter.grad
    assert not kept.any()
    kept += 1
    wrapper.zero_grad()
    assert parameter.grad is kept
    assert not kept.any()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (dict(fullgraph=True), r"compile: unknown key 'fullgraph'"),
        (dict(mode="fast"), r"compile\.mode: expected .*'reduce-overhead'.*, got 'fast'"),
        (
            dict(backend="induct"),
            r"compile\.backend: expected one of .*, did you mean 'inductor'",
        ),
        (dict(options=1), r"compile\.options: expected .*, got 1"),
        (dict(mode="max-autotune", options=dict(trace=True)), "expected mode or options, got both"),
    ],
)
def test_bad_settings_are_named(config, message):
    with pytest.raises(InputError, match=message):
        check_compile(config)
    for good in (None, True, False, {}, dict(mode="max-autotune", backend="inductor")):
        check_compile(good)
