"""The toolbox's own registries: components of loco_mm are registered there directly."""

from mmaction.registry import (
    DATASETS,
    HOOKS,
    METRICS,
    MODELS,
    OPTIM_WRAPPERS,
    TASK_UTILS,
    TRANSFORMS,
    VISUALIZERS,
)

__all__ = [
    "DATASETS",
    "HOOKS",
    "METRICS",
    "MODELS",
    "OPTIM_WRAPPERS",
    "TASK_UTILS",
    "TRANSFORMS",
    "VISUALIZERS",
]
