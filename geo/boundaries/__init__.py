"""Boundaries: reading, checking and making the areas of a city."""
