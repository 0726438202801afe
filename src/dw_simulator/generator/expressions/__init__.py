"""Expressions over columns, computed for whole batches at once."""

from dw_simulator.generator.expressions.evaluate import Evaluation, evaluate
from dw_simulator.generator.expressions.results import Converter, converter

__all__ = ["Converter", "Evaluation", "converter", "evaluate"]
