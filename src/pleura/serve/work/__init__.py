"""The processes that read films, and what keeps them alive."""
