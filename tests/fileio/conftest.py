"""The small data set of the dataset tests."""

from ..datasets.conftest import database, write

__all__ = ["database", "write"]
