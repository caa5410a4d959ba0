"""Layers: statistics turned into the rows and columns that are published."""
