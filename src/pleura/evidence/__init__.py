"""Evidence: the decision fitted on labelled films by patient cross-fit, and a model judged on them."""
