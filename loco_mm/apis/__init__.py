"""Calls for users: configs, models, inference, and what a model costs."""

from .complexity import Complexity, count_complexity
from .config import load_config
from .inference import inference, init_model

__all__ = ["Complexity", "count_complexity", "inference", "init_model", "load_config"]
