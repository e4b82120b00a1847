"""Many films at once: every film of an input read exactly once, on one machine or many, through any number of kills."""
