"""Two processes (gloo) compared to one."""

import copy
import json
import os
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.dataset import pseudo_collate
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope

from loco_mm.apis import evaluate_files, load_config
from loco_mm.engine.compiling import compile_model
from loco_mm.registry import DATASETS, MODELS

from .comparing import ROOT, assert_same_events, events_of, leave_processes


def build(cfg):
    init_default_scope("mmaction")
    torch.manual_seed(0)
    model = MODELS.build(copy.deepcopy(cfg.model)).double().train()
    # torch.compile takes a float64 scalar on the CPU for a number, and loses its updates.
    model.head.loss_normalizer = model.head.loss_normalizer.float()
    return model


def backward(model, samples):
    module = getattr(model, "module", model)
    data = module.data_preprocessor(pseudo_collate(samples), True)
    data["inputs"] |= {name: data["inputs"][name].double() for name in ("visual", "audio")}
    losses = model(**data, mode="loss")
    (losses["loss_cls"] + losses["loss_reg"] + losses["loss_lcf"]).backward()
    return module


def run_process(rank, folder, cfg, samples, compiled):
    torch.set_num_threads(1)
    store = dist.FileStore(str(folder / "store"), 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    model = MMDistributedDataParallel(build(cfg), device_ids=None)
    # Graphs of forward and backward pass, whose operations are run without the compiler.
    calls = compile_model(model.module, dict(backend="aot_eager")) if compiled else []
    # Halves with different numbers of steps and events.
    for _ in range(2):
        module = backward(model, samples[4 * rank : 4 * rank + 4])
    gradients = {name: p.grad for name, p in module.named_parameters()}
    failed = [call.name for call in calls if call.failed]
    torch.save((gradients, module.head.loss_normalizer, failed), folder / f"rank{rank}")
    leave_processes()


@pytest.mark.distributed
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_gradients_equal_those_of_one_process_with_the_joint_batch(
    tiny_options, tmp_path, compiled
):
    options = tiny_options | {
        f"model.{part}.drop_path": 0.0 for part in ("encoder", "pyramid", "neck")
    }
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options)
    dataset = DATASETS.build(copy.deepcopy(cfg.train_dataloader.dataset))
    samples = [dataset[index] for index in range(8)]
    events = [
        sum(len(s["data_samples"].gt_instances) for s in part)
        for part in (samples[:4], samples[4:])
    ]
    assert events[0] != events[1]
    mp.spawn(run_process, (tmp_path, cfg, samples, compiled), nprocs=2)
    # It starts with 250 per process.
    cfg.model.head.init_normalizer = 500.0
    model = build(cfg)
    for _ in range(2):
        backward(model, samples)
    for rank in range(2):
        gradients, normalizer, failed = torch.load(tmp_path / f"rank{rank}", weights_only=True)
        assert failed == []
        assert 2 * normalizer.item() == pytest.approx(model.head.loss_normalizer.item())
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(
                gradients[name],
                parameter.grad,
                atol=1e-9,
                rtol=1e-9,
                msg=lambda m, n=name: f"{n}: {m}",
            )


@pytest.mark.distributed
def test_two_processes_train_and_test_and_the_metric_is_that_of_one(
    tiny_config, tiny_world, run_tool, tmp_path
):
    environment = os.environ | dict(PYTHON=sys.executable, OMP_NUM_THREADS="1")
    work = tmp_path / "work"

    def launch(script, *arguments):
        command = ["bash", str(ROOT / "tools" / script), *map(str, arguments)]
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr

    launch("dist_train.sh", tiny_config, 2, "--work-dir", work)
    # Five test videos cannot be divided by two: one of them occurs twice.
    checkpoint = work / "epoch_2.pth"
    pair = ["--work-dir", tmp_path / "pair", "--dump", work / "two.json"]
    launch("dist_test.sh", tiny_config, checkpoint, 2, *pair)
    single = ["--work-dir", tmp_path / "single", "--dump", work / "one.json"]
    status, *_ = run_tool("test.py", tiny_config, checkpoint, *single)
    assert status == 0
    one, two = (events_of(work / f"{name}.json") for name in ("one", "two"))
    assert one.keys() == two.keys()
    assert len(one) == 5
    for name in one:
        assert_same_events(two[name], one[name], score=2e-3, segment=1e-4)
    # Each from its own predictions, as rounding determines the order of nearly equal ones.
    annotations = tiny_world / "annotations" / "unav100_annotations.json"
    for name, dump in (("pair", "two.json"), ("single", "one.json")):
        figures = json.loads(next((tmp_path / name).glob("20*/20*.json")).read_text())
        wanted = evaluate_files(work / dump, annotations, "test").figures.average_mAP
        assert figures["synthetic/mAP"] == pytest.approx(wanted, abs=1e-6)
        assert wanted > 0
