"""`dw-sim doctor`: what is wrong on this machine, why, and what helps."""

from dw_simulator.stack.doctor.registry import CHECKS, Context, Finding, Level, examine

__all__ = ["CHECKS", "Context", "Finding", "Level", "examine"]
