"""Figures: what a reader is judged by, how sure each figure is, where it fails, and how two readers differ.

`table` says what each figure is, `weighted` computes them all with films counted as often as they were drawn,
`summary` gives them with intervals and strata, `paired` compares two readers, `bands` draws their curves.
"""
