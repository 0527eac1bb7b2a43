"""LESP by hand: its encoder, memory, head, and model."""

import math
import random

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.functional import conv1d, layer_norm, leaky_relu

from loco_mm.apis import load_config
from loco_mm.errors import InputError
from loco_mm.models.features import FeatureSpec
from loco_mm.models.systems import (
    Candidates,
    CellEncoder,
    ConvFusion,
    MemoryFeatures,
    MemoryHead,
    MemoryPredictions,
    SegmentMemory,
)
from loco_mm.testing import (
    build_with_active_branches,
    eventful_samples,
    make_segment_sample,
    run,
    shrink_model,
)

from ...comparing import CONFIGS, leave_processes


def build_encoder():
    torch.manual_seed(0)
    spec = FeatureSpec(8, (1,), 3)
    return CellEncoder(5, 3, spec, num_heads=2, mlp_channels=8, num_cells=4).double().eval()


def inputs():
    torch.manual_seed(1)
    mask = torch.ones(2, 3, dtype=torch.bool)
    return torch.randn(2, 3, 2, 2, 5).double(), torch.randn(2, 3, 3).double(), mask


def test_space_is_of_each_segment_and_time_of_all():
    encoder, (visual, audio, mask) = build_encoder(), inputs()
    found = encoder(visual, audio, mask)
    assert {x.shape for x in found.values()} == {(2, 3, 8)}
    other = visual.clone()
    other[:, 2] = 0
    again = encoder(other, audio, mask)
    torch.testing.assert_close(again["in_space"][:, :2], found["in_space"][:, :2])
    assert not torch.allclose(again["in_time"][:, :2], found["in_time"][:, :2])
    torch.testing.assert_close(again["audio"], found["audio"])


def test_cells_have_places_and_segments_have_not():
    encoder, (visual, audio, mask) = build_encoder(), inputs()
    found = encoder(visual, audio, mask)
    moved = encoder(visual.flip(3), audio, mask)
    assert not torch.allclose(moved["in_space"], found["in_space"])
    turned = encoder(visual.flip(1), audio.flip(1), mask)
    for name, wanted in found.items():
        torch.testing.assert_close(turned[name].flip(1), wanted)


def test_means_are_reported():
    encoder, (visual, audio, mask) = build_encoder(), inputs()
    with pytest.raises(
        InputError,
        match=r"model\.encoder: expected maps \(B, T, H, W, Dv\) of 4 cells, got visual features "
        r"of shape \(2, 3, 5\): set dataset.features='map'",
    ):
        encoder(visual.mean((2, 3)), audio, mask)


def test_it_is_two_convolutions_of_the_valid_steps():
    torch.manual_seed(0)
    layer = ConvFusion(FeatureSpec(4, (1,), 5)).double()
    visual, audio = (torch.randn(2, 5, 4, dtype=torch.float64) for _ in range(2))
    mask = torch.arange(5) < torch.tensor([5, 3])[:, None]
    keep = mask[..., None]
    streams = dict(in_space=visual * keep, in_time=audio * keep)
    (found,) = layer(streams, mask).features
    for number, length in enumerate((5, 3)):
        x = torch.cat([visual, audio], dim=-1)[number, :length].T[None]
        x = leaky_relu(conv1d(x, layer.first.weight, layer.first.bias, padding=1))
        x = conv1d(x, layer.second.weight, layer.second.bias, padding=1)[0].T
        torch.testing.assert_close(found[number, :length], layer_norm(x, (4,)))
        assert not found[number, length:].any()


def build_memory(size=3, classes=2):
    return SegmentMemory(classes, visual_dim=1, audio_dim=2, bank_size=size, cells=(1, 1))


def candidates(rows):
    """From rows (name, score, label); segments are identified by their names."""
    names = torch.tensor([float(name) for name, _, _ in rows])
    return Candidates(
        names[:, None, None, None].clone(),
        torch.stack([names, torch.zeros_like(names)], dim=-1),
        torch.tensor([score for _, score, _ in rows]),
        torch.tensor([label for _, _, label in rows]),
    )


def kept(memory, label):
    """Names and scores of a class, without empty entries; both features are of one segment."""
    rows = zip(memory.visual[label].flatten(), memory.audio[label], strict=True)
    for seen, heard in rows:
        assert seen == heard[0]
    scores = memory.scores[label].tolist()
    names = memory.audio[label, :, 0].tolist()
    return [(n, pytest.approx(s)) for n, s in zip(names, scores, strict=True) if s > 0]


def test_it_keeps_the_best_of_each_class_once():
    draw = random.Random(0)
    memory, lists = build_memory(), {0: [], 1: []}
    for _ in range(30):
        rows = [
            (draw.randint(1, 12), 0.3 + draw.random(), draw.randint(-1, 1))
            for _ in range(draw.randint(1, 5))
        ]
        memory.update(candidates(rows))
        for name, score, label in rows:
            if label >= 0 and name not in [known for known, _ in lists[label]]:
                lists[label] = sorted([*lists[label], (name, score)], key=lambda x: -x[1])[:3]
        for label in (0, 1):
            assert kept(memory, label) == lists[label]
    assert all(len(entries) == 3 for entries in lists.values())


def test_silence_is_remembered_and_what_is_no_number_is_not():
    memory = build_memory()
    memory.update(candidates([(0, 0.9, 0), (0, 0.8, 0), (5, float("nan"), 0), (6, 0.4, -1)]))
    assert kept(memory, 0) == [(0, pytest.approx(0.9))]
    assert kept(memory, 1) == []


def test_all_entries_are_a_batch():
    inputs = build_memory().inputs()
    assert inputs["visual"].shape == (2, 3, 1, 1, 1)
    assert inputs["audio"].shape == (2, 3, 2)
    assert inputs["mask"].all()
    # It is part of the checkpoint.
    assert set(build_memory().state_dict()) == {"visual", "audio", "scores"}


ROWS = [(1, 0.5, 0), (2, 0.7, 1), (5, 0.9, -1), (3, 0.6, 0), (1, 0.9, 0), (4, 0.8, 0)]


def run_process(rank, folder):
    store = dist.FileStore(str(folder / "store"), 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    memory = build_memory()
    memory.update(candidates(ROWS[:3] if rank == 0 else ROWS[3:]))
    torch.save(memory.state_dict(), folder / f"{rank}")
    leave_processes()


@pytest.mark.distributed
def test_processes_remember_the_same(tmp_path):
    mp.spawn(run_process, (tmp_path,), nprocs=2)
    alone = build_memory()
    alone.update(candidates(ROWS))
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}")
        for name, value in alone.state_dict().items():
            assert torch.equal(found[name], value)
    assert kept(alone, 0) == [(4, pytest.approx(0.8)), (3, pytest.approx(0.6)), (1, 0.5)]


# Two classes of two stored segments with four channels: distances are halved.
MEMORY = torch.tensor(
    [[[0.0, 0, 0, 0], [2.0, 0, 0, 0]], [[0.0, 8, 0, 0], [0.0, 10, 0, 0]]], dtype=torch.float64
)
FUSED = torch.tensor(
    [
        [[1.0, 0, 0, 0], [4.0, 0, 0, 0], [9.0, 9, 9, 9]],
        [[0.0, 8, 0, 0], [0.0, 9, 0, 0], [0, 4, 0, 0]],
    ],
    dtype=torch.float64,
)
MASK = torch.tensor([[True, True, False], [True, True, True]])


def build(**settings):
    torch.manual_seed(0)
    spec = FeatureSpec(4, (1,), 3)
    return MemoryHead(**(dict(num_classes=2, spec=spec) | settings)).double().eval()


def features():
    torch.manual_seed(1)
    streams = {
        name: torch.randn(2, 3, 4, dtype=torch.float64) * MASK[..., None]
        for name in ("visual", "audio")
    }
    return MemoryFeatures(streams, MASK, [FUSED * MASK[..., None]], [MASK], memory=MEMORY)


def samples(*rows, **settings):
    rows = rows or ([0, 2], [1, 2, 1])
    return [make_segment_sample(row, 2, **settings)["data_samples"] for row in rows]


def test_the_nearest_class_and_what_is_near_enough():
    head = build(margin=0.7)
    found = head.predict(features(), samples())
    # Nearest of class 0: 1 / 2 and 2 / 2; of class 1: 0, 1 / 2 and 4 / 2.
    assert found[0].labels.tolist() == [0, 2]
    assert found[1].labels.tolist() == [1, 1, 2]
    nearest = [0.0, 0.5, 2.0]
    wanted = [1 - 1 / (1 + math.exp(near - 0.7)) for near in nearest]
    assert found[1].scores[:, 2].tolist() == pytest.approx(wanted)


def test_prototypes_are_the_means_of_what_is_remembered():
    found = build(temperature=0.1)(features())
    means = [[1.0, 0, 0, 0], [0.0, 9, 0, 0]]
    for video, steps in ((0, 2), (1, 3)):
        for label, mean in enumerate(means):
            apart = [math.dist(x, mean) / 2 for x in FUSED[video, :steps].tolist()]
            wanted = -sum(apart) / steps / 0.1
            assert float(found.prototypes[video, label]) == pytest.approx(wanted)


def test_contrast_by_hand():
    """Farthest entry of the class for segments with the event, margin minus nearest for others."""
    losses = build(margin=1.5, contrastive_weight=1.0).loss(features(), samples())
    first = math.dist([1.0], [0.0]) / 2 + max(0, 1.5 - 2 / 2)
    second = (2 / 2 + 6 / 2) / 2 + max(0, 1.5 - 0.5)
    assert float(losses["loss_contrastive"]) == pytest.approx((first + second) / 2)


def test_weak_contrast_weighs_by_relevance():
    head = build(margin=1.5, contrastive_weight=1.0, supervision="weakly")
    losses = head.loss(features(), samples([0, 0], [2, 2, 2]))
    share = head.relevance(FUSED[0, :2])[:, 0].sigmoid().tolist()
    near, far = (0.5, 1.0), (0.5, 2.0)
    terms = [s * f + (1 - s) * max(0, 1.5 - n) for s, f, n in zip(share, far, near, strict=True)]
    # The second video has no event, and no class from which it could be pushed away.
    assert float(losses["loss_contrastive"]) == pytest.approx(sum(terms) / 2)


@pytest.mark.parametrize(("no_event", "label"), [("skip", -1), ("class0", 0)])
def test_videos_without_an_event(no_event, label):
    head = build(supervision="weakly", no_event=no_event)
    rows = samples([1, 1], [2, 2, 2])
    found = head(features())
    assert head.memory_class(head.read_truth(found, rows)).tolist() == [1, label]
    losses = head.loss_by_feat(found, rows)
    shares = found.classes.log_softmax(-1)
    wanted = [-float(shares[0, 1])] + [-float(shares[1, 0])] * (label == 0)
    assert float(losses["loss_cls"]) == pytest.approx(sum(wanted) / len(wanted))
    # Relevance is always trained on them: the first is all event, the second all background.
    p = found.relevance.sigmoid()
    means = [float(p[0, :2].mean()), 1 - float(p[1].mean())]
    wanted = -sum(map(math.log, means)) / 2
    assert float(losses["loss_relevance"]) == pytest.approx(wanted)


def test_shares_tell_durations():
    head = build(supervision="weakly", video_label="proportion")
    found = head(features())
    loss = head.loss_by_feat(found, samples([1, 2], [0, 0, 2], proportion=True))["loss_relevance"]
    p = found.relevance.sigmoid()
    means = [float(p[0, :2].mean()), float(p[1].mean())]
    pairs = list(zip(means, (0.5, 2 / 3), strict=True))
    terms = [w * math.log(x) + (1 - w) * math.log(1 - x) for x, w in pairs]
    assert float(loss) == pytest.approx(-sum(terms) / 2)


def test_streams_are_trained_on_segments_with_the_event():
    head = build(unimodal_weight=1.0)
    found = head(features())
    loss = head.loss_by_feat(found, samples())["loss_streams"]
    shares = found.stream_classes.log_softmax(-1)
    picked = shares[:, 0, 0, 0] + shares[:, 1, 0, 1] + shares[:, 1, 2, 1]
    assert float(loss) == pytest.approx(-float(picked.sum()) / 5)


def test_agreement_is_one_less_the_divergence():
    weakly, head = build(supervision="weakly"), build()
    given = features()
    weak = weakly.agreement(given, weakly.read_truth(given, samples()))
    fully = head.agreement(given, head.read_truth(given, samples()))
    p, q = (x.softmax(-1) for x in head._stream_classes(features()))
    m = (p + q) / 2
    kl = ((p * (p / m).log()).sum(-1) + (q * (q / m).log()).sum(-1)) / 2
    torch.testing.assert_close(weak[MASK], (1 - kl)[MASK])
    event = torch.tensor([[1.0, 0, 0], [1, 0, 1]])
    torch.testing.assert_close(fully[MASK], (1 - kl + event)[MASK])
    assert (weak[~MASK] < 0).all()


def test_predictions_are_named():
    assert isinstance(build()(features()), MemoryPredictions)


@pytest.fixture(params=["fully", "weakly"])
def model(request):
    path = CONFIGS / "lesp" / f"lesp_ave_{request.param}.py"
    return shrink_model(load_config(str(path)).model)


def test_the_segment_whose_sight_and_sound_fit_best_is_remembered(model):
    built, samples = build_with_active_branches(model), eventful_samples(model)
    assert not built.memory.scores.any()
    run(built, samples, "loss")
    batch = built.data_preprocessor(dict(inputs=stacked(samples), data_samples=[]), False)
    rows = [sample["data_samples"] for sample in samples]
    with torch.no_grad():
        features = super(type(built), built).extract_feat(batch["inputs"])
        scores = built.head.agreement(features, built.head.read_truth(features, rows))
    for number, sample in enumerate(rows):
        label = int(sample.gt_video_label[:-1].argmax())
        step = int(scores[number].argmax())
        slot = (built.memory.audio[label] - batch["inputs"]["audio"][number, step]).abs().sum(-1)
        assert slot.min() == 0
        best = built.memory.scores[label, slot.argmin()]
        torch.testing.assert_close(best, scores[number, step])
        seen = built.memory.visual[label, slot.argmin()]
        assert torch.equal(seen, batch["inputs"]["visual"][number, step])
        if built.head.supervision == "fully":
            assert sample.gt_segment_labels[step] < built.head.num_classes


def stacked(samples):
    return {name: [s["inputs"][name] for s in samples] for name in ("visual", "audio")}


def test_a_test_remembers_nothing(model):
    built, samples = build_with_active_branches(model), eventful_samples(model)
    run(built, samples, "predict")
    assert not built.memory.scores.any()


def test_what_is_remembered_changes_what_is_found(model):
    built, samples = build_with_active_branches(model), eventful_samples(model)
    before = run(built, samples, "predict")[0].pred_segment_scores
    run(built, samples, "loss")
    assert not torch.allclose(run(built, samples, "predict")[0].pred_segment_scores, before)
