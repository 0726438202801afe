"""The rules a schema must meet beyond the shape of its model, one module a family. See :mod:`..validation`."""
