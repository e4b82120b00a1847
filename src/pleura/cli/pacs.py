"""`pleura pacs`: read the films of studies in a PACS, and file the results beside them."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from pleura.cli.console import EXIT_ERROR, EXIT_OK, EXIT_REFUSED, need_extra, say, track

if TYPE_CHECKING:
    from pleura.pacs import Link, StudyOutcome
    from pleura.predict import Predictor

app = App(name="pacs", help="Read the films of studies in a PACS, and file the results beside them (docs/pacs.md).")


@app.command
def check(config: Path, /) -> int:
    """Ask whether the PACS of CONFIG answers: C-ECHO by DIMSE, one QIDO-RS request by DICOMweb. Nothing is repeated.

    Parameters
    ----------
    config
        A config file (TOML, see docs/pacs.md).
    """
    _need_extras()
    from pleura.core.retry import Retry
    from pleura.pacs import open_link, read_config

    settings = read_config(config).model_copy(update={"retry": Retry(attempts=1)})
    with open_link(settings) as link:
        print(f"read: {link.source.check()}", flush=True)
        print(f"write: {link.target.check()}", flush=True)
    return EXIT_OK


@app.command
def read(
    config: Path,
    /,
    *,
    study: str | None = None,
    date: str | None = None,
    accession: str | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Read the films of the studies that match, and store SEG, SR and one summary a study in the PACS.

    A second run stores nothing again. The exit code is 0 if every film was read, 2 if any was refused, and 1 for an
    error, for a film that the PACS does not give, and where no study has the UID or accession number. A study that
    fails does not keep the others from being read, unless the PACS no longer answers or lets us in. Research use. Not
    a medical device.

    Parameters
    ----------
    config
        A config file (TOML, see docs/pacs.md).
    study
        A Study Instance UID.
    date
        The day of the study, YYYYMMDD, or days, YYYYMMDD-YYYYMMDD.
    accession
        An accession number.
    dry_run
        Read the films and say what would be stored, but store nothing.
    as_json
        Print one line of JSON a study instead of words.
    """
    _need_extras()
    from pleura.pacs import StudyQuery, open_link, read_config
    from pleura.predict import load_predictor
    from pleura.runtime.engine import EngineChoice

    query = StudyQuery(study, date, accession)
    settings = read_config(config)
    with open_link(settings) as link:
        studies = link.source.studies(query)
        if not studies and (study or accession):
            say("no study matches")
            return EXIT_ERROR
        wanted, outcomes = settings.result, []
        predictor = load_predictor(wanted.model, EngineChoice(precision=wanted.precision), gate=wanted.gate)
        for outcome in _outcomes(link, predictor, track(studies, "reading studies"), dry_run):
            print(json.dumps(dataclasses.asdict(outcome)) if as_json else _words(outcome), flush=True)
            outcomes.append(outcome)
    return _summed(outcomes, len(studies) - len(outcomes))


def _summed(outcomes: Sequence["StudyOutcome"], failed: int) -> int:
    """Say how many films were read, and give the exit code."""
    films, refused, lost = (sum(each) for each in zip(*map(_counts, outcomes), (0, 0, 0), strict=True))
    more = (f", {lost} films not given by the PACS" if lost else "") + (
        f", {failed} studies failed" if failed else ""
    )
    say(f"{len(outcomes) + failed} studies, {films - refused - lost} of {films} films read{more}")
    if failed or lost:
        return EXIT_ERROR
    return EXIT_REFUSED if refused else EXIT_OK


def _counts(outcome: "StudyOutcome") -> tuple[int, int, int]:
    return len(outcome.films), outcome.refused, outcome.lost


def _outcomes(link: "Link", predictor: "Predictor", studies: Iterable[str], dry: bool) -> Iterator["StudyOutcome"]:
    """Read studies one after the other; one that fails costs itself only.

    Raises:
        PacsError: the PACS no longer answers, or does not let us in.
    """
    from pleura.core.errors import EngineError
    from pleura.pacs import read_study
    from pleura.pacs.errors import Answered, Busy

    for uid in studies:
        try:
            yield read_study(link, uid, predictor, dry=dry)
        except (Answered, Busy, EngineError) as error:
            say(f"study {uid}: {error}")


def _words(outcome: "StudyOutcome") -> str:
    lines = [f"study {outcome.study}"]
    for film in outcome.films:
        score = "" if film.score is None else f" (score {film.score:.4f}, threshold {film.threshold:.4f})"
        why = "not given" if film.lost else "refused"
        word = "" if film.status == "read" else f"{why} [{film.status}]: "
        lines.append(f"film {film.uid}: {word}{film.message}{score}")
    lines += [f"{result.format} {result.uid}: {result.state}" for result in outcome.results]
    return "\n    ".join(lines)


def _need_extras() -> None:
    for module in ("dicomweb_client", "pynetdicom", "requests"):
        need_extra(module, "pacs")
