"""For tests of programs that use Redshift, Snowflake or S3: a stack of their own, and connections to it.

Installing the package makes the fixtures of :mod:`dw_simulator.testing.plugin` available in pytest.
"""

from dw_simulator.testing.stack import RunningStack, start_stack

__all__ = ["RunningStack", "start_stack"]
