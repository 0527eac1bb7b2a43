"""Readers of untrusted files raise no errors but the project's own.

``pytest tests/robustness/test_fuzz.py --fuzz 10000`` tries this number of files of each kind.
"""

import warnings

import pytest
from hypothesis import HealthCheck, given, settings

from loco_mm.errors import InputError

from .readers import READERS


@pytest.mark.nightly
@pytest.mark.parametrize("name", READERS)
def test_nothing_but_our_own_error_comes_out(name, tmp_path, fuzz_examples):
    reader = READERS[name]
    path = reader.write_valid(tmp_path)
    counts = dict(accepted=0, refused=0)

    @settings(
        max_examples=fuzz_examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(reader.change(reader.valid))
    def attack(content):
        path.write_bytes(content)
        try:
            reader.accept(path)
            counts["accepted"] += 1
        except InputError as error:
            text = str(error)
            assert "\n" not in text and len(text) < 2000
            assert str(tmp_path) in text
            counts["refused"] += 1

    reader.accept(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attack()
    assert sum(counts.values()) >= 0.9 * fuzz_examples
    assert counts["refused"] > 0.1 * fuzz_examples, counts
