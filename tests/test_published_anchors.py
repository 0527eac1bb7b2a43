"""VSGN gives the same results as its own code, with converted weights.

Cases of full size, and those of the authors' code, are shared data beside the checkout. That code
does not mask padding: full sequences (``s0``) are compared, and padded ones must equal unpadded
ones (``s1_exact``, in a case of this project).
"""

import pytest
import torch

from loco_mm.apis import count_complexity
from loco_mm.models.heads import AnchorPredictions
from loco_mm.models.heads.anchor_losses import BOUNDARIES, boundary_targets
from loco_mm.models.systems import vsgn
from loco_mm.structures import Events
from loco_mm.tasks import EVENTS

from .published_localizers import assert_agrees, features, of, requested

OWN = ("vsgn_own",)
SMALL = ("vsgn_small", "vsgn_small_conv")
FULL = tuple(pytest.param(f"vsgn_{name}", marks=pytest.mark.nightly) for name in ("full",))
LONG = (pytest.param("vsgn_full_t1280", marks=pytest.mark.nightly),)
NAMES = ("actionness", "startness", "endness")
LOSSES = 1e-4


@pytest.fixture(scope="module")
def case(request):
    found = requested(request, OWN)
    if request.config.getoption("--update-golden") and found.is_own:
        found.update(outputs(found), losses_on_b2=losses(found))
    return found


def named(given, run):
    """Outputs of the head by their names in a case."""
    found = dict(
        loc=given.segments,
        score=given.logits.softmax(-1),
        loc_adjusted=given.segments + given.offsets,
    )
    found = {name: value.flatten(1, 2) for name, value in found.items()}
    for place, name in enumerate(("start_offsets", "end_offsets")):
        found[name] = given.offsets[..., place].flatten(1)
    for place, name in enumerate(NAMES):
        found[name] = given.boundaries[..., place]
    for level, logits in enumerate(given.logits.flatten(2).split(given.lengths, 1)):
        found[f"cls/{level}"] = logits.transpose(1, 2)
    return {f"{run}/{name}": value for name, value in found.items()}


@torch.no_grad()
def outputs(case):
    features = case.network.extract_feat(case.batch([0]))
    found = named(case.network.head(features), "s0")
    alone = case.network.head(case.network.extract_feat(case.batch([1])))
    padded = case.network.head(case.network.extract_feat(case.batch([1], 2 * case.steps)))
    valid = alone.mask.repeat_interleave(alone.logits.shape[2], 1)
    for name in ("segments", "offsets", "logits"):
        one, other = (
            getattr(given, name).flatten(1, 2)[
                given.mask.repeat_interleave(given.logits.shape[2], 1)
            ]
            for given in (alone, padded)
        )
        assert len(one) == valid.sum()
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)
    steps = case.lengths[1]
    one, other = alone.boundaries[:, :steps], padded.boundaries[:, :steps]
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    if case.is_own:
        found["s1_exact/boundaries"] = one
        found["s1_exact/loc"] = alone.segments.flatten(1, 2)[valid]
    return found


def samples(case):
    """Samples 0 and 1 with their ground truth."""
    found = []
    for name, rows in case.facts["ground_truth_start_end_class"].items():
        rows = torch.tensor(rows)
        events = Events(rows[:, :2].float().numpy(), rows[:, 2].numpy())
        classes = case.network.num_classes
        found.append(EVENTS.example(case.steps, classes, events, video_id=name))
    return found


def batch_predictions(case):
    """Results of the authors' code for a batch or, in a case of this project, our own."""
    if case.is_own:
        with torch.no_grad():
            return case.network(case.batch([0, 1]))
    per_point = len(case.facts["constructor"]["anchor_scale"])
    levels = range(case.facts["constructor"]["num_levels"])
    logits = [case.array(f"b2/cls/{level}").transpose(1, 2) for level in levels]
    lengths = tuple(x.shape[1] for x in logits)
    offsets = torch.stack([case.array(f"b2/{end}_offsets") for end in ("start", "end")], -1)
    return AnchorPredictions(
        torch.cat(logits, 1).unflatten(-1, (per_point, -1)),
        case.array("b2/loc").unflatten(1, (-1, per_point)),
        offsets.unflatten(1, (-1, per_point)),
        torch.stack([case.array(f"b2/{name}") for name in NAMES], -1),
        # Padding has an effect there.
        torch.ones(2, sum(lengths), dtype=torch.bool),
        torch.ones(2, case.steps, dtype=torch.bool),
        lengths,
    )


@torch.no_grad()
def losses(case):
    """By the names in that code, before weights."""
    head = case.network.head
    found = head.loss_by_feat(batch_predictions(case), samples(case))
    weights = dict.fromkeys((f"loss_{name}" for name in BOUNDARIES), head.boundary_weight)
    names = dict(loss_cls="loss_cls_dec", loss_reg="loss_reg_dec", loss_refine="loss_bd_adjust")
    return {
        names.get(name, name): value.item() / weights.get(name, 1) for name, value in found.items()
    }


@of([*OWN, *SMALL, *FULL, *LONG])
def test_parameters_and_products_are_as_many(case):
    total = count_complexity(case.network, *case.widths.values(), case.steps)["total"]
    assert total.params == case.facts["parameters_total"]
    assert total.layer_params == case.facts["parameters_conv_linear"]
    # That code multiplies neighbour and centre once per edge.
    constructor, strides = case.facts["constructor"], case.network.pyramid.out_spec.strides
    again = 2 * (constructor["num_neigh"] - 1) * constructor["bb_hidden_dim"] ** 2
    again *= sum(2 * case.steps // stride for stride in strides) * constructor["use_xGPN"]
    assert total.layer_macs == case.facts["macs"]["conv_linear_by_own_hook"] - again


@of([*OWN, *SMALL, *FULL])
def test_outputs_agree(case):
    for name, value in outputs(case).items():
        assert_agrees(case, name, value, 1e-4)


@of([*OWN, *SMALL])
def test_losses_agree(case):
    wanted = case.facts["losses_on_b2"]
    found = losses(case)
    assert found.keys() == wanted.keys()
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], rel=LOSSES), name


@of([*SMALL, *LONG])
def test_anchors_agree(case):
    head = case.network.head
    lengths = [case.steps // stride for stride in head.strides]
    anchors = head.anchor_generator(lengths, head.strides, torch.device("cpu"))
    assert_agrees(case, "anchors", anchors.flatten(0, 1), 0)


@of(SMALL)
def test_the_same_anchors_answer_for_the_same_events(case):
    head, given = case.network.head, samples(case)
    gt = head.ground_truth(given, torch.device("cpu"))
    anchors = case.array("anchors").expand(len(given), -1, -1)
    event = head.assigner.assign(anchors, torch.ones(anchors.shape[:2], dtype=torch.bool), *gt)
    # In that code, 0 is no event.
    found = (gt.labels.gather(1, event.clamp(min=0)) + 1).where(event >= 0, 0)
    wanted = case.array("targets/anchor_labels")
    assert torch.equal(found, wanted.long())
    # The targets of these anchors decode to their events.
    deltas = case.array("targets/anchor_regression")
    segments = head.coder.decode(anchors, deltas)
    events = gt.segments.gather(1, event.clamp(min=0)[..., None].expand(-1, -1, 2))
    torch.testing.assert_close(segments[event >= 0], events[event >= 0], atol=1e-4, rtol=0)


@of(SMALL)
def test_the_same_steps_lie_within_events_and_at_their_ends(case):
    gt = case.network.head.ground_truth(samples(case), torch.device("cpu"))
    steps = torch.ones(2, case.steps, dtype=torch.bool)
    for name, found in zip(BOUNDARIES, boundary_targets(steps, gt), strict=True):
        assert torch.equal(found, case.array(f"targets/gt_{name}") > 0.5)


def published_neighbours(x, mask, copy, count):
    """If there are too few free steps, that code uses arbitrary excluded ones."""
    distance = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    far = distance.max().item() + 1
    first = distance.topk(count // 2, largest=False).indices
    distance = distance.masked_fill(copy[:, None] & copy[:, :, None], far)
    other = distance.scatter(2, first, far).topk(count - count // 2, largest=False).indices
    found = torch.cat([first, other], 2)
    return found, torch.ones_like(found, dtype=torch.bool)


@of(["vsgn_small"])
@torch.no_grad()
def test_stitched_clips_agree_but_for_neighbours_that_are_none(case, monkeypatch):
    widths = case.widths
    clips = {
        name: [
            features(modality, sample, widths[name], steps)
            for sample, steps in ((5, 20), (0, case.steps))
        ]
        for modality, name in enumerate(widths)
    }
    inputs = case.network.data_preprocessor(dict(inputs=clips))["inputs"]
    own = named(case.network(inputs), "vss")
    assert_agrees_in(case, own, 1)
    assert (own["vss/loc"][0] - case.array("vss/loc")[0]).abs().max() < 0.5
    monkeypatch.setattr(vsgn, "nearest_steps", published_neighbours)
    theirs = named(case.network(inputs), "vss")
    assert_agrees_in(case, theirs, 0)
    assert_agrees_in(case, theirs, 1)


def assert_agrees_in(case, found, row):
    """The results of one item of a batch equal those of the case."""
    for name, value in found.items():
        torch.testing.assert_close(value[row], case.array(name)[row], atol=1e-4, rtol=0, msg=name)
