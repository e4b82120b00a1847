"""Importer of COCO's layout: a folder of films and one JSON file of outlines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pleura.core.errors import DatasetError
from pleura.core.types import Mask
from pleura.data.coco_file import Annotation, CocoFile, Image, Key, Runs, chosen_categories, read_coco
from pleura.data.coco_rle import decode_counts, unpack_counts
from pleura.data.entry import Entry, Source, films_by_id
from pleura.data.known import AboutTables
from pleura.data.polygon import fill_polygon
from pleura.image import find_films

_NO_TABLES = AboutTables()


@dataclass(frozen=True)
class CocoTruth:
    """All outlines of one picture, merged; `path` is the file they stand in."""

    path: Path
    image: Image
    annotations: tuple[Annotation, ...]

    def mask(self, shape: tuple[int, int]) -> Mask:
        """See `Truth.mask`; the film must have the size that the file gives."""
        listed = (self.image.height, self.image.width)
        if listed != shape:
            reason = f"gives {self.image.file_name} {_size(listed)} pixels, but the film has {_size(shape)}"
            raise DatasetError(self.path, reason, "Take the films that the outlines were drawn on.")
        whole = np.zeros(shape, dtype=np.bool_)
        for annotation in self.annotations:
            parts = self._parts(annotation, shape)
            if not any(part.any() for part in parts):
                raise self._damaged(annotation, "it outlines no pixel")
            for part in parts:
                whole |= part
        return whole

    def _parts(self, annotation: Annotation, shape: tuple[int, int]) -> list[Mask]:
        outline = annotation.segmentation
        if not outline:
            raise self._damaged(annotation, "it has no outline, and a box is none")
        try:
            if isinstance(outline, Runs):
                return [_runs(outline, shape)]
            return [fill_polygon(points, shape) for points in outline]
        except ValueError as error:
            raise self._damaged(annotation, str(error)) from error

    def _damaged(self, annotation: Annotation, reason: str) -> DatasetError:
        name = "" if annotation.id is None else f" {annotation.id}"
        return DatasetError(
            self.path, f"annotation{name} of {self.image.file_name}: {reason}", "Mend or remove that annotation."
        )


def import_coco(
    folder: Path, annotations: Path, categories: Sequence[str] = (), tables: AboutTables = _NO_TABLES
) -> Source:
    """Pair the films below `folder` with their outlines; polygons and run-length codes of a film are merged.

    The file's list of images is the set: a film in the folder that it does not list is left out (several files, such
    as train and val, may share a folder), one that it lists and that is not there is counted; the record says how
    many. An image without an annotation of the chosen categories is a film without a pneumothorax.

    Args:
        folder: `file_name` is a path below it.
        annotations: the JSON file.
        categories: names of the categories to take; by default the one that says pneumothorax.
        tables: what else is known of the films.

    Raises:
        DatasetError: the file is damaged, a category is not there, or two films have one id.
        InputNotFound: no film at all.
    """
    file = read_coco(annotations)
    chosen = chosen_categories(annotations, file, categories)
    found = {path.relative_to(folder).as_posix(): path for path in find_films([str(folder)])}
    there = [image for image in file.images if image.path in found]
    if not there:
        raise DatasetError(annotations, f"lists none of the films in {folder}", "Name the folder of its images.")
    outlines = _by_image(file, chosen)
    films = {found[image.path]: image for image in there}
    about = tables.read()
    entries = tuple(
        Entry(name, path, CocoTruth(annotations, films[path], outlines[films[path].id]), about.of(name))
        for name, path in films_by_id(list(films)).items()
    )
    other = sum(each.category_id not in chosen for each in file.annotations)
    notes = (
        f"Truth: {annotations.name}, categories {', '.join(_names(file, chosen))}; {other} annotations of others and "
        f"{len(found) - len(there)} films that it does not list were left out.",
        *about.notes,
    )
    return Source("coco", folder, entries, len(file.images) - len(there), notes)


def _by_image(file: CocoFile, chosen: frozenset[Key]) -> dict[Key, tuple[Annotation, ...]]:
    outlines: dict[Key, list[Annotation]] = defaultdict(list)
    for annotation in file.annotations:
        if annotation.category_id in chosen:
            outlines[annotation.image_id].append(annotation)
    return {image.id: tuple(outlines[image.id]) for image in file.images}


def _names(file: CocoFile, chosen: frozenset[Key]) -> list[str]:
    return sorted(category.name for category in file.categories if category.id in chosen)


def _runs(runs: Runs, shape: tuple[int, int]) -> Mask:
    if runs.size != shape:
        raise ValueError(f"its run-length code is of {_size(runs.size)} pixels, the film of {_size(shape)}")
    return decode_counts(unpack_counts(runs.counts) if isinstance(runs.counts, str) else runs.counts, shape)


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]} x {shape[1]}"
