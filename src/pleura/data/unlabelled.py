"""Importer of films without any truth: to learn from by consistency or soft targets, never to judge on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pleura.core.types import Mask
from pleura.data.about import read_about
from pleura.data.entry import About, Entry, Source, films_by_id
from pleura.image import find_films


@dataclass(frozen=True)
class NoTruth:
    """Nothing is known of a film; what is stored is empty, and the record says that it means nothing."""

    def mask(self, shape: tuple[int, int]) -> Mask:
        """See `Truth.mask`."""
        return np.zeros(shape, dtype=np.bool_)


def import_unlabelled(folder: Path, cases: Path | None = None) -> Source:
    """Find every film below `folder`; `cases` is a table of what is known of them.

    Raises:
        DatasetError: a table that cannot be understood, or two films of one id.
        InputNotFound: no film at all.
    """
    about, notes = read_about(cases) if cases else ({}, ())
    films = films_by_id(find_films([str(folder)]))
    entries = tuple(Entry(name, film, NoTruth(), about.get(name, About())) for name, film in films.items())
    return Source("unlabelled", folder, entries, notes=notes, labelled=False)
