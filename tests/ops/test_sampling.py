"""Sampling at fractional steps, compared to loops with numpy's interpolation."""

import numpy as np
import pytest
import torch

from loco_mm.ops import align_segments, sample_linear, sample_points, sample_steps


def between(values, place):
    """One channel at a fractional step, 0 outside the sequence."""
    steps = np.arange(-1, len(values) + 1)
    return np.interp(place, steps, np.pad(values, 1), left=0, right=0)


def test_points_are_interpolated_and_weighed():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(2, 5, 3, 4, generator=generator, dtype=torch.float64)
    position = 8 * torch.rand(2, 6, 3, 2, generator=generator, dtype=torch.float64) - 2
    weights = torch.rand(2, 6, 3, 2, generator=generator, dtype=torch.float64)
    found = sample_points(values, position, weights)
    for batch, query, head, channel in np.ndindex(*found.shape):
        wanted = sum(
            w * between(values[batch, :, head, channel].numpy(), p)
            for p, w in zip(position[batch, query, head], weights[batch, query, head], strict=True)
        )
        assert found[batch, query, head, channel].item() == pytest.approx(wanted.item())


def test_whole_steps_are_read_as_they_are_and_gradients_reach_positions():
    values = torch.tensor([1.0, 3.0, 7.0]).reshape(1, 3, 1, 1)
    position = torch.tensor([0.0, 1.0, 2.0, 1.25]).reshape(1, 4, 1, 1).requires_grad_()
    found = sample_points(values, position, torch.ones(1, 4, 1, 1))
    torch.testing.assert_close(found.flatten(), torch.tensor([1.0, 3.0, 7.0, 4.0]))
    found[0, 3].sum().backward()
    assert position.grad[0, 3].item() == pytest.approx(4.0)


def slow_parts(x, start, end, bins):
    """(N, D) for one segment of x (T, D)."""
    length = max(end - start, 1.0)
    count = int(np.ceil(length / bins))
    parts = np.zeros((bins, x.shape[1]))
    for part in range(bins):
        for number in range(count):
            place = start + (part + (number + 0.5) / count) * length / bins
            if -1 <= place <= len(x):
                place = min(max(place, 0), len(x) - 1)
                below = int(place)
                above = min(below + 1, len(x) - 1)
                parts[part] += (1 - place + below) * x[below] + (place - below) * x[above]
    return parts / count


def test_parts_of_segments_are_means_of_samples():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 40, 3, generator=generator, dtype=torch.float64)
    steps = torch.tensor([40, 23])
    ends = torch.tensor(
        [
            [[0.0, 40.0], [3.2, 3.4], [39.5, 40.0], [7.5, 20.0]],
            [[0.0, 23.0], [1.0, 2.0], [22.9, 23.0], [11.5, 20.7]],
        ],
        dtype=torch.float64,
    )
    found = align_segments(x, steps, ends, bins=4)
    # Values after a video's last step are not read.
    x[1, 23:] = torch.nan
    for video, row in enumerate(ends.tolist()):
        for query, (start, end) in enumerate(row):
            wanted = slow_parts(x[video, : steps[video]].numpy(), start, end, 4)
            np.testing.assert_allclose(found[video, query], wanted, atol=1e-12)


def test_no_gradient_reaches_the_segments():
    x = torch.randn(1, 6, 2, requires_grad=True)
    ends = torch.tensor([[[1.0, 4.0]]], requires_grad=True)
    align_segments(x, torch.tensor([6]), ends, 2).sum().backward()
    assert ends.grad is None
    assert x.grad.sum().item() == pytest.approx(4.0)


def test_sampling_reads_between_steps():
    key = torch.tensor([0.0, 1, 2, 100]).view(1, 4, 1, 1)
    positions = torch.tensor([0.0, 0.25, 1.5, 2.0]).view(1, 1, 1, 4)
    for factor, found in zip(
        (1, 2), sample_linear(key, 2 * key, torch.tensor([2]), positions), strict=True
    ):
        assert found.flatten().tolist() == pytest.approx([0, factor / 4, factor * 1.5, factor * 2])


@pytest.mark.parametrize("bags", [True, False])
def test_samples_are_those_of_their_sequence_and_head(bags):
    x = torch.arange(2 * 5 * 3).view(2, 5, 3, 1).float()
    steps = torch.tensor([[0, 1, 2, 3], [3, 4, 4, 4]])
    found = sample_steps(x, steps)
    positions = steps[None, :, None].expand(2, 2, 3, 4).float()
    key, value = sample_linear(x, -x, torch.tensor([4, 4]), positions, bags)
    for b, n, h, s in np.ndindex(2, 2, 3, 4):
        wanted = b * 15 + steps[n, s] * 3 + h
        assert found[b, n, h, s, 0] == key[b, n, h, s, 0] == -value[b, n, h, s, 0] == wanted


def test_both_ways_to_interpolate_have_the_same_values_and_gradients():
    torch.manual_seed(0)
    key, value = (torch.randn(3, 9, 2, 4, dtype=torch.float64).requires_grad_() for _ in range(2))
    last = torch.tensor([8, 3, 0])
    positions = torch.rand(3, 2, 2, 5, dtype=torch.float64) * last[:, None, None, None]
    positions.requires_grad_()
    probe = torch.randn(2, 3, 2, 2, 5, 4, dtype=torch.float64)
    results = []
    for bags in (True, False):
        found = torch.stack(sample_linear(key, value, last, positions, bags))
        gradients = torch.autograd.grad((found * probe).sum(), (key, value, positions))
        results.append([found, *gradients])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)
        assert one.abs().sum() > 0
