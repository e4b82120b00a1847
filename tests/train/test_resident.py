import numpy as np
import pytest
import torch

from pleura.core.preprocess import to_grey
from pleura.train import resident
from pleura.train.resident import Pool, input_spec, make_resident
from pleura.train.shards import Shards
from pleura.train.world import World
from tiny import smoke

CPU = torch.device("cpu")


def resident_of(data, folder, split="train", side=64, **changes):
    return make_resident(Pool(data, data.indices(split)), smoke(**changes), side, CPU, folder)


def test_films_are_what_the_model_will_see_to_half_a_grey_level(tiny_data, tmp_path):
    films = resident_of(tiny_data, tmp_path)
    greys, _ = films.batch([0, 5])
    assert greys.shape == (2, 1, 64, 64)
    assert greys.dtype == torch.float32
    for grey, row in zip(greys, (0, 5), strict=True):
        index = tiny_data.indices("train")[row]
        seen = to_grey(tiny_data.images[index].astype(np.float32) / 255, None, input_spec(smoke(), 64))
        assert np.abs(grey[0].numpy() - seen).max() <= 0.5 / 255 + 1e-6


def test_targets_are_the_masks_and_presence_is_the_table_s(tiny_data, tmp_path):
    films = resident_of(tiny_data, tmp_path, side=128)
    indices = tiny_data.indices("train")
    assert films.present.tolist() == [tiny_data.cases[int(index)].present for index in indices]
    _, targets = films.batch(np.arange(len(indices)))
    assert np.array_equal(
        targets.mask[:, 0].numpy() == 1, np.stack([tiny_data.mask(int(index)) for index in indices])
    )
    assert np.array_equal(targets.mask.numpy().any(axis=(1, 2, 3)), films.present)


def test_a_target_can_be_grown_and_softened(tiny_data, tmp_path):
    plain = resident_of(tiny_data, tmp_path, side=128).targets.float() / 255
    grown = resident_of(tiny_data, tmp_path, side=128, target={"grow_px": 16.0}).targets.float() / 255
    soft = resident_of(tiny_data, tmp_path, side=128, target={"blur_px": 16.0}).targets.float() / 255
    some = torch.from_numpy(np.flatnonzero(resident_of(tiny_data, tmp_path).present))
    assert (grown >= plain).all()
    # A growth of 16 pixels of 1024 is one of 2 here, on either side of a mask 21 wide.
    assert (grown[some] > 0.5).any(dim=2).sum(dim=-1).sub((plain[some] > 0.5).any(dim=2).sum(dim=-1)).eq(4).all()
    assert ((soft > 0.05) & (soft < 0.95)).sum() > 4 * ((plain > 0.05) & (plain < 0.95)).sum()
    assert torch.allclose(soft.sum(dim=(1, 2, 3)), plain.sum(dim=(1, 2, 3)), rtol=0.01)


@pytest.mark.parametrize("most", [None, 1], ids=["little_is_free", "little_is_allowed"])
def test_where_memory_is_too_small_films_are_read_from_shards(tiny_data, tmp_path, monkeypatch, most):
    held = {split: resident_of(tiny_data, tmp_path / "none", split) for split in ("train", "val")}
    assert not (tmp_path / "none").exists()
    if most is None:
        monkeypatch.setattr(resident, "_SHARE_OF_MEMORY", 0.0)
    for split, whole in held.items():
        pool = Pool(tiny_data, tiny_data.indices(split))
        read = make_resident(pool, smoke(), 64, CPU, tmp_path / "cache", most)
        assert isinstance(read.films, Shards)
        order = np.random.default_rng(0).permutation(len(whole.present))
        several = np.array_split(order, 3)
        for rows, (films, targets) in zip(several, read.batches(several), strict=True):
            same, wanted = whole.batch(rows)
            assert torch.equal(films, same)
            assert torch.equal(targets.mask, wanted.mask)
            assert torch.equal(targets.label, wanted.label)
    assert len(list((tmp_path / "cache").iterdir())) == 4  # films and targets of two splits


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"target__blur_px": 4.0}, id="target"),
        pytest.param({"input__contrast": {"kind": "declared"}}, id="films"),
    ],
)
def test_shards_of_another_recipe_are_not_taken_for_one_s_own(tiny_data, tmp_path, change):
    pool = Pool(tiny_data, np.arange(4))
    for recipe in (smoke(), smoke(**change)):
        on_disk = make_resident(pool, recipe, 64, CPU, tmp_path / "cache", 1)
        in_memory = make_resident(pool, recipe, 64, CPU, tmp_path / "none", 1 << 30)
        films, targets = on_disk.batch(np.arange(4))
        same, wanted = in_memory.batch(np.arange(4))
        assert torch.equal(films, same)
        assert torch.equal(targets.mask, wanted.mask)


def test_two_sets_of_as_many_films_do_not_share_a_file(tiny_data, tmp_path):
    first, second = (
        make_resident(Pool(tiny_data, rows), smoke(), 64, CPU, tmp_path, 1)
        for rows in (np.arange(4), np.arange(4, 8))
    )
    assert not torch.equal(first.batch(np.arange(4))[0], second.batch(np.arange(4))[0])


@pytest.mark.parametrize("channels", [1, 3])
def test_the_spec_of_a_recipe_s_model_says_what_its_films_went_through(channels):
    recipe = smoke(input__channels=channels, input__clahe={"clip": 2.0, "tiles": 8})
    spec = input_spec(recipe, 96)
    assert (spec.side, spec.channels, spec.contrast, spec.clahe) == (
        96, channels, recipe.input.contrast, recipe.input.clahe,
    )  # fmt: skip
    assert spec.mean == pytest.approx((0.5,) * channels)
    assert len(spec.std) == channels


def free(monkeypatch, data, local_size=1):
    """Half as much again to spare as films and targets to train on take, for the first who asks."""
    left = [1.5 * 2 * len(data.indices("train")) * 64 * 64 / resident._SHARE_OF_MEMORY]
    monkeypatch.setattr(resident, "free_memory", lambda _device: left.pop() if left else 0)
    monkeypatch.setattr(resident, "here", lambda: World(0, 2, 0, local_size))


def test_films_and_their_targets_lie_both_in_memory_or_both_on_disk(tiny_data, tmp_path, monkeypatch):
    free(monkeypatch, tiny_data)
    films = resident_of(tiny_data, tmp_path)
    assert isinstance(films.films, torch.Tensor)
    assert isinstance(films.targets, torch.Tensor)


@pytest.mark.parametrize(("processes", "kind"), [(1, torch.Tensor), (2, Shards)])
def test_processes_of_one_machine_share_what_is_free(tiny_data, tmp_path, monkeypatch, processes, kind):
    free(monkeypatch, tiny_data, processes)
    assert isinstance(resident_of(tiny_data, tmp_path).films, kind)
