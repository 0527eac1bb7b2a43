"""Tiny models."""

from loco_mm.apis import load_config
from loco_mm.testing import build_alive, shrink_model
from loco_mm.testing.models import CAPS

from ..comparing import LEAVES, flat


def test_only_sizes_change_and_only_down():
    names = set()
    for path in LEAVES:
        whole = load_config(str(path)).model
        before, after = flat(whole), flat(shrink_model(whole))
        assert after.keys() == before.keys()
        changed = {key for key in after if after[key] != before[key]}
        assert all(after[key] < before[key] for key in changed)
        names |= {key.split(".")[-1] for key in changed}
    assert names == set(CAPS)


def test_it_is_tiny_and_follows_from_the_seed(small_model):
    one, same, other = (build_alive(small_model, seed) for seed in (0, 0, 1))
    assert sum(p.numel() for p in one.parameters()) < 100_000
    pairs = list(zip(one.parameters(), same.parameters(), other.parameters(), strict=True))
    assert all(a.equal(b) for a, b, _ in pairs)
    assert any(not a.equal(c) for a, _, c in pairs)
