"""Figures of a gate on pictures that it did not learn from: counts, with exact intervals where they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.gate import SetPoints
from pleura.evidence.figures.exact import exact_interval
from pleura.train.gate.examples import Examples
from pleura.train.gate.learn import answers, learn, set_points
from pleura.train.gate.network import GateHeads

Figures = dict[str, tuple[int, int]]

_FOLDS = 3


@dataclass(frozen=True, eq=False)
class Sets:
    """Examples by their use; no group of pictures stands in two of the first three.

    Attributes:
        learned: variants to learn from.
        usual: frontal films hung as usual that set the points.
        held_out: frontal films hung as usual that judge.
        hung: the same films of `held_out`, each turned, mirrored or inverted.
        others: pictures that are no frontal films as they are, once each; variants of them stand in `learned`.
    """

    learned: Examples
    usual: Examples
    held_out: Examples
    hung: Examples
    others: Examples


def passing(heads: GateHeads, points: SetPoints, films: Examples) -> Figures:
    """How many frontal films hung as usual pass, and how few of them are called otherwise, by source and over all."""
    said = answers(heads, films)
    wrong = {
        "turned": said["turn"][:, 1:].max(axis=1) >= points.turn,
        "heart at the left": said["mirrored"] >= points.mirrored,
        "inverted": said["inverted"] >= points.inverted,
    }
    figures = {"frontal films pass": _count(said["frontal"] >= points.frontal)}
    for source in sorted(set(films.source)):
        figures[f"frontal films pass: {source}"] = _count(said["frontal"][films.source == source] >= points.frontal)
    figures |= {f"frontal films hung as usual called {name}": _count(hits) for name, hits in wrong.items()}
    known = films.view.numpy() >= 0
    pa, truth = said["pa"][known], films.view.numpy()[known] == 1
    named = np.maximum(pa, 1 - pa) >= points.view
    figures["views named"] = _count(named)
    figures["named views right"] = _count((pa[named] >= 0.5) == truth[named])
    return figures


def hanging(heads: GateHeads, points: SetPoints, hung: Examples) -> Figures:
    """How many turned, mirrored and inverted frontal films are noticed; turned ones also pass."""
    said = answers(heads, hung)
    turn, mirrored, inverted = hung.turn.numpy(), hung.mirrored.numpy(), hung.inverted.numpy()
    best = said["turn"][:, 1:].argmax(axis=1) + 1
    noticed = (said["turn"][:, 1:].max(axis=1) >= points.turn) & (best == turn)
    return {
        "turned films noticed, by the right angle": _count(noticed[turn > 0]),
        "mirrored films with a note on the heart": _count((said["mirrored"] >= points.mirrored)[mirrored]),
        "inverted films noticed": _count((said["inverted"] >= points.inverted)[inverted]),
        "turned films pass": _count((said["frontal"] >= points.frontal)[turn > 0]),
        "mirrored films pass": _count((said["frontal"] >= points.frontal)[mirrored]),
        "inverted films pass": _count((said["frontal"] >= points.frontal)[inverted]),
    }


def leave_patients_out(sets: Sets, seed: int) -> Figures:
    """How many pictures of each source are refused by heads that saw others of that source, none of the patient."""
    groups = sorted(set(sets.others.group))
    hits: dict[str, list[bool]] = {source: [] for source in sorted(set(sets.others.source))}
    for fold in range(_FOLDS):
        out = groups[fold::_FOLDS]
        heads = learn(sets.learned.where(~np.isin(sets.learned.group, out)), seed)
        judged = sets.others.where(np.isin(sets.others.group, out))
        refused = answers(heads, judged)["frontal"] < set_points(heads, sets.usual).frontal
        for source, hit in zip(judged.source, refused, strict=True):
            hits[str(source)].append(bool(hit))
    return {f"refused, patient left out: {source}": _count(hit) for source, hit in hits.items()}


def leave_one_source_out(sets: Sets, seed: int) -> Figures:
    """How many pictures of each source are refused by heads that never saw one of that source.

    The same for the sources of frontal films, where there are several: how many pass that come from elsewhere than
    all that was learned and that set the points.
    """
    figures = {}
    for source in sorted(set(sets.others.source)):
        heads = learn(sets.learned.where(sets.learned.source != source), seed)
        refused = answers(heads, sets.others.where(sets.others.source == source))["frontal"]
        points = set_points(heads, sets.usual)
        figures[f"refused, source left out: {source}"] = _count(refused < points.frontal)
    frontal = sorted(set(sets.usual.source) & set(sets.held_out.source))
    for source in frontal if len(frontal) > 1 else ():
        heads = learn(sets.learned.where(sets.learned.source != source), seed)
        points = set_points(heads, sets.usual.where(sets.usual.source != source))
        passed = answers(heads, sets.held_out.where(sets.held_out.source == source))["frontal"] >= points.frontal
        figures[f"frontal films pass, source left out: {source}"] = _count(passed)
    return figures


def table(figures: Figures) -> str:
    """Figures as Markdown, a row each."""
    rows = [f"| {name} | {hits} of {total} | {_share(hits, total)} |" for name, (hits, total) in figures.items()]
    return "\n".join(["| | count | share, exact 95 % interval |", "|---|---|---|", *rows])


def _share(hits: int, total: int) -> str:
    low, high = exact_interval(hits, total)
    return f"{hits / total:.1%} ({low:.1%} to {high:.1%})"


def _count(hits: NDArray[np.bool_] | Iterable[bool]) -> tuple[int, int]:
    found = np.asarray(hits, dtype=bool)
    return int(found.sum()), len(found)
