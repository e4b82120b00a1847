"""SEG and SR of what readers said: made when they are first asked for, and kept beside the corrected masks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import numpy as np

from pleura.core.files import write_bytes
from pleura.core.measures import measure_film
from pleura.core.types import Finding, Mask
from pleura.image import read_film
from pleura.output import order
from pleura.output.read_document import finding_of_document
from pleura.output.write import WRITERS
from pleura.serve.folder import DataFolder
from pleura.serve.state.job import Job
from pleura.serve.state.reviews import Review, Verdict
from pleura.serve.work.pictures import read_grey, read_hemithoraces, read_mask

Kind = Literal["seg", "sr"]
KINDS: tuple[Kind, ...] = ("seg", "sr")


def reviewed_object(folder: DataFolder, job: Job, reviews: Sequence[Review], kind: Kind) -> Path | None:
    """The object of the last of some reviews; it is the same whenever it is made.

    Args:
        folder: where it is kept.
        job: a film that was read.
        reviews: those of the job up to the one that is asked for, oldest first.
        kind: `seg` or `sr`.

    Returns:
        Its file; None where there is no outline to show, for the reader rejects or stands by an empty one, and of a
        film that came without a header, or with one that does not say whose it is.

    Raises:
        UnreadableImage: the film has been deleted.
        FileNotFoundError: the results have been deleted.
    """
    if "sr.dcm" not in job.files:
        return None
    path = _path(folder, job, reviews[-1], kind)
    if path.is_file():
        return path
    made = _Reviewed(folder, job)
    if kind == "seg":
        return path if made.write(reviews, "seg") else None
    for count in range(1, len(reviews) + 1):
        if not _path(folder, job, reviews[count - 1], "sr").is_file():
            made.write(reviews[:count], "sr")
    return path


def newest_outline(reviews: Sequence[Review]) -> Review | None:
    """The last review that drew the outline; None where it is the model's own."""
    return next((review for review in reversed(reviews) if review.mask), None)


def _path(folder: DataFolder, job: Job, review: Review, kind: Kind) -> Path:
    return folder.reviews(job.id) / f"{review.version}.{kind}.dcm"


@dataclass(frozen=True)
class _Reviewed:
    """The film of a job and what was found on it, read once for all that is written."""

    folder: DataFolder
    job: Job

    def write(self, reviews: Sequence[Review], kind: Kind) -> bool:
        """Write the object of the last review; False where there is none to write."""
        review, drawn = reviews[-1], newest_outline(reviews)
        mask = self._own if drawn is None else read_mask(self.folder.reviews(self.job.id) / str(drawn.mask))
        if kind == "seg" and (review.verdict == "rejected" or not mask.any()):
            return False
        finding = self._found if drawn is None else self._measured_again(mask)
        said = order.Review(
            verdict=cast("Verdict", review.verdict),
            reader=review.reader,
            version=review.version,
            at=review.at,
            outline=self._made(drawn, mask),
            supersedes=self._earlier(reviews[:-1]) if kind == "sr" else (),
        )
        content = WRITERS[kind].encode(order.Order(finding, KINDS, review=said))
        if content is None:
            return False
        write_bytes(_path(self.folder, self.job, review, kind), content)
        return True

    @cached_property
    def _results(self) -> Path:
        return self.folder.result(self.job.id, str(self.job.result))

    @cached_property
    def _own(self) -> Mask:
        return read_mask(self._results / "mask.png")

    @cached_property
    def _found(self) -> Finding:
        """What the model found, from what was stored of it."""
        facts, film = self.job.film or {}, read_film(self.folder.film(self.job.film_sha256))
        film = replace(film, heart_at_left=facts.get("heart_at_left", False))
        likely = np.divide(read_grey(self._results / "probability.png"), 255, dtype=np.float32)
        return finding_of_document(self.job.finding or {}, film, self._own, likely)

    def _measured_again(self, mask: Mask) -> Finding:
        """The finding with the outline that a reader drew, measured by the same code."""
        found = self._found
        measured = measure_film(found.film, mask, read_hemithoraces(self._results / "hemithoraces.png"))
        kept = tuple(note for note in found.notes if note.code != "side_uncertain")
        return replace(
            found,
            present=bool(mask.any()),
            mask=mask,
            regions=measured.regions,
            measures=measured.measures,
            notes=(*kept, *measured.notes),
        )

    def _made(self, drawn: Review | None, mask: Mask) -> Literal["automatic", "semiautomatic", "manual"]:
        if drawn is None:
            return "automatic"
        return "semiautomatic" if (mask & self._own).any() else "manual"

    def _earlier(self, reviews: Sequence[Review]) -> tuple[bytes, ...]:
        """The reports that this one supersedes: the model's, and that of the review before."""
        last = [_path(self.folder, self.job, review, "sr") for review in reviews[-1:]]
        return tuple(path.read_bytes() for path in (self._results / "sr.dcm", *last))
