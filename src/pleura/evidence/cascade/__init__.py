"""Cascades: when a first, cheap model may say no for a dear one, what that saves, and what it costs in quality."""
