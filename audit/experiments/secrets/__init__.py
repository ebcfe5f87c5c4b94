"""Random secrets in a text: how exposed they are in models of it, and which of them can be extracted.

Carlini, Liu, Erlingsson, Kos & Song 2019, arXiv 1802.08232.
"""
