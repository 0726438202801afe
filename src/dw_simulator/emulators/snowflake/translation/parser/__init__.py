"""A recursive-descent parser of Snowflake SQL."""

from dw_simulator.emulators.snowflake.translation.parser.query import Parser

__all__ = ["Parser"]
