"""Sequences of different lengths in one tensor."""

import torch
import torch.nn.functional as F

from loco_mm.ops import Packing, over_spans


def test_sequences_are_packed_with_gaps_and_unpacked():
    sequences = [torch.full((1, n, 1), float(n)) for n in (3, 1, 2)]
    packing = Packing.of(sequences, gap=2)
    packed = packing.pack(sequences)
    assert packed.flatten().tolist() == [3, 3, 3, 0, 0, 1, 0, 0, 2, 2]
    assert packing.spans == [5, 3, 2] and sum(packing.spans) == packed.shape[1]
    for found, wanted in zip(packing.unpack(packed), sequences, strict=True):
        assert torch.equal(found, wanted)


def test_masks_are_false_in_gaps():
    masks = [torch.ones(2, 2, dtype=torch.bool), torch.ones(2, 1, dtype=torch.bool)]
    assert Packing.of(masks).pack(masks).tolist() == [[True, True, False, True]] * 2


def test_without_a_gap_sequences_follow_each_other():
    sequences = [torch.ones(1, 2), torch.zeros(1, 3)]
    packing = Packing.of(sequences, gap=0)
    assert packing.pack(sequences).tolist() == [[1, 1, 0, 0, 0]]
    assert [x.shape[1] for x in packing.unpack(packing.pack(sequences))] == [2, 3]


def test_a_convolution_does_not_mix_sequences():
    torch.manual_seed(0)
    conv = torch.nn.Conv1d(2, 2, 5, padding=2)
    sequences = [torch.randn(1, n, 2) for n in (4, 2, 7)]
    packing = Packing.of(sequences, gap=2)
    found = packing.unpack(conv(packing.pack(sequences).mT).mT)
    for part, x in zip(found, sequences, strict=True):
        torch.testing.assert_close(part, F.conv1d(x.mT, conv.weight, conv.bias, padding=2).mT)


def test_a_value_is_repeated_for_the_steps_of_its_sequence():
    values = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert over_spans(values, [2, 1, 0]).tolist() == [[1, 1, 2], [4, 4, 5]]
