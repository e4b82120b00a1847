"""All that is found out about a data set, before it is drawn."""

from dataclasses import asdict, dataclass
from typing import Any

from pleura.data.alike import Watch
from pleura.data.dataset import Dataset
from pleura.data.show.counts import Count, Lengths, count_films, count_sizes, measure_lengths
from pleura.data.show.suspects import KINDS, Suspect, find_suspects


@dataclass(frozen=True)
class Survey:
    """What a data set holds.

    Attributes:
        counts: films by split, view, sex, age and site.
        sizes: the commonest native sizes.
        lengths: quartiles of pixel and film lengths, empty where no spacing is known.
        areas: share of the film that each mask covers, in (0, 1], of the films with a pneumothorax.
        suspects: suspicious cases, by kind, the worst first.
    """

    counts: tuple[Count, ...]
    sizes: tuple[tuple[str, int], ...]
    lengths: tuple[Lengths, ...]
    areas: tuple[float, ...]
    suspects: tuple[Suspect, ...]


def survey(dataset: Dataset, watch: Watch = iter) -> Survey:
    """Go through a data set once; `watch` sees films as they are read."""
    cases = dataset.cases
    return Survey(
        counts=count_films(cases),
        sizes=count_sizes(cases),
        lengths=measure_lengths(cases),
        areas=tuple(case.area for case in cases if case.present),
        suspects=find_suspects(dataset, watch),
    )


def survey_json(dataset: Dataset, found: Survey) -> dict[str, Any]:
    """The survey for a program: films go by id and by `row`, their line in cases.csv below the header, from 1."""
    record = dataset.record
    return {
        "name": record.name,
        "sha256": record.sha256,
        "labelled": record.labelled,
        "counts": [asdict(count) for count in found.counts],
        "sizes": [{"size": size, "films": films} for size, films in found.sizes],
        "lengths": [
            {**asdict(each), "ends": dict(zip(("least", "q25", "median", "q75", "most"), each.ends, strict=True))}
            for each in found.lengths
        ],
        "areas": list(found.areas),
        "suspects": [
            {
                "kind": suspect.kind,
                "what": KINDS[suspect.kind],
                "measured": suspect.words,
                "films": [{"row": film + 1, "id": dataset.cases[film].id} for film in suspect.films],
            }
            for suspect in found.suspects
        ],
    }
