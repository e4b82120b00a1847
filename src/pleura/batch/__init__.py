"""Many films at once: each read exactly once, on one machine or many, through any number of kills."""
