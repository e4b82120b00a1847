"""Films in by C-STORE, and results out to a PACS."""
