"""Filters in CQL2 (OGC 21-065r2), sorting and choice of properties, over columns and geometries."""
