"""`pleura deidentify`: films without their patients, for sharing cases."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

import pleura
from pleura.cli.console import EXIT_OK, EXIT_REFUSED, need_extra, say, track
from pleura.core.errors import UnreadableImage
from pleura.image import find_films

if TYPE_CHECKING:
    from pleura.data.sharing import Shared


def deidentify(
    films: Annotated[list[str], Parameter(name="films", negative="")],
    /,
    *,
    out: Path,
    key: Path | None = None,
    lenient: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Copy DICOM FILMS without their patients (PS3.15 Annex E): files, folders or patterns.

    Names, dates, private tags and all free text are left out; UIDs and patients are replaced, the same by the same.
    Nothing is done to text that is burned into the pixels: look at every film before you share it.

    The exit code is 0 if every film was written, 2 if any was refused, and 1 for an error that ends the run.

    Parameters
    ----------
    films
        DICOM files of frontal chest films, folders with such files, or patterns such as "films/*.dcm".
    out
        A new folder for the copies and manifest.json.
    key
        A secret file of 16 or more random bytes: the same key gives the same replacements in a later run.
        Whoever holds it can tell which patient is which.
    lenient
        Also read DICOM files without the preamble.
    as_json
        Print one line of JSON a film, without the name of the original.
    """
    need_extra("dicomanonymizer", "deidentify")
    from pleura.data.sharing import Pseudonyms, SharingError, check_folder, read_key, share, write_manifest

    check_folder(out)
    pseudonyms = Pseudonyms.fresh() if key is None else Pseudonyms(read_key(key))
    paths = find_films(films)
    shared: list[Shared] = []
    refused: list[str] = []
    for path in track(paths, "de-identifying films", total=len(paths)):
        try:
            shared.append(share(path, out, pseudonyms, lenient=lenient))
            print(json.dumps(shared[-1].document()) if as_json else _words(path, out, shared[-1]), flush=True)
        except (UnreadableImage, SharingError) as error:
            refused.append(error.code)
            if as_json:
                print(json.dumps({"refused": error.code}), flush=True)
            say(f"refused: {error}")
    write_manifest(out, shared, refused, pleura.__version__)
    say(f"{len(shared)} of {len(paths)} films copied: see {out}. Look at each for text in its pixels before sharing.")
    return EXIT_REFUSED if refused else EXIT_OK


def _words(path: Path, out: Path, film: "Shared") -> str:
    return "\n    ".join([str(path), *(note.text for note in film.notes), f"-> {out / film.file}"])
