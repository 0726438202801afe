"""Learning a schema from samples: files, tables of a warehouse, results of queries.

Each source is read once, in batches (twice where keys of several columns must be looked for): every row is counted and
goes into sketches of the different values, a random sample of rows is kept. From those come types, shares of NULL,
distributions, patterns of text, correlations, keys and foreign keys. No value of a source is written unless as many
rows as the threshold says have it, or the column is allowed.
"""

from dw_simulator.experiments.learning.learn import Learned, LearnOptions, learn
from dw_simulator.experiments.learning.reading import FileSource, QuerySource, ReadOptions, Source, file_source

__all__ = [
    "FileSource",
    "LearnOptions",
    "Learned",
    "QuerySource",
    "ReadOptions",
    "Source",
    "file_source",
    "learn",
]
