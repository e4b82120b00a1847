"""Which items of reporting guidelines the report answers, where, and which it leaves to the authors.

CLAIM 2024 (Tejani et al., Radiology: Artificial Intelligence 6:e240300), TRIPOD+AI (Collins et al., BMJ
385:e078378) and Metrics Reloaded (Maier-Hein et al., Nature Methods 21:195). Items are named in our own words.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from pleura.output.page.frame import Cell, note, section, table

Answer = Literal["yes", "in part", "no"]


class Item(NamedTuple):
    """An item by its number, its subject, whether the report answers it, and where or what is missing."""

    number: str
    subject: str
    answer: Answer
    where: str


CLAIM = (
    Item("1-4", "title, abstract, background, aims", "no", "the authors' text"),
    Item("5", "prospective or retrospective", "no", "not recorded in a data set"),
    Item("6", "goal of the study", "no", "the authors' text"),
    Item("7", "sources of data", "in part", "Where it comes from: name, hash, importer; not the hospitals"),
    Item("8", "who was eligible", "in part", "films left out are counted; why films were taken is not recorded"),
    Item("9", "preprocessing", "in part", "Where it comes from: input size; the rest stands in the model file"),
    Item("10", "selection of parts of the data", "in part", "films judged of films in the set"),
    Item(
        "11",
        "de-identification",
        "in part",
        "no name or id stands in the report; how the films were treated before, no",
    ),
    Item("12", "missing data", "yes", "On whom: what is unknown is counted and is a stratum of its own"),
    Item("13", "how images were acquired", "in part", "On whom: view and spacing; not the devices"),
    Item("14-17", "reference standard and who drew it", "no", "not recorded in a data set"),
    Item("18", "variability between annotators", "no", "one published figure stands in the summary for scale"),
    Item(
        "19-20",
        "partitions and their level",
        "in part",
        "Methods: a cross-fit parts no patient; the box on top where they are shared; not how a set was split",
    ),
    Item("21", "size of the sample", "in part", "Methods: how many; not why as many"),
    Item("22", "the model", "in part", "Where it comes from: architecture, input, decision; the file by its hash"),
    Item("23", "software", "yes", "Where it comes from"),
    Item(
        "24-26",
        "initialisation, training, choice of the model",
        "no",
        "the recipe within the model file; the model card",
    ),
    Item("27", "ensembles", "in part", "Where it comes from: members of a blend"),
    Item("28", "metrics", "yes", "Every figure, with definitions"),
    Item(
        "29",
        "significance and uncertainty",
        "yes",
        "Methods: bootstrap over patients; tests of differences: `pleura compare`",
    ),
    Item("30", "robustness", "in part", "strata; with and without test-time augmentation; no change of devices"),
    Item("31", "explaining decisions", "in part", "Films: the outline is the reason; no saliency maps"),
    Item("32-33", "internal and external testing", "in part", "which of the two this is, the authors must say"),
    Item("34", "registration of a trial", "no", "the authors' text"),
    Item("35", "flow of patients", "in part", "films in the set, left out and judged"),
    Item(
        "36",
        "who the patients are, of each partition",
        "in part",
        "On whom: of the films judged, not of the training films",
    ),
    Item("37", "performance with uncertainty", "yes", "In short; Every figure"),
    Item("38", "diagnostic accuracy and its precision", "yes", "In short; Telling films apart; Right and wrong"),
    Item("39", "failures", "yes", "Films: missed, false alarms, worst; strata"),
    Item("40-41", "limits and meaning for practice", "no", "the authors' text"),
    Item(
        "42-44", "protocol, availability, funding", "in part", "model and data by hash; the rest is the authors' text"
    ),
)
TRIPOD = (
    Item("1-4", "title, abstract, background, aims", "no", "the authors' text"),
    Item("5-6", "data, dates, setting, eligibility", "in part", "Where it comes from; no dates and no hospitals"),
    Item("7", "preparation of data", "in part", "Where it comes from: notes of the data set"),
    Item("8", "outcome and how it was judged", "no", "who drew the outlines is not recorded"),
    Item("9", "predictors", "yes", "the film alone"),
    Item("10", "sample size", "in part", "Methods: how many; not why as many"),
    Item("11", "missing data", "yes", "On whom"),
    Item("12a", "how the data were used", "yes", "Methods: fixed, cross-fit or given outlines"),
    Item("12b-12c", "handling of predictors, type of model", "in part", "Where it comes from"),
    Item("12d", "differences between clusters, as hospitals", "in part", "strata of sites where known"),
    Item(
        "12e", "measures and plots of performance", "yes", "Telling films apart, Size, Right and wrong, Every figure"
    ),
    Item("12f", "updating of the model", "yes", "Methods: what was fitted anew, if anything"),
    Item("12g", "how predictions were made", "yes", "Where it comes from: model file by hash, decision, engine"),
    Item(
        "13",
        "handling of class imbalance",
        "in part",
        "In short: prevalence; sampling and losses stand in the recipe",
    ),
    Item("14", "fairness", "in part", "strata of sex, age and site where known; no ethnicity"),
    Item("15", "output of the model", "yes", "score, decision, outline; reliability of the probability"),
    Item("16", "training against evaluation data", "in part", "the box on top where they share films or patients"),
    Item("17-19", "ethics, open science, involvement of patients", "no", "the authors' text"),
    Item("20", "participants", "in part", "On whom: no flow of patients, no comparison with the training films"),
    Item("21", "numbers in each analysis", "yes", "Every figure: films each rests on"),
    Item("22", "specification of the model", "in part", "the model file by its hash"),
    Item("23a", "performance with intervals, also of groups", "yes", "In short; Every figure; strata"),
    Item("23b", "heterogeneity between clusters", "in part", "strata of sites where known"),
    Item("24", "results of updating", "no", "nothing is updated here"),
    Item("25-27", "interpretation, limits, use", "no", "the authors' text"),
)
METRICS = (
    Item("overlap", "a measure of overlap for each film, empty masks defined", "yes", "Dice; Methods"),
    Item(
        "border", "a measure of borders beside it, with a tolerance", "yes", "surface agreement, Hausdorff distance"
    ),
    Item("detection", "decision of the film judged by itself, at the chosen threshold", "yes", "Right and wrong"),
    Item("ranking", "a measure free of the threshold", "yes", "Telling films apart: AUROC, average precision"),
    Item("calibration", "probabilities judged as such", "yes", "Telling films apart: reliability; ECE, Brier"),
    Item("size", "small structures told apart", "yes", "Size; strata of size"),
    Item("prevalence", "figures that hang on it named", "yes", "predictive values and precision are marked so"),
    Item("aggregation", "by film, resampled by patient, undefined values counted", "yes", "Methods; Every figure"),
    Item("annotators", "uncertainty of the reference", "no", "one outline a film"),
    Item("instances", "each part of a pneumothorax by itself", "no", "masks are judged as a whole"),
)
_GUIDES = (("CLAIM 2024", CLAIM), ("TRIPOD+AI", TRIPOD), ("Metrics Reloaded", METRICS))


def checklist_section() -> str:
    """The three guidelines, item by item."""
    told = note(
        "Items of CLAIM and TRIPOD+AI by number, in our own words; the guidelines themselves say them in full. "
        "Metrics Reloaded numbers none: these are its considerations for the segmentation of one structure."
    )
    return section("Reporting guidelines", told, *(part for name, items in _GUIDES for part in _guide(name, items)))


def _guide(name: str, items: Iterable[Item]) -> tuple[str, str]:
    rows = [
        (item.number, Cell(item.subject), Cell(item.answer, faint=item.answer == "no"), Cell(item.where))
        for item in items
    ]
    return f"<h3>{name}</h3>", table(
        ("item", "subject", "answered", "where, or what is missing"), rows, wide=True, words=True
    )
