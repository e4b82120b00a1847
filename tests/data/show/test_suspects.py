from dataclasses import replace

import numpy as np

from data_folders import SIDE, draw_film, draw_mask, make_siim, write_image
from pleura.core.types import View
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.show.suspects import find_suspects
from pleura.data.siim import SiimTables, import_siim
from pleura.data.splits import SplitPlan
from pleura.data.unlabelled import import_unlabelled

PLAN = PreparePlan(side=96, split=SplitPlan(all_as="train"))


def grainy(seed):
    return np.rint(draw_film(seed) + np.random.default_rng(seed).normal(0, 5, (SIDE, SIDE))).clip(20, 250)


def prepared(root, masks, changed=()):
    """Grainy films with these masks; `changed` films replace those of the same number."""
    folder, codes = make_siim(root, masks)
    for number in range(len(masks)):
        film = dict(changed).get(number, grainy(number))
        write_image(folder / f"f{number:02}.png", np.asarray(film, np.uint8))
    return prepare(import_siim(folder, SiimTables(codes, SIDE)), root / "set", PLAN)


def kinds(dataset):
    return [(suspect.kind, suspect.films) for suspect in find_suspects(dataset)]


def test_an_ordinary_set_has_nothing_suspicious(tmp_path):
    assert kinds(prepared(tmp_path, [None, draw_mask(), None, draw_mask(top=50)])) == []


def test_masks_outside_on_nothing_and_of_a_few_pixels_are_found_the_worst_first(tmp_path):
    collimated = grainy(0)
    collimated[:, :40] = 0
    blank = grainy(1)
    blank[20:60, 30:70] = 90
    speck, part = np.zeros((SIDE, SIDE), np.bool_), np.zeros((SIDE, SIDE), np.bool_)
    part[30:60, 30:60] = True
    speck[0, 95] = True
    masks = [
        draw_mask(top=30, left=8, extent=20),
        draw_mask(top=30, left=40, extent=20),
        part,
        draw_mask(top=30, left=30, extent=20),
    ]
    half_outside = grainy(3)
    half_outside[:, :40] = 0
    dataset = prepared(tmp_path, masks, {0: collimated, 1: blank, 3: half_outside}.items())
    found = find_suspects(dataset)
    assert [(suspect.kind, suspect.films) for suspect in found] == [
        ("outside", (0,)),
        ("outside", (3,)),
        ("empty", (0,)),
        ("empty", (1,)),
        ("empty", (3,)),
    ]
    assert found[0].words == "100% of the mask lies outside"


def test_a_mask_that_is_lost_in_shrinking_is_found(tmp_path):
    speck = np.zeros((SIDE, SIDE), np.bool_)
    speck[50, 50] = True
    folder, codes = make_siim(tmp_path, [speck])
    dataset = prepare(import_siim(folder, SiimTables(codes, SIDE)), tmp_path / "s", replace(PLAN, side=32))
    (suspect,) = find_suspects(dataset)
    assert (suspect.kind, suspect.films) == ("lost", (0,))
    assert "0.0109% of the film" in suspect.words


def test_a_stray_pixel_beside_a_mask_is_found(tmp_path):
    mask = draw_mask(side := 512, top=100, left=100, extent=100)
    mask[400, 400] = True
    folder = tmp_path / "films"
    write_image(folder / "f00.png", draw_film(1, side))
    _, codes = make_siim(tmp_path / "codes", [mask])
    dataset = prepare(import_siim(folder, SiimTables(codes, side)), tmp_path / "s", replace(PLAN, side=512))
    assert ("speck", (0,)) in kinds(dataset)


def test_copies_and_near_copies_are_found_where_their_truths_differ(tmp_path):
    brighter = grainy(1) * 0.9 + 9
    masks = [draw_mask(), draw_mask(), None, draw_mask(), draw_mask(left=22)]
    changed = {2: brighter, 3: grainy(0), 4: grainy(0) * 0.9 + 9}
    dataset = prepared(tmp_path, masks, changed.items())
    found = find_suspects(dataset)
    # Film 4 is a near-copy of films 0 and 3, but its outline is nearly theirs.
    assert [(suspect.kind, suspect.films) for suspect in found] == [("same-file", (0, 3)), ("near-duplicate", (1, 2))]
    assert found[0].words == "Dice of their truths 1.00"
    assert found[1].words.endswith("Dice of their truths 0.00")


def test_a_patient_of_both_sexes_is_found_without_being_named(tmp_path):
    dataset = prepared(tmp_path, [None] * 4)
    traits = [("Doe", "F"), ("Doe", "M"), ("Roe", "F"), ("Roe", "unknown")]
    cases = tuple(
        replace(case, patient=patient, sex=sex, view=View.PA)
        for case, (patient, sex) in zip(dataset.cases, traits, strict=True)
    )
    (suspect,) = find_suspects(replace(dataset, cases=cases))
    assert (suspect.kind, suspect.films, suspect.words) == ("sex", (0, 1), "F on 1 films of one patient, M on 1")


def test_without_labels_only_what_needs_none_is_looked_for(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_image(tmp_path / "films" / f"{name}.png", draw_film(seed))
    (suspect,) = find_suspects(prepare(import_unlabelled(tmp_path / "films"), tmp_path / "s", PLAN))
    assert (suspect.kind, suspect.films, suspect.words) == ("same-file", (0, 1), "no labels to compare")
