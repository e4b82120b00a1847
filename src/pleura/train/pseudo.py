"""Soft targets from a model or a blend: read every film, refuse those in doubt, write a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pleura
from pleura.core.errors import ModelFileError
from pleura.core.files import sha256_of, write_bytes
from pleura.core.metrics import count_films, dice_scores, film_counts
from pleura.core.postprocess import Verdict, decide_grid, lay_over, presence_threshold
from pleura.core.spec import SoftOrigin
from pleura.core.types import Mask, Pixels, Radiograph
from pleura.data import Dataset
from pleura.data.dataset import combined_hash
from pleura.data.store import new_folder
from pleura.evidence.films import Watch, read_case
from pleura.predict import Predictor
from pleura.runtime import Blend, Model
from pleura.train.soft import FILMS, MAPS, RECORD, SoftFilm, SoftRecord, SoftSet, films_csv, load_soft


@dataclass(frozen=True)
class Filter:
    """Which films are kept.

    Those asked about a film are the members of a blend, or a lone model on the film as it is and mirrored. A film
    with a pneumothorax is kept where their outlines agree: their mean Dice over all pairs is `agreement` or more. A
    film without one is kept where it is clearly under the threshold of presence: no score of anyone exceeds
    1 - `agreement` of it. 0 keeps every film and asks nobody.
    """

    agreement: float

    def passes(self, told: Verdict, asked: Sequence[Verdict], threshold: float) -> bool:
        """Whether a film is kept of which `told` is the decision and `asked` those of the ones asked."""
        if self.agreement == 0:
            return True
        if told.present:
            return mean_dice([verdict.mask for verdict in asked]) >= self.agreement
        highest = max(verdict.score for verdict in (told, *asked))
        return highest <= (1 - self.agreement) * threshold


def mean_dice(masks: Sequence[Mask]) -> float:
    """Mean Dice over all pairs of masks, in [0, 1]; two empty ones agree, and so does a single one."""
    counts = count_films(film_counts(one, other) for one, other in combinations(masks, 2))
    scores = dice_scores(counts.intersections, counts.predicted, counts.true)
    return float(scores.mean()) if scores.size else 1.0


@dataclass(frozen=True, eq=False)
class Teacher:
    """A model or a blend that says what others shall learn; `round` insists on which round it teaches."""

    source: Model | Blend
    predictor: Predictor
    round: int | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The sha256 of each round's model, oldest first and this one last; a blend goes on from its latest member.

        Raises:
            ModelFileError: these would be soft targets of another round.
        """
        source = self.source
        members = source.models if isinstance(source, Blend) else (source,)
        learned = [one.spec.training.soft.models for one in members if one.spec.training and one.spec.training.soft]
        chain = (*max(learned, key=len, default=()), source.sha256)
        if self.round not in (None, len(chain)):
            reason = f"teaches round {len(chain)}, not {self.round}: it learned the soft targets of {len(chain) - 1}"
            raise ModelFileError(source.path, reason, "Leave --round out, or name the model of the round before.")
        return chain


def pseudo(
    teacher: Teacher, dataset: Dataset, films: NDArray[np.int64], keep: Filter, out: Path, watch: Watch = iter
) -> SoftSet:
    """Read films with a model and write what it says of them to the new folder `out`; no label is looked at.

    The maps are those that reading gives, test-time augmentation as the model's decision says, laid over the data
    set's own grid and rounded to 255 steps.

    Args:
        teacher: who speaks.
        dataset: a prepared data set.
        films: (N,) positions of the films to read.
        keep: which of them may be learned.
        out: a folder that does not exist yet; nothing is left there if anything fails.
        watch: sees each film as its turn comes.

    Raises:
        DatasetError: `out` exists, or a film was changed since the data set was made.
        UnreadableImage: a film is refused.
        ModelFileError: the model does not teach the round that is insisted on.
    """
    models, side = teacher.models, dataset.record.side
    with new_folder(out) as folder:
        maps = np.lib.format.open_memmap(folder / MAPS, mode="w+", dtype=np.uint8, shape=(len(films), side, side))
        told = []
        for row, index in enumerate(watch([int(index) for index in films])):
            plane, film = _read(teacher.predictor, dataset, index, keep)
            maps[row] = np.rint(plane * 255)
            told.append(film)
        maps.flush()
        write_bytes(folder / FILMS, films_csv(told))
        files = {name: sha256_of(folder / name) for name in (FILMS, MAPS)}
        origin = SoftOrigin(sha256=combined_hash(files), models=models)
        record = _record(teacher, dataset, keep, told, origin, files)
        write_bytes(folder / RECORD, record.model_dump_json(indent=2).encode("utf-8") + b"\n")
    return load_soft(out)


def _read(predictor: Predictor, dataset: Dataset, index: int, keep: Filter) -> tuple[Pixels, SoftFilm]:
    """The map of one film on the data set's grid, (side, side) in [0, 1], and what else is told of it."""
    case, film = dataset.cases[index], read_case(dataset, index)
    maps = predictor.maps(film)
    told = decide_grid(maps, predictor.spec, predictor.decision)
    asked = _ask(predictor, film) if keep.agreement > 0 else []
    said = SoftFilm(
        id=case.id,
        sha256=case.sha256,
        kept=keep.passes(told, asked, presence_threshold(predictor.decision)),
        present=told.present,
        score=told.score,
        label=float(told.present) if maps.label is None else maps.label,
        agreement=mean_dice([verdict.mask for verdict in asked]),
    )
    return lay_over(maps, dataset.record.side, predictor.spec).mask, said


def _ask(predictor: Predictor, film: Radiograph) -> list[Verdict]:
    return [decide_grid(maps, predictor.spec, predictor.decision) for maps in predictor.opinions(film)]


def _record(
    teacher: Teacher,
    dataset: Dataset,
    keep: Filter,
    films: Sequence[SoftFilm],
    origin: SoftOrigin,
    files: dict[str, str],
) -> SoftRecord:
    kept = [film for film in films if film.kept]
    return SoftRecord(
        model=teacher.predictor.identity.name,
        version=teacher.predictor.identity.version,
        origin=origin,
        decision=teacher.predictor.decision,
        data_name=dataset.record.name,
        data_sha256=dataset.record.sha256,
        data_folder=str(dataset.folder.resolve()),
        side=dataset.record.side,
        agreement=keep.agreement,
        kept=len(kept),
        kept_present=sum(film.present for film in kept),
        refused=len(films) - len(kept),
        files=files,
        code_version=pleura.__version__,
    )
