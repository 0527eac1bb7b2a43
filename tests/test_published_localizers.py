"""Localization systems give the same results as their own code, with converted weights.

Cases of full size, and those of the systems' own code, are shared data beside the checkout. Results
of that code for padded batches depend on the padding: compared are results without padding and, for
batches, results with padding masked in convolutions and pooling (``b2_clean_pool``). Videos longer
than in training (``long``) are always padded there, and not compared.
"""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.apis import count_complexity
from loco_mm.models.heads.decoding import decode_points
from loco_mm.models.systems import DependencyBlock
from loco_mm.models.task_modules import PointAssigner

from .comparing import assert_same_events, positives
from .published_localizers import (
    assert_agrees,
    by_level,
    features,
    of,
    requested,
    trident_scores,
)

OWN = (
    "actionformer_own",
    "actionformer_own_rel",
    "ccnet_own",
    "tridet_own",
    "unav_own",
    "uniav_own",
)
SMALL = (
    "actionformer_small",
    "actionformer_small_fpn",
    "actionformer_small_global",
    "actionformer_small_rel",
    "ccnet_small",
    "ccnet_small_l3",
    "tridet_small",
    "tridet_small_reg",
    "unav_small",
    "unav_small_nodep",
    "uniav_small",
)
# For three tasks, separate cases contain only outputs and sizes.
TASKS = ("uniav_small_multi",)
FULL = (
    "actionformer_full",
    "actionformer_full_global",
    "ccnet_full",
    "tridet_full",
    "unav_full",
    "uniav_full",
    "uniav_full_multi",
)
# Runs without padding, and their samples.
RUNS = {"s0": [0], "b2_clean_pool": [0, 1]}
OUTPUTS, LOSSES = 1e-4, 1e-4


EVERY = (*OWN, *SMALL, *TASKS, *(pytest.param(name, marks=pytest.mark.nightly) for name in FULL))


@pytest.fixture(scope="module")
def case(request):
    return requested(request, OWN)


@torch.no_grad()
def outputs(case):
    found = {}
    for run, samples in RUNS.items():
        inputs = case.batch(samples)
        values = by_level(case.network(inputs))
        if case.has_bins:
            for level in range(case.levels):
                decoded = values.pop(f"off/{level}")
                if case.is_whole(name := f"decoded_offsets/{run}/{level}"):
                    found[name] = decoded[0].transpose(0, 1)
            values |= trident_scores(case.network, inputs)
        found |= {f"{run}/{name}": value for name, value in values.items()}
    return found


@torch.no_grad()
def batch_predictions(case):
    """Results of the system's own code for a batch or, in a case of this project, our own."""
    if case.is_whole("b2/cls/0"):
        found = case.predictions("b2")
        return found._replace(offsets=case.bins_to_offsets("b2")) if case.has_bins else found
    return case.network(case.batch([0, 1]))


@torch.no_grad()
def losses(case):
    head = case.network.head.train()
    head.loss_normalizer.fill_(case.facts["losses_on_b2"].get("loss_normalizer_before", 250.0))
    found = head.loss_by_feat(batch_predictions(case), case.samples())
    head.eval()
    return dict(
        cls_loss=found["loss_cls"].item(),
        reg_loss=found["loss_reg"].item(),
        loss_normalizer_after=head.loss_normalizer.item(),
    )


@torch.no_grad()
def candidates(case):
    """Candidates of sample 0, before suppression."""
    head, found = case.network.head, batch_predictions(case)
    decoded = decode_points(
        found.logits[:1].sigmoid() * found.mask[:1, :, None],
        found.offsets[:1],
        head.point_generator(found.lengths, head.strides, torch.device("cpu")),
        found.lengths,
        coder=head.coder,
        score_thr=head.test_cfg.score_thr,
        top_k=[head.test_cfg.pre_nms_top_k],
        min_length=head.test_cfg.min_length,
    )
    segments, scores, labels = decoded.of_video(0)
    return list(zip(segments.tolist(), labels.tolist(), scores.tolist(), strict=True))


@pytest.fixture(scope="module")
def updated(case, request):
    """The case; with ``--update-golden``, a case of this project is updated."""
    if request.config.getoption("--update-golden") and case.is_own:
        case.update(outputs(case), losses_on_b2=losses(case))
    return case


@of(EVERY)
def test_parameters_and_products_are_as_many(case):
    total = count_complexity(case.network, *case.widths.values(), case.steps)["total"]
    idle = case.idle
    of_layers = sum(size for name, size in idle.items() if ".ln" not in name)
    assert total.params + sum(idle.values()) == case.facts["parameters_total"]
    assert total.layer_params + of_layers == case.facts["parameters_conv_linear"]
    if case.system == "uniav":
        assert sum(idle.values()) == case.facts["parameters_never_used_by_AVEL"]
    assert total.layer_macs == case.facts["macs"]["conv_linear_by_own_hook"]


@of(EVERY)
def test_outputs_agree(updated):
    for name, value in outputs(updated).items():
        assert_agrees(updated, name, value, OUTPUTS)


@of([*TASKS, pytest.param("uniav_full_multi", marks=pytest.mark.nightly)])
@torch.no_grad()
def test_outputs_of_the_other_tasks_agree(case):
    for run, (model, _) in case.others(case.network).items():
        steps = model.max_len
        inputs = {
            name: features(modality, 4, width, steps)[None]
            for modality, (name, width) in enumerate(case.widths.items())
        }
        inputs["mask"] = torch.ones(1, steps, dtype=torch.bool)
        for stream in (model.encoder.visual, model.encoder.audio):
            # A shorter task uses the first rows of the position table here. In that code this holds
            # in training; in testing, all rows are interpolated to its length.
            rows = case.network.encoder.visual.position.table.T[None]
            stream.position.table = F.interpolate(rows, size=steps, mode="linear")[0].T
        for name, value in by_level(model(inputs)).items():
            assert_agrees(case, f"{run}/{name}", value, OUTPUTS)


@of([*OWN, *SMALL])
def test_losses_agree(updated):
    wanted = updated.facts["losses_on_b2"]
    for name, value in losses(updated).items():
        assert value == pytest.approx(wanted[name], rel=LOSSES), name


@of(SMALL)
def test_candidates_agree(case):
    names = ("segments", "labels", "scores")
    wanted = zip(*(case.array(f"decode/s0/{name}").tolist() for name in names), strict=True)
    assert_same_events(candidates(case), list(wanted), score=OUTPUTS, segment=OUTPUTS)


@of(SMALL)
def test_targets_are_the_same(case):
    ways = {
        "targets": PointAssigner(winner="class"),
        "targets_radius": PointAssigner(center_radius=1.5, winner="point"),
        "targets_none": PointAssigner(winner="point"),
    }
    ways = {name: way for name, way in ways.items() if case.is_whole(f"{name}/s0/cls")}
    assert ways
    head = case.network.head
    points = head.point_generator(
        [case.steps // stride for stride in head.strides], head.strides, torch.device("cpu")
    )
    mask = torch.ones(1, len(points.position), dtype=torch.bool)
    for name, assigner in ways.items():
        for sample, truth in zip(("s0", "s1"), case.samples(), strict=True):
            gt = head.ground_truth([truth], mask.device)
            entries = assigner.assign(points, mask, gt.segments, gt.labels, head.num_classes)
            wanted = case.array(f"{name}/{sample}/cls")
            assert torch.equal(entries.classes[0], wanted), (name, sample)
            targets = positives(entries)
            point = targets.point
            found = head.coder.encode(
                points.position[point], points.stride[point], targets.segments
            )
            offsets = case.array(f"{name}/{sample}/off")
            per_class = offsets.ndim == 3
            place = (point, targets.label) if per_class else (point,)
            torch.testing.assert_close(found, offsets[place], atol=1e-5, rtol=0)
            assert len(point) == (wanted.sum() if per_class else wanted.any(1).sum())


@of(["ccnet_small", "unav_small"])
@torch.no_grad()
def test_the_published_masks_come_close_to_the_published_batch(case):
    """The remaining difference, for a long video with a shorter one, is in its masked rows."""
    found = {}
    (block,) = (m for m in case.network.modules() if isinstance(m, DependencyBlock))
    for published in (True, False):
        block.published_masks = published
        logits = by_level(case.network(case.batch([0, 1])))
        found[published] = max(
            (logits[f"cls/{level}"][0] - case.array(f"b2/cls/{level}")[0]).abs().max()
            for level in range(case.levels)
        )
    assert found[True] < 0.02 < 0.5 < found[False]
