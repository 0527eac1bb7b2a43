"""Checks a whole dataset, and reports all problems at once."""

from .check import check_dataset
from .report import Finding, Report

__all__ = ["Finding", "Report", "check_dataset"]
