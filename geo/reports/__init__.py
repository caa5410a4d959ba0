"""Reports: read, judge row by row, keep, simulate."""
