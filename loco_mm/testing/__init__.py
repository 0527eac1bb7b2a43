"""Tools to test models: tiny models of any config, samples, and a contract for all models.

To test a model of your own against the contract::

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_model(check):
        check(shrink_model(load_config("my_config.py").model))
"""

from .contract import CHECKS, eventful_samples, predictions_of
from .execution import compilation_changes_nothing, device_changes_nothing
from .models import build_with_active_branches, run, shrink_model, train_without_randomness
from .samples import make_sample, make_segment_sample

__all__ = [
    "CHECKS",
    "build_with_active_branches",
    "compilation_changes_nothing",
    "device_changes_nothing",
    "eventful_samples",
    "predictions_of",
    "make_sample",
    "make_segment_sample",
    "run",
    "shrink_model",
    "train_without_randomness",
]
