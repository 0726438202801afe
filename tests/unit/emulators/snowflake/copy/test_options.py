import pytest

from dw_simulator.emulators.snowflake.copy.options import CopyOptions, OnError
from dw_simulator.emulators.snowflake.errors import SnowflakeError


def test_defaults_are_those_of_the_documentation():
    options = CopyOptions.parse({})
    assert (options.force, options.purge, options.match_by_name, options.truncate) == (False, False, "NONE", False)
    assert options.on_error == OnError.parse("ABORT_STATEMENT")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"VALIDATION_MODE": "RETURN_0_ROWS"}, "RETURN_0_ROWS"),
        ({"INCLUDE_METADATA": {"F": "METADATA$FILENAME"}}, "INCLUDE_METADATA"),
        ({"SIZE_LIMIT": 0}, "SIZE_LIMIT"),
        ({"LOAD_MODE": "ADD_FILES_COPY"}, "COPY INTO … LOAD_MODE"),
        ({"NO_SUCH_OPTION": True}, "NO_SUCH_OPTION"),
        ({"MATCH_BY_COLUMN_NAME": "SOMEHOW"}, "SOMEHOW"),
        ({"FORCE": "perhaps"}, "perhaps"),
        ({"ON_ERROR": "IGNORE"}, "IGNORE"),
        ({"FILES": tuple(f"f{index}" for index in range(1001))}, "at most 1000"),
    ],
)
def test_what_is_not_known_is_refused_by_name(options, part):
    with pytest.raises(SnowflakeError, match=part):
        CopyOptions.parse(options)


@pytest.mark.parametrize(
    ("text", "problems", "rows", "skipped"),
    [
        ("SKIP_FILE", 1, 100, True),
        ("SKIP_FILE", 0, 100, False),
        ("SKIP_FILE_3", 2, 100, False),
        ("SKIP_FILE_3", 3, 100, True),
        ("SKIP_FILE_10%", 10, 100, False),
        ("SKIP_FILE_10%", 11, 100, True),
        ("CONTINUE", 50, 100, False),
    ],
)
def test_which_files_on_error_leaves_out(text, problems, rows, skipped):
    assert OnError.parse(text).skips(problems, rows) is skipped
