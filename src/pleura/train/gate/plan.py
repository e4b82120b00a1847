"""Which pictures the gate learns from, which set its points and which judge it: the one way to its file."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import pleura
from pleura.core.gate import TURNS, GateRecord, GateSpec
from pleura.core.preprocess import to_input
from pleura.data import Dataset
from pleura.runtime.gatefile import GateFile
from pleura.train.gate.examples import GATE_INPUT, embed
from pleura.train.gate.export import export_gate
from pleura.train.gate.judge import Figures, Sets, hanging, leave_one_source_out, leave_patients_out, passing
from pleura.train.gate.learn import learn, set_points
from pleura.train.gate.network import ENCODER, STAGES, GateEncoder, GateNetwork
from pleura.train.gate.pictures import Picture
from pleura.train.gate.variants import Variant, as_it_is, disturbed, drawn, tight_crop

_FOR_POINTS = 7
"""One group of the films to learn from in so many sets points instead."""
_LIBRARIES = ("numpy", "timm", "torch")
_CHECKED = 16


@dataclass(frozen=True)
class Amounts:
    """How many variants are drawn: of each frontal film, of each other picture, crops a film, and drawings."""

    frontal: int = 2
    other: int = 14
    crops: float = 0.3
    drawings: int = 400


@dataclass(frozen=True, eq=False)
class GatePictures:
    """All pictures of a gate.

    Attributes:
        frontal: films to learn from, or to set points by.
        held_out: films that judge.
        others: pictures that are no frontal chest films.
        data_sha256: of the data sets and lists they came from, by name.
    """

    frontal: list[Picture]
    held_out: list[Picture]
    others: list[Picture]
    data_sha256: dict[str, str]


Say = Callable[[str], None]


def make_sets(pictures: GatePictures, encoder: GateEncoder, amounts: Amounts, seed: int, say: Say) -> Sets:
    """Draw variants of every picture and show them to the encoder."""
    learning, points = _parted(pictures.frontal)
    generator = np.random.default_rng(seed)
    say(f"{len(learning)} frontal films to learn from, {len(points)} to set points by, {len(pictures.others)} others")
    learned = embed(_variants(learning, pictures.others, amounts, generator), encoder)
    say(f"{len(learned)} variants seen")
    usual, held_out, others = (
        embed((as_it_is(picture) for picture in chosen), encoder)
        for chosen in (points, pictures.held_out, pictures.others)
    )
    hung = embed(_hung(pictures.held_out, generator), encoder)
    return Sets(learned, usual, held_out, hung, others)


def train_gate(
    pictures: GatePictures, path: Path, release: str, *, seed: int, say: Say, amounts: Amounts | None = None
) -> tuple[GateFile, Figures]:
    """Train a gate, judge it on what it did not see, and write its file.

    Args:
        pictures: what it learns from and is judged on.
        path: the file.
        release: the gate's version.
        seed: of variants and heads.
        say: is told what goes on.
        amounts: how many variants are drawn.

    Raises:
        TrainingError: an engine disagrees with torch, or the encoder's weights are not installed.
    """
    encoder = GateEncoder()
    sets = make_sets(pictures, encoder, amounts or Amounts(), seed, say)
    heads = learn(sets.learned, seed)
    points = set_points(heads, sets.usual)
    say(f"set points: {points}")
    figures = {
        **passing(heads, points, sets.held_out),
        **hanging(heads, points, sets.hung),
        **leave_patients_out(sets, seed),
        **leave_one_source_out(sets, seed),
    }
    spec = GateSpec(
        name="gate",
        version=release,
        input=GATE_INPUT,
        points=points,
        training=GateRecord(
            pictures=_counted(sets.learned.source.tolist()),
            set_on=_counted(sets.usual.source.tolist()),
            data_sha256=pictures.data_sha256,
            encoder=f"{ENCODER}, ImageNet weights, first {STAGES} stages",
            seed=seed,
            code_version=pleura.__version__,
            libraries={name: version(name) for name in _LIBRARIES},
        ),
        figures=figures,
    )
    shown = (pictures.held_out + pictures.others)[:: max(1, len(pictures.held_out) // _CHECKED)]
    films = np.stack([to_input(picture.pixels, None, GATE_INPUT) for picture in shown])
    return export_gate(GateNetwork(encoder, heads), spec, path, films), figures


def dataset_hashes(datasets: list[Dataset]) -> dict[str, str]:
    """The sha256 of each prepared data set, by name."""
    return {dataset.record.name: dataset.record.sha256 for dataset in datasets}


def _parted(films: list[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Films to learn from, and to set points by; those of one patient stay together, the same on every machine."""
    for_points = [_drawn_lot(film.group) % _FOR_POINTS == 0 for film in films]
    learning = [film for film, chosen in zip(films, for_points, strict=True) if not chosen]
    return learning, [film for film, chosen in zip(films, for_points, strict=True) if chosen]


def _drawn_lot(group: str) -> int:
    return int(hashlib.sha256(group.encode("utf-8")).hexdigest()[:8], 16)


def _variants(
    frontal: list[Picture], others: list[Picture], amounts: Amounts, generator: np.random.Generator
) -> Iterator[Variant]:
    for film in frontal:
        yield from (disturbed(film, generator) for _ in range(amounts.frontal))
        if generator.random() < amounts.crops:
            yield tight_crop(film, generator)
    for picture in others:
        yield from (disturbed(picture, generator) for _ in range(amounts.other))
    yield from (drawn(generator) for _ in range(amounts.drawings))


def _hung(films: list[Picture], generator: np.random.Generator) -> Iterator[Variant]:
    """Each film turned, mirrored and inverted: one change at a time."""
    for film in films:
        yield as_it_is(film, turn=int(generator.integers(1, len(TURNS))))
        yield as_it_is(film, mirrored=True)
        yield as_it_is(film, inverted=True)


def _counted(names: list[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}
