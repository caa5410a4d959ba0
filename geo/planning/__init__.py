"""Planning: which problem of which beat comes first, how sure that is, and what came of it.

Everything here is a plain function of arrays or frames; forecasts come from `geo.statistics`.
Places are ranked, never persons.
"""
