"""An annotation file in COCO's format, checked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pleura.core.errors import DatasetError

Key = int | str
_WORD = "pneumothorax"
_Size = Annotated[int, Field(gt=0)]


class _Part(BaseModel):
    """What the format says beyond what is needed here is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Image(_Part):
    """One picture: its file, below the folder of films, and its size in px."""

    id: Key
    file_name: str
    height: _Size
    width: _Size

    @property
    def path(self) -> str:
        """The file's path below the folder of films, with forward slashes whatever wrote it."""
        return Path(self.file_name.replace("\\", "/")).as_posix()


class Runs(_Part):
    """A run-length code: `size` is rows and columns, `counts` numbers or their packed string."""

    size: tuple[_Size, _Size]
    counts: tuple[int, ...] | str


class Annotation(_Part):
    """One outline: polygons, a run-length code (as crowds have), or nothing but a box."""

    id: Key | None = None
    image_id: Key
    category_id: Key
    segmentation: Runs | tuple[tuple[float, ...], ...] | None = None


class Category(_Part):
    """What an outline is of."""

    id: Key
    name: str


class CocoFile(_Part):
    """The whole file."""

    images: tuple[Image, ...]
    annotations: tuple[Annotation, ...]
    categories: tuple[Category, ...]


def read_coco(path: Path) -> CocoFile:
    """Read an annotation file.

    Raises:
        DatasetError: it cannot be read, lacks a field, lists an id or a file twice, or outlines a picture that it
            does not list.
    """
    try:
        found = CocoFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DatasetError(path, f"{where}: {first['msg']}", "Export it again in COCO's format.") from error
    _each_once(path, "image id", (image.id for image in found.images))
    _each_once(path, "file", (image.path for image in found.images))
    _each_once(path, "annotation id", (each.id for each in found.annotations if each.id is not None))
    known = {image.id for image in found.images}
    for annotation in found.annotations:
        if annotation.image_id not in known:
            reason = f"annotation {annotation.id} is of image {annotation.image_id}, which is not among the images"
            raise DatasetError(path, reason, "Export it again with all images.")
    return found


def chosen_categories(path: Path, file: CocoFile, names: Sequence[str]) -> frozenset[Key]:
    """Ids of the categories of these names, in any case; without names, of the one that says pneumothorax.

    Raises:
        DatasetError: a name is not there, or none or several say pneumothorax.
    """
    listed = ", ".join(category.name for category in file.categories) or "none"
    if not names:
        saying = [category.id for category in file.categories if _WORD in category.name.casefold()]
        if len(saying) != 1:
            reason = f"has {len(saying)} categories that say {_WORD} (found: {listed})"
            raise DatasetError(path, reason, "Name those to take with --category.")
        return frozenset(saying)
    chosen: set[Key] = set()
    for name in names:
        same = {category.id for category in file.categories if category.name.casefold() == name.casefold()}
        if not same:
            raise DatasetError(path, f"has no category {name!r} (found: {listed})", "Name one that is there.")
        chosen |= same
    return frozenset(chosen)


def _each_once(path: Path, what: str, keys: Iterable[Key]) -> None:
    twice = [key for key, times in Counter(keys).items() if times > 1]
    if twice:
        raise DatasetError(path, f"lists {what} {twice[0]} twice", "Keep one of them.")
