"""Releases: one immutable, reproducible set of layers in a folder; written once, read by many."""
