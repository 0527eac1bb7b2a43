"""Tools to test models: tiny models of any config, samples, and a contract for all models.

To test a model of your own against the contract::

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_model(check):
        check(shrink_model(load_config("my_config.py").model))
"""

from .contract import (
    CHECKS,
    device_changes_nothing,
    eventful_samples,
    network_compiles,
    predictions_of,
)
from .models import build_with_active_branches, run, shrink_model, train_without_randomness
from .samples import make_sample, make_segment_sample

__all__ = [
    "CHECKS",
    "build_with_active_branches",
    "device_changes_nothing",
    "eventful_samples",
    "predictions_of",
    "make_sample",
    "make_segment_sample",
    "network_compiles",
    "run",
    "shrink_model",
    "train_without_randomness",
]
