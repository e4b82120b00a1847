"""Importer of image and mask folders with equal names, `png_images` and `png_masks`."""

from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.data.entry import Entry, Source, films_by_id
from pleura.data.truth import FileTruth
from pleura.image import find_films

IMAGES_FOLDER = "png_images"
MASKS_FOLDER = "png_masks"


def import_pairs(folder: Path) -> Source:
    """Pair each film of `png_images` with the mask of the same name in `png_masks`, empty masks included.

    Raises:
        DatasetError: one of the two folders is missing, or a film has no mask.
        InputNotFound: no film at all.
    """
    for name in (IMAGES_FOLDER, MASKS_FOLDER):
        if not (folder / name).is_dir():
            raise DatasetError(
                folder / name, "is no folder", f"A set of pairs has {IMAGES_FOLDER} and {MASKS_FOLDER}."
            )
    masks = films_by_id([path for path in (folder / MASKS_FOLDER).iterdir() if path.is_file()])
    films = films_by_id(find_films([str(folder / IMAGES_FOLDER)]))
    entries = []
    for name, film in films.items():
        if name not in masks:
            raise DatasetError(film, f"has no mask in {MASKS_FOLDER}", "Add one; all black where there is nothing.")
        entries.append(Entry(name, film, FileTruth(masks[name])))
    return Source("pairs", folder, tuple(entries), len(masks.keys() - films.keys()))
