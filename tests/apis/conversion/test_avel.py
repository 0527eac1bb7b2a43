"""Systems of Table II give the same results as their own code, with converted weights.

``tests/golden/avel`` contains results of that code at full size and without dropout, for weights
and inputs from a fixed rule: names and shapes of its parameters, outputs and losses.
"""

import numpy as np
import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.apis.conversion import convert_checkpoint
from loco_mm.apis.conversion.avel import SYSTEMS
from loco_mm.registry import MODELS

from ...comparing import CONFIGS
from .published import CLASSES, batch, filled, golden, remembered

SOFT = {"model.head.loss_cls.mode": "soft_margin"}
# Options for the published behaviour, where it is not the default.
PUBLISHED = {
    **dict.fromkeys(["avel_fully", "avel_weakly", "avel_dmrn_fully", "avel_cpsp_weakly"], SOFT),
    **dict.fromkeys(["cmran_weakly", "cpsp_weakly"], SOFT),
    "cpsp_fully": {"model.auxiliary.segments.sums": "columns"},
    "cace_fully": {"model.auxiliary.gates.sigmoid": True},
}
PROPORTION = {
    "model.head.video_label": "proportion",
    "train_dataloader.dataset.video_label": "proportion",
}


def converted(system, folder, options=None):
    """Golden data of a system, and its model with converted weights."""
    facts = golden(system)
    state = filled(facts)
    for name, shape in facts.get("buffers", {}).items():
        state[name] = torch.zeros(shape)
    if "bank_size" in facts:
        state |= remembered(facts["bank_size"])
    path = folder / "published.pth"
    torch.save(dict(state_dict={f"module.{k}": v for k, v in state.items()}), path)
    config = load_config(str(CONFIGS / SYSTEMS[system].config), options or {})
    config.model.head.num_classes = CLASSES
    config.dump(folder / "config.py")
    found = convert_checkpoint(system, path, folder / "config.py")
    model = MODELS.build(config.model).eval()
    model.load_state_dict(found["state_dict"])
    return facts, model


def close(found, facts, name):
    wanted = torch.tensor(facts["outputs"][name])
    torch.testing.assert_close(found.to(wanted.dtype), wanted, atol=1e-4, rtol=0, msg=name)


def labels_of(model, inputs, samples):
    return torch.stack([s.pred_segment_labels for s in model(inputs, samples, "predict")])


def losses_of(model, inputs, samples):
    return {name: x.item() for name, x in model(inputs, samples, "loss").items() if "loss" in name}


@pytest.mark.parametrize("system", SYSTEMS)
def test_parameters_are_those_of_the_published_network(system):
    """Exactly the parameters that are used, and no others."""
    facts = golden(system)
    rows = SYSTEMS[system].names
    prefixes = {n: max((p for p in rows if n.startswith(p)), key=len) for n in facts["parameters"]}
    left_out = {name for name, prefix in prefixes.items() if rows[prefix] is None}
    assert left_out == set(facts["unused"])
    used = sum(np.prod(s, dtype=int) for n, s in facts["parameters"].items() if n not in left_out)
    config = load_config(str(CONFIGS / SYSTEMS[system].config))
    config.model.head.num_classes = CLASSES
    with torch.device("meta"):
        model = MODELS.build(config.model)
    assert sum(p.numel() for p in model.parameters()) == used


@pytest.mark.parametrize("system", [s for s in SYSTEMS if s.startswith(("avel", "psp"))])
@torch.no_grad()
def test_avel_and_psp(system, tmp_path):
    facts, model = converted(system, tmp_path, PUBLISHED.get(system))
    inputs, samples = batch(facts, 2, torch.float64)
    found = model.double()(inputs)
    if "cpsp" in system:
        close(found.relevance, facts, "relevance_logits")
        close(found.classes, facts, "video_class_logits")
    else:
        close(found.logits, facts, next(iter(facts["outputs"])))
    if "predicted_labels" in facts["outputs"]:
        close(labels_of(model, inputs, samples), facts, "predicted_labels")
    theirs = facts["losses"]
    wanted = {
        "avel_cpsp_fully": dict(
            loss_relevance=theirs.get("relevance_bce"), loss_cls=theirs.get("category_ce")
        ),
        "psp_fully": dict(
            loss_cls=theirs.get("cross_entropy"), loss_pairs=100 * theirs.get("avps", 0)
        ),
        "psp_weakly": dict(loss_cls=theirs.get("bce_on_mil_label")),
    }.get(system, dict(loss_cls=theirs.get("multilabel_softmargin_on_softmax")))
    assert losses_of(model, inputs, samples) == pytest.approx(wanted, rel=1e-4)


@torch.no_grad()
def test_psp_with_durations(tmp_path):
    """The published setting of weak supervision."""
    facts, model = converted("psp_weakly", tmp_path, PROPORTION)
    found = losses_of(model.double(), *batch(facts, 2, torch.float64, proportion=True))
    assert found == pytest.approx(dict(loss_cls=facts["losses"]["bce_on_prob_label"]), rel=1e-4)


@pytest.mark.parametrize("system", ["cmran_fully", "cmran_weakly", "cpsp_fully", "cpsp_weakly"])
@torch.no_grad()
def test_cmran_and_cpsp(system, tmp_path):
    facts, model = converted(system, tmp_path, PUBLISHED.get(system))
    model.double()
    for size, suffix in ((2, ""), (8, "_b8")):
        if f"relevance_logits{suffix}" not in facts["outputs"]:
            continue
        inputs, samples = batch(facts, size, torch.float64)
        found = model(inputs)
        close(found.relevance, facts, f"relevance_logits{suffix}")
        close(found.classes, facts, f"video_class_logits{suffix}")
        close(labels_of(model, inputs, samples), facts, f"predicted_labels{suffix}")
        theirs = facts["losses"].get(f"batch{size}", facts["losses"])
        losses = losses_of(model, inputs, samples)
        wanted = {
            "loss_relevance": theirs.get("relevance_bce"),
            "loss_cls": theirs.get("category_ce", theirs.get("multilabel_softmargin")),
            "loss_pairs": 100 * theirs.get("avps", 0),
            "loss_segments": 0.01 * theirs.get("segment_contrastive", 0),
            "loss_videos": theirs.get("video_contrastive", 0),
        }
        if wanted["loss_cls"] is None:
            wanted["loss_cls"] = theirs["multilabel_softmargin_on_softmax"]
        # With two videos there are too few of other classes, and the losses are 0.
        assert losses == pytest.approx({name: wanted[name] for name in losses}, rel=1e-4)


def test_cpsp_s_contrastive_loss_has_a_gradient_by_default_only(tmp_path):
    for sums, moves in (("rows", True), ("columns", False)):
        facts, model = converted("cpsp_fully", tmp_path, {"model.auxiliary.segments.sums": sums})
        inputs, samples = batch(facts, 2, torch.float64)
        model.double()(inputs, samples, "loss")["loss_segments"].backward()
        gradient = max(float(p.grad.abs().max()) for p in model.parameters() if p.grad is not None)
        assert (gradient > 1e-6) == moves


@torch.no_grad()
def test_cace(tmp_path, monkeypatch):
    facts, model = converted("cace_fully", tmp_path, PUBLISHED["cace_fully"])
    model.double()
    assert model.head.started
    noise = np.random.RandomState(41).standard_normal((10, 2, 256)).transpose(1, 0, 2)
    monkeypatch.setattr(model.head.noise, "forward", lambda x: x + torch.tensor(0.1 * noise))
    inputs, samples = batch(facts, 2, torch.float64)
    for started, name, losses in ((True, "_switch_on", "switch_on"), (False, "", "switch_off")):
        model.head.started.fill_(started)
        found = model(inputs)
        close(found.relevance, facts, f"relevance_logits{name}")
        close(found.classes, facts, "video_class_logits")
        close(labels_of(model, inputs, samples), facts, "predicted_labels")
        theirs = facts["losses"][losses]
        assert losses_of(model, inputs, samples) == pytest.approx(
            dict(
                loss_relevance=theirs["relevance_bce"],
                loss_cls=theirs["category_ce"],
                loss_streams=theirs["cas_ce"],
                loss_gates=theirs["gate_bce"],
                loss_contrastive=started * theirs["contrastive"],
            ),
            rel=1e-4,
        )


@pytest.mark.parametrize("setting", ["fully", "weakly", "weakly with durations"])
@torch.no_grad()
def test_lesp(setting, tmp_path):
    system = f"lesp_{setting.split()[0]}"
    durations = "durations" in setting
    facts, model = converted(system, tmp_path, PROPORTION if durations else {})
    inputs, samples = batch(facts, 2, torch.float32, durations)
    if not durations:
        close(labels_of(model, inputs, samples), facts, "predicted_labels")
        model.head.test_cfg.score_thr = facts["predicted_labels_mid_threshold"]
        close(labels_of(model, inputs, samples), facts, "predicted_labels_mid")
    theirs = facts["losses"]
    theirs = theirs.get("seg_labels") or theirs["prob_labels" if durations else "mil_labels"]
    wanted = dict(
        loss_relevance=theirs["loss_bg"],
        loss_cls=theirs["loss_evn"],
        loss_streams=theirs["loss_uni"],
        loss_prototypes=theirs["loss_proto"],
        loss_contrastive=theirs["loss_con"],
    )
    assert losses_of(model, inputs, samples) == pytest.approx(wanted, rel=1e-4)
    close(model.memory.scores, facts, "bank_scores_after")
    close(model.memory.audio.sum(-1), facts, "bank_audio_sum_after")
