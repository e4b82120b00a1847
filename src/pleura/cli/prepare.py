"""`pleura prepare`: import a data set into one folder that training and evaluation read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pleura.cli.console import EXIT_OK, EXIT_REFUSED, say, track
from pleura.data.candid import import_candid
from pleura.data.case import Split
from pleura.data.coco import import_coco
from pleura.data.entry import Source
from pleura.data.id_list import read_ids
from pleura.data.known import AboutTables
from pleura.data.lungs import import_lungs
from pleura.data.nih import NihTables, import_nih
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan
from pleura.data.prepare import prepare as run
from pleura.data.ptx498 import import_ptx498
from pleura.data.record import REFUSED
from pleura.data.reviewed import import_reviewed
from pleura.data.siim import SIIM_SIZE, SiimTables, import_siim
from pleura.data.splits import SplitPlan
from pleura.data.unlabelled import import_unlabelled

prepare = App(name="prepare", help="Import a data set into one folder that training and evaluation read.")


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What every importer takes.

    Attributes:
        side: Rows and columns of the stored pixels and masks.
        val: Share of the films to validate on.
        test: Share of the films to test on.
        val_ids: A text file of film ids, one a line: exactly these validate, all others train.
        all_as: Put every film into this split.
        drop_straddling: Leave out training films of a given validation film's patient or group.
        skip_refused: Leave out films that cannot be read (exit code 2), instead of stopping at the first.
        seed: Of the random split.
    """

    side: int = 512
    val: float = 0.15
    test: float = 0.0
    val_ids: Path | None = None
    all_as: Split | None = None
    drop_straddling: Annotated[bool, Parameter(negative="")] = False
    skip_refused: Annotated[bool, Parameter(negative="")] = False
    seed: int = 42

    def plan(self) -> PreparePlan:
        """The same, checked."""
        split = SplitPlan(
            val=self.val,
            test=self.test,
            val_ids=read_ids(self.val_ids) if self.val_ids else None,
            all_as=self.all_as,
            seed=self.seed,
            drop_straddling=self.drop_straddling,
        )
        return PreparePlan(side=self.side, split=split, skip_refused=self.skip_refused)


_DEFAULT = Options()
Folder = Annotated[Path, Parameter(help="The folder that holds the data set.")]
Out = Annotated[Path, Parameter(help="The folder to make; it must not exist yet.")]


@prepare.command
def siim(
    folder: Folder,
    /,
    *,
    rle: Path,
    out: Out,
    rle_size: int = SIIM_SIZE,
    cases: Path | None = None,
    patients: Path | None = None,
    options: Options = _DEFAULT,
) -> int:
    """Import films (DICOM, PNG, JPEG, TIFF, WebP) below FOLDER with a table of run-length codes.

    Parameters
    ----------
    rle
        `ImageId, EncodedPixels`, .csv or .csv.gz.
    rle_size
        Rows and columns that the codes were drawn at.
    cases
        A table with image_id and any of sex, age, view, patient, site, row_spacing_mm, column_spacing_mm.
    patients
        A table of films and patients, or of films and ChestX-ray14 file names. With the latter, --cases may be
        ChestX-ray14's own table.
    """
    tables = SiimTables(codes=rle, size=rle_size, cases=cases, patients=patients)
    return _import(import_siim(folder, tables), out, options)


@prepare.command
def pairs(folder: Folder, /, *, out: Out, options: Options = _DEFAULT) -> int:
    """Import FOLDER/png_images with the masks of the same names in FOLDER/png_masks."""
    return _import(import_pairs(folder), out, options)


@prepare.command
def ptx498(folder: Folder, /, *, out: Out, options: Options = _DEFAULT) -> int:
    """Import PTX-498: FOLDER/SiteA, SiteB, SiteC with N.1.img.png and N.2.mask.png."""
    return _import(import_ptx498(folder), out, options)


@prepare.command
def coco(
    folder: Folder,
    /,
    *,
    annotations: Path,
    out: Out,
    category: list[str] | None = None,
    cases: Path | None = None,
    patients: Path | None = None,
    options: Options = _DEFAULT,
) -> int:
    """Import films below FOLDER with a JSON file of outlines in COCO's format: polygons or run-length codes.

    Parameters
    ----------
    annotations
        The JSON file; its images are the set, and those without an outline have no pneumothorax.
    category
        Name of a category to take, several times for several; by default the one that says pneumothorax.
    cases
        A table with image_id and any of sex, age, view, patient, site, row_spacing_mm, column_spacing_mm.
    patients
        A table of films and patients.
    """
    source = import_coco(folder, annotations, category or (), AboutTables(cases, patients))
    return _import(source, out, options)


@prepare.command
def candid(
    folder: Folder, /, *, table: Path, out: Out, cases: Path | None = None, options: Options = _DEFAULT
) -> int:
    """Import CANDID-PTX: DICOM films below FOLDER, named by SOP instance UID, and Pneumothorax_reports.csv.

    Parameters
    ----------
    table
        `SOPInstanceUID, EncodedPixels` and, where it is there, `filename`, which begins with the patient's number.
    cases
        A table with image_id and any of sex, age, view, patient, site, row_spacing_mm, column_spacing_mm.
    """
    return _import(import_candid(folder, table, AboutTables(cases)), out, options)


@prepare.command
def nih(
    folder: Folder,
    /,
    *,
    table: Path,
    out: Out,
    rle: Path | None = None,
    rle_size: int = SIIM_SIZE,
    names: Annotated[Path | None, Parameter(name="--map")] = None,
    options: Options = _DEFAULT,
) -> int:
    """Import ChestX-ray14: films below FOLDER and Data_Entry_2017.csv; without labels unless --rle gives outlines.

    Parameters
    ----------
    table
        Data_Entry_2017.csv, or its later version: patient, view, sex, age and true spacing.
    rle
        `ImageId, EncodedPixels` of those films that were outlined; only these are imported.
    rle_size
        Rows and columns that the codes were drawn at.
    names
        A table of the ids in --rle and ChestX-ray14 file names, where they differ.
    """
    return _import(import_nih(folder, NihTables(table, rle, rle_size, names)), out, options)


@prepare.command
def lungs(
    folder: Folder,
    /,
    *,
    out: Out,
    permissive: Annotated[bool, Parameter(negative="")] = False,
    options: Options = _DEFAULT,
) -> int:
    """Import outlined lungs, for a model that finds lungs: FOLDER/images, masks of the same names, index.csv.

    Parameters
    ----------
    permissive
        Take only films whose own licence is stated and asks for no more than their authors' names (CC BY, CC0,
        public domain), so that what is learned from them is as free.
    """
    return _import(import_lungs(folder, permissive), out, options)


@prepare.command
def reviewed(folder: Folder, /, *, out: Out, options: Options = _DEFAULT) -> int:
    """Import what readers accepted or corrected: a folder that `pleura serve export-reviews` wrote."""
    return _import(import_reviewed(folder), out, options)


@prepare.command
def unlabelled(
    folder: Folder,
    /,
    *,
    out: Out,
    cases: Path | None = None,
    side: int = 512,
    skip_refused: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Import films below FOLDER of which nobody drew an outline, for `train --unlabelled` and `pseudo`.

    Parameters
    ----------
    cases
        A table with image_id or file, and any of sex, age, view, patient, site.
    side
        Rows and columns of the stored pixels.
    skip_refused
        Leave out films that cannot be read (exit code 2), instead of stopping at the first.
    """
    options = Options(side=side, all_as="train", skip_refused=skip_refused)
    return _import(import_unlabelled(folder, cases), out, options)


def _import(source: Source, out: Path, options: Options) -> int:
    dataset = run(source, out, options.plan(), watch=lambda entries: track(entries, "Reading films"))
    record = dataset.record
    counts = record.counts
    splits = ", ".join(f"{name} {size}" for name, size in sorted(counts.splits.items()))
    having = f"{counts.present} with {record.outlined}" if record.labelled else "without labels"
    say(f"{out}: {counts.films} films ({splits}), {having}, {counts.patients} patients")
    unknown = ", ".join(f"{column} {films}" for column, films in record.unknown.items() if films)
    if unknown:
        say(f"Unknown, by films: {unknown}; more in {out / 'dataset.json'}")
    for film in record.left_out:
        say(f"Left out: {film.id}: {film.reason}")
    refused = any(film.reason.startswith(REFUSED) for film in record.left_out)
    return EXIT_REFUSED if refused else EXIT_OK
