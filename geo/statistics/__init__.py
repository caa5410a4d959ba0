"""The statistics: one idea per module, each a plain function of arrays or frames.

What is computed, with its formula and its source, stands in the function's docstring.
The estimate and the inference about it are apart.
"""
