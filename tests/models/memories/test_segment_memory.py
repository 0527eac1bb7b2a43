"""What a memory keeps, against a list."""

import random

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from loco_mm.models.memories import Candidates, SegmentMemory

from ...comparing import leave_processes


def build(size=3, classes=2):
    return SegmentMemory(classes, visual_dim=1, audio_dim=2, bank_size=size, cells=(1, 1))


def candidates(rows):
    """Of rows (name, score, label): a segment is known by its name."""
    names = torch.tensor([float(name) for name, _, _ in rows])
    return Candidates(
        names[:, None, None, None].clone(),
        torch.stack([names, torch.zeros_like(names)], dim=-1),
        torch.tensor([score for _, score, _ in rows]),
        torch.tensor([label for _, _, label in rows]),
    )


def kept(memory, label):
    """Names and scores of a class, without empty entries; sight and sound are of one segment."""
    rows = zip(memory.visual[label].flatten(), memory.audio[label], strict=True)
    for seen, heard in rows:
        assert seen == heard[0]
    scores = memory.scores[label].tolist()
    names = memory.audio[label, :, 0].tolist()
    return [(n, pytest.approx(s)) for n, s in zip(names, scores, strict=True) if s > 0]


def test_it_keeps_the_best_of_each_class_once():
    draw = random.Random(0)
    memory, lists = build(), {0: [], 1: []}
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
    memory = build()
    memory.update(candidates([(0, 0.9, 0), (0, 0.8, 0), (5, float("nan"), 0), (6, 0.4, -1)]))
    assert kept(memory, 0) == [(0, pytest.approx(0.9))]
    assert kept(memory, 1) == []


def test_all_entries_are_a_batch():
    inputs = build().inputs()
    assert inputs["visual"].shape == (2, 3, 1, 1, 1)
    assert inputs["audio"].shape == (2, 3, 2)
    assert inputs["mask"].all()
    # A checkpoint has it.
    assert set(build().state_dict()) == {"visual", "audio", "scores"}


ROWS = [(1, 0.5, 0), (2, 0.7, 1), (3, 0.6, 0), (1, 0.9, 0), (4, 0.8, 0)]


def run_process(rank, folder):
    store = dist.FileStore(str(folder / "store"), 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    memory = build()
    memory.update(candidates(ROWS[:2] if rank == 0 else ROWS[2:]))
    torch.save(memory.state_dict(), folder / f"{rank}")
    leave_processes()


@pytest.mark.distributed
def test_processes_remember_the_same(tmp_path):
    mp.spawn(run_process, (tmp_path,), nprocs=2)
    alone = build()
    alone.update(candidates(ROWS))
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}")
        for name, value in alone.state_dict().items():
            assert torch.equal(found[name], value)
    assert kept(alone, 0) == [(4, pytest.approx(0.8)), (3, pytest.approx(0.6)), (1, 0.5)]
