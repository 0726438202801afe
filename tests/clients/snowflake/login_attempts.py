"""Logs in with each of the arguments that stand on standard input; runs with the drivers' own Python.

Input: a JSON list of arguments of ``connect``; ``private_key`` is Base64 of DER. Output: for each ``{"rows": …}`` or
``{"errno": …, "message": …}``.
"""

from __future__ import annotations

import base64
import json
import sys
import warnings
from typing import Any

import snowflake.connector

warnings.simplefilter("ignore")


def attempt(arguments: dict[str, Any]) -> dict[str, Any]:
    if "private_key" in arguments:
        arguments["private_key"] = base64.b64decode(arguments["private_key"])
    try:
        with snowflake.connector.connect(**arguments, login_timeout=10) as connection:
            rows = connection.cursor().execute("SELECT CURRENT_USER(), CURRENT_ROLE()").fetchall()
            return {"rows": [list(row) for row in rows]}
    except snowflake.connector.Error as error:
        return {"errno": error.errno, "message": str(error)}


if __name__ == "__main__":
    print(json.dumps([attempt(arguments) for arguments in json.load(sys.stdin)]))
