"""Thin HTTP over a release: parse the request, call `geo`, serialise the answer."""
