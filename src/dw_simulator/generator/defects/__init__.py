"""Defects put into a table on purpose: nulls, invalid values, duplicates, late rows and more, each of them reported.

They are put on top of the clean rows: which rows have one (:mod:`.strata`), what their cells become (:mod:`.numbers`,
:mod:`.texts`, :mod:`.invalid`), and which rows come twice or late (:mod:`.delivery`) follow from the seed and the
number of the row. All other cells are what they are without.
"""

from dw_simulator.generator.defects import invalid, numbers, texts  # noqa: F401 - they register their kinds
from dw_simulator.generator.defects.making import dirty_plan
from dw_simulator.generator.defects.plan import DirtyTablePlan

__all__ = ["DirtyTablePlan", "dirty_plan"]
