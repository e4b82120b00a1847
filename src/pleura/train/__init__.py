"""From a recipe and a data set to a model file; the only floor that imports torch."""
