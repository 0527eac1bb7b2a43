"""LoCo's head for segment labels: losses and labels by hand."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy

from loco_mm.errors import InputError
from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.heads import AVELHead, SegmentLogits
from loco_mm.models.losses import SigmoidFocalLoss
from loco_mm.testing import make_segment_sample

# A focal loss with gamma = 0 and alpha = 1/2 is half the cross entropy.
ENTROPY = dict(type="SigmoidFocalLoss", alpha=0.5, gamma=0.0, loss_weight=2.0)


def build(**settings):
    torch.manual_seed(0)
    settings = dict(num_classes=2, spec=FeatureSpec(4, (1, 2), 4), feat_channels=4) | settings
    return AVELHead(**settings).double()


def logits_of(logits, valid=None, finest=None):
    """Predictions for videos (T, K), with the given numbers of valid steps."""
    logits = torch.tensor(logits, dtype=torch.float64)
    count = torch.tensor(valid or [logits.shape[1]] * len(logits))
    mask = torch.arange(logits.shape[1]) < count[:, None]
    return SegmentLogits(logits, mask, logits if finest is None else finest)


def sample(*labels, **settings):
    return make_segment_sample(labels, 2, **settings)["data_samples"]


def entropy(logits, targets):
    """Sum of the cross-entropies of sigmoids."""
    pairs = zip(logits, targets, strict=True)
    return sum(math.log1p(math.exp(-x if target else x)) for x, target in pairs)


def test_levels_are_brought_to_segments_and_averaged():
    head = build()
    x = torch.randn(1, 4, 4, dtype=torch.float64)
    masks = [torch.ones(1, 4, dtype=torch.bool), torch.ones(1, 2, dtype=torch.bool)]
    found = head(Features({}, masks[0], [x, x[:, :2]], masks))
    fine, coarse = (
        head.cls_tower.level(y, mask) for y, mask in zip([x, x[:, :2]], masks, strict=True)
    )
    for step in range(4):
        wanted = (fine[0, step] + coarse[0, step // 2]) / 2
        torch.testing.assert_close(found.logits[0, step], wanted)
    assert found.logits.shape == (1, 4, 3)
    torch.testing.assert_close(found.finest, fine)
    assert build(background="threshold").cls_tower.output.out_channels == 2
    prior = torch.tensor(head.cls_tower.output.bias.tolist()).sigmoid()
    torch.testing.assert_close(prior, torch.full((3,), 0.01))


def test_the_loss_of_labelled_segments_by_hand():
    logits = [[[1.0, -2.0, 0.5], [0.3, 0.1, -1.0]], [[2.0, 0.0, 0.0], [9.0, 9.0, 9.0]]]
    found = build(loss_cls=ENTROPY).loss_by_feat(
        logits_of(logits, valid=[2, 1]), [sample(0, 2), sample(1)]
    )
    wanted = entropy(logits[0][0], (1, 0, 0)) + entropy(logits[0][1], (0, 0, 1))
    wanted += entropy(logits[1][0], (0, 1, 0))
    assert found["loss_cls"].item() == pytest.approx(wanted / 3)
    # The default is a focal loss.
    focal = SigmoidFocalLoss()(torch.tensor([logits[1][0]]).double(), torch.tensor([[0, 1, 0]]))
    alone = build().loss_by_feat(logits_of([logits[1]], valid=[1]), [sample(1)])
    assert alone["loss_cls"].item() == pytest.approx(focal.item())
    # Without an output for background, its segments are negatives of all classes.
    two = [[[1.0, -2.0], [0.3, 0.1]]]
    found = build(background="threshold", loss_cls=ENTROPY).loss_by_feat(
        logits_of(two), [sample(0, 2)]
    )
    wanted = entropy(two[0][0], (1, 0)) + entropy(two[0][1], (0, 0))
    assert found["loss_cls"].item() == pytest.approx(wanted / 2)


def test_the_loss_of_labelled_videos_by_hand():
    head = build(supervision="weakly", top_k=2, loss_cls=ENTROPY)
    logits = [[[1.0, 0.0, 2.0], [3.0, -1.0, 0.0], [2.0, 5.0, 9.0]]]
    # Of two valid steps both are used, of three the best two of each class.
    wanted = entropy((2.0, -0.5, 1.0), (0, 1, 0))
    found = head.loss_by_feat(logits_of(logits, valid=[2]), [sample(1, 2)])
    assert found["loss_cls"].item() == pytest.approx(wanted)
    wanted = entropy((2.5, 2.5, 5.5), (0, 0, 1))
    found = head.loss_by_feat(logits_of(logits), [sample(2, 2, 2)])
    assert found["loss_cls"].item() == pytest.approx(wanted)


def test_shares_are_compared_with_the_mean_of_a_softmax():
    head = build(supervision="weakly", video_label="proportion")
    logits = [[[1.0, 0.0, 2.0], [3.0, -1.0, 0.0], [2.0, 5.0, 9.0]]]
    found = head.loss_by_feat(logits_of(logits, valid=[2]), [sample(1, 2, proportion=True)])
    mean = torch.tensor(logits[0][:2]).softmax(-1).mean(0)
    wanted = binary_cross_entropy(mean, torch.tensor([0.0, 0.5, 0.5]), reduction="sum")
    assert found["loss_cls"].item() == pytest.approx(wanted.item(), rel=1e-6)


def labels_of(logits, valid=None, **settings):
    head = build(**settings)
    given = logits_of(logits, valid)
    found = head.predict_by_feat(given, [sample(0)] * len(logits))
    return [one.labels.tolist() for one in found]


def test_the_best_of_all_labels_is_taken():
    logits = [[[1.0, 2.0, 0.0], [1.0, 2.0, 3.0], [5.0, 5.0, 4.0]]]
    assert labels_of(logits) == [[1, 2, 0]]
    assert labels_of(logits, valid=[2]) == [[1, 2]]


def test_one_event_has_one_class():
    logits = [[[1.0, 2.0, 0.0], [1.0, 0.5, 0.8], [3.0, 0.0, 2.0], [0.0, 9.0, 0.0]]]
    assert labels_of(logits, test_cfg=dict(one_event=True)) == [[1, 2, 2, 1]]
    # The last step is padded: class 0 is the best on average.
    assert labels_of(logits, valid=[3], test_cfg=dict(one_event=True)) == [[0, 0, 0]]


def test_where_one_event_is_the_finest_level_says():
    fused = [[[1.0, 2.0, 0.0], [0.0, 2.0, 0.0], [5.0, 0.0, 4.0]]]
    finest = torch.tensor([[[9.0, 1.0, 0.0], [0.0, 1.0, 2.0], [0.0, -1.0, -2.0]]])
    for test_cfg, wanted in ((dict(one_event=True), [0, 2, 0]), (None, [1, 1, 0])):
        head, given = build(test_cfg=test_cfg), logits_of(fused, finest=finest)
        assert head.predict_by_feat(given, [sample(0, 0, 0)])[0].labels.tolist() == wanted
    head = build(background="threshold", test_cfg=dict(one_event=True, score_thr=0.6))
    given = logits_of([[row[:2] for row in fused[0]]], finest=finest[..., :2])
    assert head.predict_by_feat(given, [sample(0, 0, 0)])[0].labels.tolist() == [0, 2, 2]


def test_without_an_output_for_background_a_threshold_decides():
    logits = [[[0.0, 1.0], [-2.0, -3.0], [0.5, -1.0]]]  # best scores 0.73, 0.12, 0.62
    settings = dict(background="threshold")
    assert labels_of(logits, **settings, test_cfg=dict(score_thr=0.6)) == [[1, 2, 0]]
    assert labels_of(logits, **settings, test_cfg=dict(score_thr=0.7)) == [[1, 2, 2]]
    one = dict(score_thr=0.3, one_event=True)
    assert labels_of(logits, **settings, test_cfg=one) == [[0, 2, 0]]


def test_scores_are_sigmoids_and_nan_is_reported():
    head = build()
    (found,) = head.predict_by_feat(logits_of([[[0.0, 1.0, -1.0]]]), [sample(0)])
    assert found.scores[0].tolist() == pytest.approx([0.5, 0.731059, 0.268941], abs=1e-6)
    with pytest.raises(InputError, match="video video0: the model's predictions are NaN"):
        head.predict_by_feat(logits_of([[[0.0, math.nan, -1.0]]]), [sample(0)])


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (dict(test_cfg=dict(score_thr=0.3)), "score_thr: it has no effect with background='cla"),
        (
            dict(background="threshold", video_label="proportion"),
            r"AVELHead\.video_label: expected 'class' with background='threshold', as the "
            r"shares are those of background, too, got 'proportion'",
        ),
        (
            dict(test_cfg=dict(score_thr=2.0), background="threshold"),
            r"test_cfg\.score_thr: expected a number less than or equal to 1, got 2\.0",
        ),
        (
            dict(supervision="half"),
            "AVELHead.supervision: expected 'fully' or 'weakly', got 'half'",
        ),
        (dict(top_k=0), "AVELHead.top_k"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, text):
    with pytest.raises(InputError, match=text):
        build(**settings)


def test_learning_by_hand_ends_at_the_labels():
    """Scores as free parameters: each kind of supervision reaches its minimum loss."""
    truth = (0, 0, 2, 1)
    for settings in (dict(), dict(background="threshold")):
        head = build(spec=FeatureSpec(4, (1,), 4), **settings)
        logits = torch.zeros(1, 4, head.cls_tower.output.out_channels, requires_grad=True)
        mask = torch.ones(1, 4, dtype=torch.bool)
        optimizer = torch.optim.Adam([logits], lr=0.2)
        for _ in range(60):
            given = SegmentLogits(logits, mask, logits)
            loss = head.loss_by_feat(given, [sample(*truth)])["loss_cls"]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        (found,) = head.predict_by_feat(given, [sample(*truth)])
        assert found.labels.tolist() == list(truth)
