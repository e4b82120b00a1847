"""Training of the input gate: pictures of every kind, their variants, small heads on a fixed encoder, set points."""
