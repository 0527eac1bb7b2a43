"""TadTR gives the same results as its own code, with converted weights.

Cases of full size, and those of the authors' code, are shared data beside the checkout. Results of
that code for padded videos depend on the padding: compared are results without (``s1_exact``),
which padded videos must equal here.
"""

import numpy as np
import pytest
import torch

from loco_mm.apis import count_complexity
from loco_mm.models.heads import PaddedEvents, QueryPredictions
from loco_mm.models.heads.query_head import best_overlap, covered
from loco_mm.ops import to_ends
from loco_mm.structures import Events, TemporalGrid, segment_iou
from loco_mm.tasks import EVENTS

from .comparing import assert_same_events
from .published_localizers import assert_agrees, of, requested

OWN = ("tadtr_own",)
SMALL = ("tadtr_small", "tadtr_small_norefine")
FULL = (pytest.param("tadtr_full", marks=pytest.mark.nightly),)
# Runs: samples, and whether they are padded.
RUNS = {"s0": (0, False), "s1_exact": (1, False), "long": (2, False), "padded": (1, True)}
LOSSES = 1e-4


@pytest.fixture(scope="module")
def case(request):
    found = requested(request, OWN)
    if request.config.getoption("--update-golden") and found.is_own:
        found.update(outputs(found), losses_on_b2_unweighted=losses(found))
    return found


@torch.no_grad()
def outputs(case):
    found = {}
    for run, (sample, is_padded) in RUNS.items():
        if run == "long" and case.path.stem == "tadtr_full":
            continue
        steps = case.lengths[sample]
        inputs = case.batch([sample], 2 * steps if is_padded else steps)
        features = case.network.extract_feat(inputs)
        given = case.network.head(features)
        name = "s1_exact" if is_padded else run
        found[run] = {
            f"{name}/logits": given.logits,
            f"{name}/segments": given.segments,
            f"{name}/memory": features.levels[0][:, :steps].transpose(1, 2),
        }
        if case.network.head.actionness is not None:
            found[run][f"{name}/actionness"] = given.actionness[..., None]
    padded = found.pop("padded")
    for name, value in padded.items():
        torch.testing.assert_close(value, found["s1_exact"][name], atol=2e-4, rtol=0)
    return {name: value for values in found.values() for name, value in values.items()}


def truth(case):
    """Ground truth of samples 0 and 1 as centres and widths, padded."""
    rows = case.facts["ground_truth_normalised_center_width"]
    most = max(len(row["labels"]) for row in rows)
    segments, labels = torch.zeros(len(rows), most, 2), torch.full((len(rows), most), -1)
    for number, row in enumerate(rows):
        count = len(row["labels"])
        segments[number, :count] = torch.tensor(row["segments"])
        labels[number, :count] = torch.tensor(row["labels"])
    return PaddedEvents(segments, labels)


def samples(case, durations=(30.0, 20.0)):
    """The same as from a dataset, with features that cover their videos without overlap."""
    found = []
    for segments, labels, steps, duration in zip(
        *truth(case), case.lengths, durations, strict=False
    ):
        grid = TemporalGrid(1.0, duration / steps, duration / steps)
        first, span = covered(grid, torch.tensor(steps))
        known = labels >= 0
        events = Events((first + to_ends(segments[known]) * span).numpy(), labels[known].numpy())
        found.append(EVENTS.sample(f"v{steps}", duration, grid, on_grid=events))
    return found


def batch_predictions(case):
    """Results of the authors' code for a batch or, in a case of this project, our own."""
    if case.is_own:
        with torch.no_grad():
            return case.network(case.batch([0, 1]))
    logits, segments = case.array("b2/logits"), case.array("b2/segments")
    actionness = torch.ones_like(segments[-1, ..., 0])
    if case.is_whole("b2/actionness"):
        actionness = case.array("b2/actionness")[..., 0]
    steps = torch.tensor(case.lengths[:2])[:, None].expand_as(actionness)
    return QueryPredictions(logits, segments, actionness, torch.zeros_like(steps), steps)


@torch.no_grad()
def losses(case):
    """Unweighted and summed over layers; actionness uses the events of all videos."""
    head, given = case.network.head, batch_predictions(case)
    found = head.loss_by_feat(given, samples(case))
    unweighted = dict(
        loss_ce=found["loss_cls"] / 2,
        loss_segments=found["loss_distance"] / 5,
        loss_iou=found["loss_overlap"] / 2,
    )
    if "loss_actionness" in found:
        gt = truth(case)
        events = [x.flatten(0, 1).expand(2, *x.flatten(0, 1).shape) for x in gt]
        best = best_overlap(given.segments[-1], PaddedEvents(*events))
        unweighted["loss_actionness"] = (given.actionness - best).abs().mean()
    return {name: value.item() for name, value in unweighted.items()}


@of([*OWN, *SMALL, *FULL])
def test_parameters_and_products_are_as_many(case):
    total = count_complexity(case.network, *case.widths.values(), case.steps)["total"]
    assert total.params == case.facts["parameters_total"]
    assert total.layer_params == case.facts["parameters_conv_linear"]
    # With refinement, that code computes the segments of each layer twice.
    constructor = case.facts["constructor"]
    width, queries = constructor["hidden_dim"], constructor["num_queries"]
    again = constructor["dec_layers"] * queries * (2 * width**2 + 2 * width)
    again *= constructor["seg_refine"]
    assert total.layer_macs == case.facts["macs"]["conv_linear_by_own_hook"] - again


@of([*OWN, *SMALL, *FULL])
def test_outputs_agree(case):
    for name, value in outputs(case).items():
        assert_agrees(case, name, value, 2e-3 if "full" in case.path.stem else 2e-4)


@of([*OWN, *SMALL])
def test_losses_agree(case):
    wanted = case.facts["losses_on_b2_unweighted"]
    for name, value in losses(case).items():
        every = [v for k, v in wanted.items() if k.startswith(name)]
        assert value == pytest.approx(sum(every), rel=LOSSES), name


@of(SMALL)
def test_the_same_queries_and_events_are_paired(case):
    given, gt = batch_predictions(case), truth(case)
    pairs = case.network.head.assigner.assign(given.logits, given.segments, *gt)
    last = pairs.layer == len(given.logits) - 1
    wanted = case.facts["losses_on_b2_unweighted"]["last_layer_matching"]
    for number, (query, event) in enumerate(wanted):
        own = last & (pairs.sample == number)
        found = zip(pairs.query[own].tolist(), pairs.event[own].tolist(), strict=True)
        assert set(found) == set(zip(query, event, strict=True))


@of(["tadtr_small"])
def test_actionness_is_compared_with_the_events_of_its_own_video(case):
    given, gt = batch_predictions(case), truth(case)
    found = best_overlap(given.segments[-1], gt)
    for number, queries in enumerate(to_ends(given.segments[-1])):
        events = to_ends(gt.segments[number])[gt.labels[number] >= 0]
        wanted = segment_iou(queries[:, None].numpy(), events[None].numpy()).max(1)
        np.testing.assert_allclose(found[number], wanted, atol=1e-6)
    loss = case.network.head.loss_by_feat(given, samples(case))["loss_actionness"]
    assert loss.item() == pytest.approx(4 * (given.actionness - found).abs().mean().item())


@of(SMALL)
def test_events_agree(case):
    durations = (30.0, 20.0)
    found = case.network.head.predict_by_feat(batch_predictions(case), samples(case, durations))
    for number, (events, duration) in enumerate(zip(found, durations, strict=True)):
        names = ("segments", "labels", "scores")
        wanted = (case.array(f"postprocess/{number}/{name}") for name in names)
        segments, labels, scores = wanted
        # Clipped to the video here.
        segments = segments.clamp(0, duration)
        rows = [
            list(zip(*(x.tolist() for x in xs), strict=True))
            for xs in ((events.segments, events.labels, events.scores), (segments, labels, scores))
        ]
        assert_same_events(*rows, score=1e-5, segment=1e-4)
