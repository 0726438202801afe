"""Readers of data files (CSV, JSON, Parquet, ORC) for COPY: a source in, Arrow record batches out, streaming.

What a text means for a column (dates, numbers, trimming, error limits) is each warehouse's own business.
"""

from dw_simulator.emulators.common.formats.columnar import (
    DEFAULT_BATCH_ROWS,
    parquet_rows,
    parquet_schema,
    plain_schema,
    read_orc,
    read_parquet,
)
from dw_simulator.emulators.common.formats.csv_ import (
    CsvOptions,
    csv_records,
    csv_schema,
    read_csv,
    read_header,
)
from dw_simulator.emulators.common.formats.csv_rows import CsvDialect, CsvRecord
from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.formats.json_ import JSON_SCHEMA, JsonOptions, read_json
from dw_simulator.emulators.common.formats.sources import (
    COMPRESSIONS,
    BytesSource,
    FileSource,
    ObjectSource,
    Source,
    open_decompressed,
)

__all__ = [
    "COMPRESSIONS",
    "DEFAULT_BATCH_ROWS",
    "JSON_SCHEMA",
    "BytesSource",
    "CsvDialect",
    "CsvOptions",
    "CsvRecord",
    "FileSource",
    "FormatError",
    "JsonOptions",
    "ObjectSource",
    "Source",
    "csv_records",
    "csv_schema",
    "open_decompressed",
    "parquet_rows",
    "parquet_schema",
    "plain_schema",
    "read_csv",
    "read_header",
    "read_json",
    "read_orc",
    "read_parquet",
]
