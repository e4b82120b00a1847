"""The way in: files become films, or typed refusals that say why not."""

from pleura.image.find import find_films
from pleura.image.read import read_film

__all__ = ["find_films", "read_film"]
