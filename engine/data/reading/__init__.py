"""Tables as people have them, CSV, TSV, pasted or JSON lines: read into data for a run, every cell accounted for."""

from engine.data.reading.column_read import LeftOut
from engine.data.reading.columns import KINDS, Bar, Column, Kind
from engine.data.reading.dialect import DECIMALS, SEPARATORS, Sheet, sheet_of
from engine.data.reading.table import read_table
from engine.data.reading.text import decoded
from engine.data.reading.wishes import GAPS, Table, Wishes

__all__ = [
    "DECIMALS",
    "GAPS",
    "KINDS",
    "SEPARATORS",
    "Bar",
    "Column",
    "Kind",
    "LeftOut",
    "Sheet",
    "Table",
    "Wishes",
    "decoded",
    "read_table",
    "sheet_of",
]
