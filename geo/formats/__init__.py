"""Features in the formats of other tools: the same rows, order and values in each."""
