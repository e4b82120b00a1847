"""Two or more readers on the same films: which is better, by how much, how sure, and where they differ.

`compare` gives every figure and its difference from a baseline, `holm` corrects for many tests, `disagreement`
finds and draws the films on which outlines differ most, `document` and `page` write it all down.
"""
