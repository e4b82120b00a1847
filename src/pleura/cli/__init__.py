"""The command line: one small module a verb, each of which parses, calls and prints.

Verbs are named by import path and loaded only when called, so that `pleura predict` never pays for what
training needs.
"""

import sys
from dataclasses import dataclass

from cyclopts import App

import pleura
from pleura.cli.console import open_streams, run


@dataclass(frozen=True)
class Verb:
    """One verb: its name, the function or app behind it, and its line in `pleura --help`."""

    name: str
    target: str
    summary: str


VERBS = (
    Verb("predict", "pleura.cli.predict:predict", "Outline and measure a pneumothorax on chest films."),
    Verb("batch", "pleura.cli.batch:batch", "Read very many films, exactly once each, here or on a cluster."),
    Verb("pacs", "pleura.cli.pacs:app", "Read studies of a PACS, and file the results beside their films."),
    Verb("deidentify", "pleura.cli.deidentify:deidentify", "Copy films without their patients, for sharing cases."),
    Verb("serve", "pleura.cli.serve:app", "Read films that come over HTTP or DICOM, and show them on a page."),
    Verb("audit", "pleura.cli.audit:app", "Check the audit log of a service."),
    Verb("bench", "pleura.cli.bench:bench", "Measure this machine, and which engine reads films best on it."),
    Verb("prepare", "pleura.cli.prepare:prepare", "Import a data set into one folder that training reads."),
    Verb("data", "pleura.cli.data:app", "Look at prepared data sets: what they hold, and what leaks between them."),
    Verb("train", "pleura.cli.train:train", "Train a model by a recipe."),
    Verb("pseudo", "pleura.cli.pseudo:pseudo", "Write what a model says of films as soft targets for training."),
    Verb("tune", "pleura.cli.tune:app", "Fit a model's decision on labelled films, or the rule of a cascade."),
    Verb("calibrate", "pleura.cli.calibrate:calibrate", "Fit the probability that a model gives."),
    Verb("evaluate", "pleura.cli.evaluate:evaluate", "Judge models, or outlines of other tools, on labelled films."),
    Verb("compare", "pleura.cli.compare:compare", "Say which of several models is better, and how sure that is."),
    Verb("export", "pleura.cli.export:export", "Write a run as a model file or blend, parity checked."),
    Verb("recipes", "pleura.cli.recipes:app", "List the recipes inside this package, or show one."),
    Verb("models", "pleura.cli.models:app", "List the models inside this package, or show one."),
)


def build_app(called: str | None = None) -> App:
    """The whole command line; nothing behind a verb is imported yet.

    The verb that is `called` keeps its own, longer help; the others are listed by their line.
    """
    app = App(name="pleura", help=pleura.__doc__, version=pleura.__version__)
    for verb in VERBS:
        app.command(verb.target, name=verb.name, help=None if verb.name == called else verb.summary)
    return app


def main() -> None:
    """Run the command line and exit with its code."""
    open_streams()
    arguments = sys.argv[1:]
    sys.exit(run(build_app(arguments[0] if arguments else None), arguments))
