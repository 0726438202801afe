"""Every documented function is known to the emulator, one way and only one."""

from __future__ import annotations

import pytest

from dw_simulator.emulators.redshift.documented import DOCUMENTED, SYNTAX, status
from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError
from dw_simulator.emulators.redshift.installed import installed
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.functions import HANDLERS, RENAMED
from dw_simulator.emulators.redshift.translation.refused import REFUSED
from dw_simulator.emulators.redshift.translation.translator import translate

ALL = sorted({name for names in DOCUMENTED.values() for name in names})


def test_the_documentation_is_listed() -> None:
    assert len(ALL) > 330


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_functions_say_so(name: str) -> None:
    assert name in ALL
    assert status(name) == f"refused: {REFUSED[name]}"
    with pytest.raises(UnsupportedFeatureError, match=name.upper()):
        translate(f"select {name}(1)", Context())


def test_nothing_is_refused_and_made() -> None:
    assert not set(REFUSED) & (installed() | set(HANDLERS) | set(RENAMED) | SYNTAX)


def test_renamed_functions_lead_to_functions() -> None:
    own = {target for target in RENAMED.values() if target.startswith("dw_")}
    assert own <= installed()
