"""Calls for users: configs, models, inference, and what a model costs."""

from ..engine.config import load_config
from .complexity import Complexity, count_complexity
from .inference import inference, init_model

__all__ = ["Complexity", "count_complexity", "inference", "init_model", "load_config"]
