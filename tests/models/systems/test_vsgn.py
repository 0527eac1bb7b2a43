"""VSGN's components by hand and by brute force, and stitched batches."""

import pytest
import torch
from mmengine.dataset import pseudo_collate

from loco_mm.errors import InputError
from loco_mm.models.features import FeatureSpec
from loco_mm.models.systems import (
    BoundaryRefiner,
    BoundaryScorer,
    GraphPyramid,
    PyramidDecoder,
    SelfStitchPreprocessor,
    StridedEncoder,
)
from loco_mm.models.systems.vsgn import GraphLayer, nearest_steps
from loco_mm.structures import StitchedClip
from loco_mm.tasks import EVENTS
from loco_mm.testing import CHECKS, shrink_model
from loco_mm.testing.samples import as_events

from ...comparing import CONFIGS, leaf_config


def sample(steps, segments=(), labels=(), seed=0):
    generator = torch.Generator().manual_seed(seed)
    inputs = {name: torch.randn(steps, dim, generator=generator) for name, dim in DIMS.items()}
    events = EVENTS.example(steps, 3, as_events(segments, labels))
    return dict(inputs=inputs, data_samples=events)


DIMS = dict(visual=3, audio=2)


def test_a_short_video_is_followed_by_its_magnified_copy():
    stitch = SelfStitchPreprocessor(16, gap=2, short_share=0.3)
    short, long = sample(4, [[1.0, 2.5]], [2]), sample(9, [[0.0, 3.0]], [1], seed=1)
    given = short["data_samples"].gt_instances
    found = stitch(pseudo_collate([short, long]))
    x, mask = found["inputs"]["visual"], found["inputs"]["mask"]
    assert mask.tolist() == [[True] * 4 + [False] * 2 + [True] * 10, [True] * 9 + [False] * 7]
    clip = short["inputs"]["visual"]
    assert torch.equal(x[0, :4], clip) and not x[0, 4:6].any()
    # 10 steps from 4: every third is a step of the clip.
    torch.testing.assert_close(x[0, 6::3], clip)
    torch.testing.assert_close(x[0, 7], clip[0] + (clip[1] - clip[0]) / 3)
    assert torch.equal(x[1, :9], long["inputs"]["visual"]) and not x[1, 9:].any()
    one, other = found["data_samples"]
    torch.testing.assert_close(one.gt_instances.segments, torch.tensor([[1.0, 2.5], [8.5, 12.25]]))
    assert one.gt_instances.labels.tolist() == [2, 2]
    assert one.clip == StitchedClip(4, 2, 16) and "clip" not in other
    # Samples of the dataset are not changed.
    assert short["data_samples"].gt_instances is given and len(given) == 1


def test_padding_is_no_part_of_the_copy():
    stitch = SelfStitchPreprocessor(16, gap=2, short_share=0.3)
    alone = stitch(pseudo_collate([sample(4)]))["inputs"]
    beside = stitch(pseudo_collate([sample(4), sample(40)]))["inputs"]
    for name, values in alone.items():
        assert torch.equal(values[0], beside[name][0, :16])
        assert not beside[name][0, 16:].any()


def test_without_data_samples_inputs_are_stitched_all_the_same():
    stitch = SelfStitchPreprocessor(16, gap=2, short_share=0.3)
    found = stitch(dict(inputs={n: [x] for n, x in sample(4)["inputs"].items()}))
    assert found["inputs"]["mask"].sum() == 14
    assert found["data_samples"] is None


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (dict(gap=30), "gap: expected at most 13, got 30: behind a video of 25 steps"),
        (dict(gap=1, short_share=0.5), "gap: expected a smaller short_share, got 1"),
    ],
)
def test_a_copy_that_is_not_longer_is_refused(settings, text):
    with pytest.raises(InputError, match=text):
        SelfStitchPreprocessor(64, **settings)
    SelfStitchPreprocessor(64, gap=13)


def neighbours_by_hand(x, valid, copy, count):
    """One step after another."""
    found = []
    for step, own in enumerate(x):
        order = sorted(range(len(x)), key=lambda other: float((x[other] - own).pow(2).sum()))
        order = [other for other in order if valid[other]]
        first = order[: count // 2]
        rest = [o for o in order if o not in first and not (copy[step] and copy[o])]
        found.append({*first, *rest[: count - count // 2]})
    return found


@pytest.mark.parametrize("count", [1, 4, 5, 30])
def test_neighbours_by_brute_force(count):
    x = torch.randn(2, 12, 3, generator=torch.Generator().manual_seed(1))
    mask = torch.arange(12) < torch.tensor([12, 7])[:, None]
    copy = (torch.arange(12) >= torch.tensor([6, 12])[:, None]) & mask
    places, known = nearest_steps(x, mask, copy, count)
    for row in range(2):
        wanted = neighbours_by_hand(x[row], mask[row].tolist(), copy[row].tolist(), count)
        for step in range(int(mask[row].sum())):
            found = places[row, step][known[row, step]].tolist()
            assert len(found) == len(set(found))
            assert set(found) == wanted[step]


def test_a_graph_layer_by_hand():
    torch.manual_seed(0)
    layer = GraphLayer(3, 2)
    x, mask = torch.randn(1, 6, 3), torch.arange(6)[None] < 5
    x = x * mask[..., None]
    found = layer(x, mask, torch.zeros_like(mask))
    # The published form: a single linear layer of concatenated neighbour and centre.
    weight = torch.cat([layer.near.weight, layer.centre.weight], 1)
    rows = []
    for step in range(5):
        (near,) = neighbours_by_hand(x[0], mask[0].tolist(), [False] * 6, 2)[step : step + 1]
        edges = [weight @ torch.cat([x[0, n], x[0, step]]) + layer.centre.bias for n in near]
        rows.append((layer.conv(x)[0, step] + torch.stack(edges).amax(0)).relu())
    wanted = torch.stack([rows[0].maximum(rows[1]), rows[2].maximum(rows[3]), rows[4]])
    torch.testing.assert_close(found[0], wanted)


def test_the_pyramid_halves_time_and_knows_the_copy(monkeypatch):
    seen = []

    def note(x, mask, copy, count):
        seen.append((mask[0].tolist(), copy[0].tolist()))
        return nearest_steps(x, mask, copy, count)

    monkeypatch.setattr("loco_mm.models.systems.vsgn.nearest_steps", note)
    pyramid = GraphPyramid(FeatureSpec(4, (2,), 32), num_levels=3, num_neighbours=4)
    assert pyramid.out_spec == FeatureSpec(4, (4, 8, 16), 32)
    # 5 steps, a gap of 2, a copy of 7, and padding.
    mask = torch.tensor([[True] * 5 + [False] * 2 + [True] * 7 + [False] * 2])
    levels = pyramid(dict(joint=torch.randn(1, 16, 4)), mask)
    assert [x.shape[1] for x in levels.features] == [8, 4, 2]
    assert [m[0].tolist() for m in levels.masks] == [[True] * 7 + [False], [True] * 4, [True] * 2]
    assert seen[0] == ([True] * 14 + [False] * 2, [False] * 7 + [True] * 7 + [False] * 2)
    # A step that covers a step of the copy belongs to the copy.
    assert seen[1] == ([True] * 7 + [False], [False] * 3 + [True] * 4 + [False])
    assert seen[2] == ([True] * 4, [False] + [True] * 3)


def test_several_streams_are_refused():
    pyramid = GraphPyramid(FeatureSpec(4, (2,), 32), num_levels=2)
    with pytest.raises(
        InputError, match=r"GraphPyramid: expected one stream, got 2 \(visual, audio\)"
    ):
        pyramid(dict(visual=torch.zeros(1, 8, 4), audio=torch.zeros(1, 8, 4)), None)


def test_lengths_that_do_not_fit_are_reported_with_what_would():
    message = r"model\.max_len: expected a multiple of 64, .*, such as 192 or 256, got 224"
    with pytest.raises(InputError, match=message):
        GraphPyramid(FeatureSpec(4, (2,), 224), num_levels=5)
    message = r"model\.max_len: expected a multiple of 64, .*, such as 64, got 48"
    with pytest.raises(InputError, match=message):
        GraphPyramid(FeatureSpec(4, (2,), 48), num_levels=5)


def test_the_encoder_halves_time():
    torch.manual_seed(0)
    encoder = StridedEncoder(FeatureSpec(4, (2,), 8), visual_dim=3, audio_dim=2)
    mask = torch.tensor([[True] * 3 + [False] * 2 + [True] + [False] * 2])
    visual, audio = (torch.randn(1, 8, dim) * mask[..., None] for dim in (3, 2))
    (x,) = encoder(visual, audio, mask).values()
    joined = torch.cat([visual, audio], -1).transpose(1, 2)
    conv = encoder.conv
    wanted = torch.conv1d(joined, conv.weight, conv.bias, stride=2, padding=1).relu()
    # A gap is part of the sequence, padding is not.
    torch.testing.assert_close(x[0, :3], wanted[0].T[:3])
    assert not x[0, 3].any()


def test_the_decoder_by_torch():
    torch.manual_seed(0)
    decoder = PyramidDecoder(FeatureSpec(4, (4, 8), 16))
    fine, coarse = torch.randn(1, 4, 4), torch.randn(1, 2, 4)
    masks = [torch.ones(1, 4, dtype=torch.bool), torch.ones(1, 2, dtype=torch.bool)]
    found = decoder([fine, coarse], masks)
    top = decoder.outputs[0](coarse).relu()
    torch.testing.assert_close(found[1], top)
    above = decoder.upsamplings[0](top.transpose(1, 2)).transpose(1, 2)
    wanted = decoder.outputs[1](decoder.laterals[0](fine).relu() + above.relu()).relu()
    torch.testing.assert_close(found[0], wanted)


def test_scores_of_steps_lie_between_those_of_the_level():
    torch.manual_seed(0)
    scorer = BoundaryScorer(FeatureSpec(4, (4,), 16))
    x = torch.randn(2, 4, 4)
    mask = torch.arange(4) < torch.tensor([4, 2])[:, None]
    steps = torch.arange(16) < torch.tensor([16, 7])[:, None]
    found = scorer(x * mask[..., None], mask, steps)
    for row, (points, length) in enumerate(((4, 16), (2, 7))):
        level = torch.cat([tower(x[row : row + 1, :points]) for tower in scorer.towers], -1)
        wanted = torch.nn.functional.interpolate(
            level.sigmoid().transpose(1, 2), size=length, mode="linear", align_corners=True
        )
        torch.testing.assert_close(found[row, :length], wanted[0].T)
        assert not found[row, length:].any()


def test_ends_are_corrected_by_what_is_around_them():
    refiner = BoundaryRefiner(FeatureSpec(2, (4,), 32))
    torch.manual_seed(0)
    x = torch.randn(1, 8, 2)
    mask = torch.arange(8)[None] < 6
    # 22 valid steps. With length 16, the context is 2 steps. The other one ends after the video.
    segments = torch.tensor([[[3.0, 18.0], [-5.0, 40.0]]])
    found = refiner(x, mask, segments, torch.tensor([22]))
    wanted = []
    # 0 to 21 has a length of 22, and a context of 2.75.
    for places, layer in (
        ([[0, 0, 1], [0, 0, 0]], refiner.ends[0]),
        ([[4, 4, 5], [4, 5, 5]], refiner.ends[1]),
    ):
        conv = layer[0]
        for row in places:
            around = x[0, row].T[None]
            hidden = torch.conv1d(around, conv.weight, conv.bias)[0, :, 0].relu()
            wanted.append(layer[2](hidden))
    wanted = torch.cat(wanted).view(2, 2).T
    torch.testing.assert_close(found[0], wanted)


def test_other_models_stitch_as_well():
    """ActionFormer with the preprocessor: segments in copies are mapped back."""
    model = leaf_config(CONFIGS / "actionformer/actionformer_unav100_onepeace.py").model
    stitch = dict(type="SelfStitchPreprocessor", gap=2, short_share=0.45)
    model.data_preprocessor = stitch
    model.tiny.data_preprocessor = {}
    tiny = shrink_model(model)
    for check in CHECKS:
        if check.__name__ in ("padding_changes_nothing", "batch_order_changes_nothing"):
            check(tiny)
