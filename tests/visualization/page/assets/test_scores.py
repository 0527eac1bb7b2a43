"""Kinds of predictions, precision and recall, and the histogram of scores, in a browser."""

import numpy as np
import pytest

from loco_mm.evaluation.functional.error_analysis import KINDS, analyze_errors
from loco_mm.structures import Events, GroundTruth, Predictions
from loco_mm.visualization import PageVideo, write_page

from ..conftest import CLASSES, MARKUP, events

pytestmark = pytest.mark.run


def some(rng, count, scored):
    starts = rng.integers(0, 20, count)
    rows = [starts, starts + rng.integers(1, 8, count), rng.integers(0, 3, count)]
    if scored:
        rows.append(np.sort(rng.permutation(np.arange(9, 400))[:count] / 400)[::-1])
    return events(*zip(*rows, strict=True))


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    return [PageVideo(f"v{n}", 30.0, some(rng, 40, True), some(rng, 6, False)) for n in range(20)]


@pytest.fixture(scope="module")
def tab(looking, many, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "x.html"
    # Without ground truth, a video counts neither as right nor as wrong.
    unknown = PageVideo("unknown", 30.0, events((1, 2, 0, 0.7)))
    write_page(path, "x", [*many, unknown], CLASSES, 0.3)
    with looking(path) as opened:
        yield opened


def test_kinds_are_those_of_the_error_analysis(tab, many):
    analysis = analyze_errors(
        GroundTruth.of({video.video_id: video.gt for video in many}),
        Predictions.of({video.video_id: video.pred for video in many}),
        [0.5],
    )
    pred = analysis.ranked.pred
    expected = {
        (video, label, round(float(score), 4)): KINDS[kind]
        for video, label, score, kind in zip(
            pred.video, pred.labels, pred.scores, analysis.kind[:, 0], strict=True
        )
    }
    found = tab.evaluate(
        "page.videos.flatMap(v => v.pred.map(e => [v.id, e.label, e.score, e.kind]))"
    )
    *found, unknown = found
    assert unknown[3] == ""
    assert {(v, label, round(score, 4)): kind for v, label, score, kind in found} == expected
    assert set(expected.values()) == set(KINDS)
    false = [kind for (_, _, score), kind in expected.items() if score >= 0.3]
    text = tab.locator("#kinds").inner_text()
    assert text.startswith("False positives: ")
    counts = dict(part.rsplit(" ", 1) for part in text.split(": ")[1].split(" · "))
    assert counts == {kind: str(false.count(kind)) for kind in KINDS[1:]}
    order = [int(count) for count in counts.values()]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize("label", [None, 1])
def test_precision_recall_and_f1(tab, many, label):
    tab.evaluate(f"setLabel({'null' if label is None else label})")
    ranked = analyze_errors(
        GroundTruth.of({video.video_id: video.gt for video in many}),
        Predictions.of({video.video_id: video.pred for video in many}),
        [0.5],
    ).ranked
    of_class = np.isin(ranked.pred.labels, range(3) if label is None else label)
    shown = of_class & (ranked.pred.scores >= 0.3)
    kept, right = shown.sum(), (shown & (ranked.match[:, 0] >= 0)).sum()
    truths = np.isin(ranked.gt.labels, range(3) if label is None else label).sum()
    text = tab.locator("#measures").inner_text()
    tab.evaluate("setLabel(null)")
    precision, recall = right / kept, right / truths
    f1 = 2 * precision * recall / (precision + recall)
    assert text == f"precision {precision:.2f} · recall {recall:.2f} · F1 {f1:.2f}"


def test_the_histogram_counts_all_predictions(tab, many):
    scores = np.concatenate([video.pred.scores for video in many] + [[0.7]])
    low, high = tab.evaluate("[scale.low, scale.high]")
    assert low == pytest.approx(scores.min(), abs=0.01) and low <= scores.min()
    assert high == pytest.approx(scores.max(), abs=0.01) and high >= scores.max()
    bins = tab.evaluate("histogram().map(bin => bin.right + bin.wrong)")
    assert len(bins) == 40 and sum(bins) == len(scores)
    middle = (low + high) / 2
    assert sum(bins[20:]) == (scores >= middle).sum()
    assert tab.evaluate("histogram().reduce((n, bin) => n + bin.wrong, 0)") == tab.evaluate(
        "page.videos.flatMap(v => v.pred).filter(e => e.kind && !e.partner).length"
    )
    # The bars below the minimum score are paler, and end below the slider's thumb.
    slider, drawing = (tab.locator(x).bounding_box() for x in ("#threshold", "#histogram svg"))
    assert slider["x"] + 8 == pytest.approx(drawing["x"], abs=1)
    right = max(bar.bounding_box()["x"] for bar in tab.locator("#histogram .below").all())
    cut = drawing["x"] + drawing["width"] * (0.3 - low) / (high - low)
    assert cut - 2 * drawing["width"] / 40 < right < cut


@pytest.mark.parametrize(
    ("scores", "threshold", "low", "high", "shown"),
    [
        # A weak model: all scores are below the initial minimum, which remains on the slider.
        ((0.031, 0.024), 0.2, "0.024", "0.2", "0.200"),
        ((0.9, 0.5), 0.5, "0.5", "0.9", "0.500"),
        ((0.25,), 0.25, "0.02", "1", "0.25"),
        ((), 0.2, "0.02", "1", "0.20"),
    ],
)
def test_the_slider_spans_the_scores(looking, tmp_path, scores, threshold, low, high, shown):
    pred = events(*((1, 2, 0, score) for score in scores)) if scores else Events.none()
    write_page(tmp_path / "x.html", "x", [PageVideo("a", 5.0, pred)], CLASSES, threshold)
    with looking(tmp_path / "x.html") as tab:
        slider = tab.locator("#threshold")
        assert (slider.get_attribute("min"), slider.get_attribute("max")) == (low, high)
        assert tab.locator("#threshold-value").inner_text() == shown
        # There is no ground truth to compare with.
        assert not tab.locator("#measures").is_visible()
        tab.evaluate("setThreshold(0)")
        assert tab.locator(".bar.pred").count() == len(scores)
        assert MARKUP not in tab.locator("#timeline").inner_text()
