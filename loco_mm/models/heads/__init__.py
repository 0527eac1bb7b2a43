"""Heads: from levels of features to predictions and losses."""

from .base_event_head import BaseEventHead, PaddedEvents
from .point_head import PointHead, PointPredictions

__all__ = ["BaseEventHead", "PaddedEvents", "PointHead", "PointPredictions"]
