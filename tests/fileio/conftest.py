"""The small dataset of the dataset tests."""

from ..datasets.conftest import database, write

__all__ = ["database", "write"]
