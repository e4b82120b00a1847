"""Writing what was found: masks, overlays, JSON, and the record of a run."""
