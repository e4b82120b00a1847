import pytest
import torch

from pleura.train.checkpoint import BEST, load_checkpoint
from pleura.train.keep import Kept, admit, close, load_kept, save_kept, settle

CPU = torch.device("cpu")


def save(run, name):
    save_kept(run, name, {"recipe": {}, "name": name})


def named(run):
    """What each checkpoint in a run's folder is."""
    return {path.name: load_checkpoint(path, CPU)["name"] for path in run.glob("*.pt")}


def test_the_best_few_are_kept_best_first_and_of_equals_the_earlier():
    kept = []
    for name, merit in (("a", 0.5), ("b", 0.7), ("c", 0.5), ("d", float("nan")), ("e", 0.9), ("f", 0.7)):
        kept = admit(kept, Kept(merit, name), 3)
    assert [item.name for item in kept] == ["e", "b", "f"]


@pytest.mark.parametrize(("most", "names"), [(1, {BEST: "b"}), (2, {BEST: "b", "best-1.pt": "b", "best-2.pt": "a"})])
def test_kept_checkpoints_get_their_names_and_others_go(tmp_path, most, names):
    for name in ("a", "b", "c", "weights-3"):
        save(tmp_path, name)
    settle(tmp_path, [Kept(0.9, "b"), Kept(0.5, "a")][:most], {"weights-3"}, most)
    assert named(tmp_path) == names
    assert {path.stem for path in (tmp_path / "kept").iterdir()} == {"a", "b", "weights-3"} - (
        {"a"} if most == 1 else set()
    )


def test_a_kill_before_the_names_are_given_is_mended_by_giving_them_again(tmp_path):
    save(tmp_path, "a")
    settle(tmp_path, [Kept(0.5, "a")], set(), 2)
    save(tmp_path, "b")  # last.pt names it, and then comes the kill
    assert named(tmp_path)[BEST] == "a"
    for _ in range(2):
        settle(tmp_path, [Kept(0.9, "b"), Kept(0.5, "a")], set(), 2)
        assert named(tmp_path) == {BEST: "b", "best-1.pt": "b", "best-2.pt": "a"}


def test_a_new_best_never_changes_the_file_of_the_old_one(tmp_path):
    save(tmp_path, "a")
    settle(tmp_path, [Kept(0.5, "a")], set(), 1)
    save(tmp_path, "b")
    settle(tmp_path, [Kept(0.9, "b")], {"a"}, 1)
    assert load_kept(tmp_path, "a", CPU)["name"] == "a"
    assert named(tmp_path) == {BEST: "b"}


def test_a_run_that_ended_keeps_its_checkpoints_under_their_names_alone(tmp_path):
    save(tmp_path, "a")
    settle(tmp_path, [Kept(0.5, "a")], set(), 1)
    for _ in range(2):
        close(tmp_path)
        settle(tmp_path, [Kept(0.5, "a")], set(), 1)
    assert named(tmp_path) == {BEST: "a"}
    assert [path.name for path in tmp_path.iterdir()] == [BEST]
