"""Reproduction of tables: their rows, runs and results."""

from .records import Record, current_commit
from .results import Outcome, outcomes_of, table_text, write_results
from .rows import FIGURES, Row, Table, paper_tables, read_table, world_configs
from .scheduling import Finished, execute, shard_of
from .small_worlds import check_world, rows_on_world
from .training_runs import NotAvailableError, Run

__all__ = [
    "FIGURES",
    "Finished",
    "NotAvailableError",
    "Outcome",
    "Record",
    "Row",
    "Run",
    "Table",
    "check_world",
    "current_commit",
    "execute",
    "outcomes_of",
    "paper_tables",
    "read_table",
    "rows_on_world",
    "shard_of",
    "table_text",
    "world_configs",
    "write_results",
]
