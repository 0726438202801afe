"""Stages and file formats: where files lie, how they are described, how they are read."""
