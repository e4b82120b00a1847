"""How it was done: a paragraph ready to paste, and the record of software, readers and data."""

import platform
from collections.abc import Sequence
from html import escape

from pleura.data import Dataset
from pleura.evidence.report.reader import Reader, Rounds
from pleura.evidence.report.words import listed
from pleura.evidence.software import software_versions
from pleura.output.page.frame import facts, note, section

_HOW = {
    "fixed": "with the decision thresholds stored in its model file",
    "cross-fit": "by patient-wise cross-fitting: the decision thresholds (and the calibration, where there is one) "
    "that were applied to a film had been fitted on films of other patients only",
    "predictions": "from outlines that were given as files",
}


def methods_section(dataset: Dataset, readers: Sequence[Reader], rounds: Rounds) -> str:
    """The paragraph, marked as one to copy, and what it cannot know."""
    missing = (
        "To be added by the authors: where and when the films were taken, how they were chosen, who drew the true "
        "outlines and how often they agree, ethics, funding."
    )
    paragraph = f'<p class="paste">{escape(methods(dataset, readers, rounds))}</p>'
    return section("Methods, ready to paste", paragraph, note(missing))


def methods(dataset: Dataset, readers: Sequence[Reader], rounds: Rounds) -> str:
    """How the readers were judged, in the past tense of a paper."""
    evaluation = readers[0].first
    cases = [dataset.cases[int(index)] for index in evaluation.films]
    spaced = sum(case.row_mm is not None for case in cases)
    said = [
        f"The test set {dataset.record.name} held {len(cases):,} frontal chest radiographs of "
        f"{len({case.patient for case in cases}):,} patients, {sum(case.present for case in cases):,} of them with a "
        "pneumothorax outlined at native resolution.",
        *(_reader(reader) for reader in readers),
        "All scores were computed at the native size of each film. The Dice of two empty masks was 1 and that of "
        "exactly one empty mask 0; the Dice of films with a pneumothorax is given apart.",
        _surface(spaced, len(cases)),
        f"95 % confidence intervals are percentile intervals of {rounds.count:,} bootstrap replicates that resampled "
        f"patients with all their films (seed {rounds.seed}); a share of 0 or 1 has the exact interval "
        "(Clopper-Pearson) with each patient counted once.",
        f"Analyses were done with {_software()}.",
    ]
    return " ".join(said)


def _reader(reader: Reader) -> str:
    judgement = reader.judgement
    model = judgement.model
    named = (
        judgement.title if model is None else f"{model.spec.name} {model.spec.version}, SHA-256 {model.sha256[:12]}"
    )
    called = f'The reader "{judgement.title}"' + (f" ({named})" if model is not None else "")
    draws = f"; figures are the mean over {len(judgement.runs)} draws of the folds" if len(judgement.runs) > 1 else ""
    seen = "".join(f" Caution: {warning}." for warning in judgement.warnings)
    return f"{called} was judged {_HOW[judgement.kind]}{draws}.{seen}"


def _surface(spaced: int, films: int) -> str:
    """What the tolerance of surface distances was: mm, px, or either."""
    if spaced == films:
        return (
            "Normalised surface distance had a tolerance of 2 mm; distances are in mm in the plane of the detector."
        )
    if spaced == 0:
        return "No pixel spacing was known: normalised surface distance had a tolerance of 2 px."
    return (
        f"Normalised surface distance had a tolerance of 2 mm on the {spaced:,} films whose pixel spacing was known, "
        "and of 2 px on the others, which are reported apart."
    )


def _software() -> str:
    return listed([f"{name} {version}" for name, version in software_versions().items()])


def record_section(dataset: Dataset, readers: Sequence[Reader], rounds: Rounds) -> str:
    """Software, readers and data, so that the report can be made again."""
    record = dataset.record
    data = [
        ("data set", record.name),
        ("sha256 of the data", record.sha256),
        ("importer", record.kind),
        ("films of the set", f"{len(dataset):,}"),
        ("films judged", f"{readers[0].first.films.size:,}"),
        ("left out when it was prepared", f"{len(record.left_out):,}"),
        ("prepared by pleura", record.code_version),
    ]
    data += [("note", text) for text in record.notes]
    software = [
        ("system", f"{platform.system()} {platform.machine()}"),
        *software_versions().items(),
        ("bootstrap", f"{rounds.count:,} rounds over patients, seed {rounds.seed}"),
    ]
    parts = [
        f"<h3>{escape(reader.judgement.title)}</h3>{facts(reader.judgement.words)}{_notes(reader)}"
        for reader in readers
    ]
    columns = f"<div><h3>Data</h3>{facts(data)}</div><div><h3>Software</h3>{facts(software)}</div>"
    return section("Where it comes from", *parts, f'<div class="columns">{columns}</div>')


def _notes(reader: Reader) -> str:
    return "".join(map(note, reader.judgement.notes))
