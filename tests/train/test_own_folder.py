"""What processes beside the first write into: a copy of the run, made at little cost and never left behind."""

import os

import pytest

from pleura.core.errors import TrainingError
from pleura.core.files import write_text
from pleura.train.world import World, own_folder


def test_a_copy_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    (tmp_path / "scratch").write_text("a file where a folder is wanted")
    monkeypatch.setattr("pleura.train.world.here", lambda: World(1, 2))
    told = pytest.raises(TrainingError, match=r"no copy of .*run: Not a directory")
    with told, own_folder(tmp_path / "run", tmp_path / "scratch"):
        pass


@pytest.mark.parametrize("links", [True, False])
def test_a_copy_takes_no_room_where_files_may_have_two_names_and_what_is_written_to_it_stays_in_it(
    links, tmp_path, monkeypatch
):
    run = tmp_path / "run"
    write_text(run / "fold-1" / "said", "before")
    monkeypatch.setattr("pleura.train.world.here", lambda: World(1, 2))
    monkeypatch.setattr("pleura.train.world.wait", lambda: None)
    if not links:
        monkeypatch.setattr(os, "link", lambda *_names: os.stat(tmp_path / "no links here"))
    with own_folder(run) as own:
        assert (own / "fold-1" / "said").samefile(run / "fold-1" / "said") is links
        assert (own / "fold-1" / "said").read_text() == "before"
        write_text(own / "fold-1" / "said", "after")
        assert (own / "fold-1" / "said").read_text() == "after"
    assert [path.read_text() for path in run.rglob("said")] == ["before"]


def test_a_symbolic_link_in_a_run_leads_to_the_same_file_from_a_copy_that_lies_elsewhere(tmp_path, monkeypatch):
    run = tmp_path / "runs" / "run"
    write_text(tmp_path / "kept" / "best.pt", "weights")
    run.mkdir(parents=True)
    (run / "best.pt").symlink_to("../../kept/best.pt")
    monkeypatch.setattr("pleura.train.world.here", lambda: World(1, 2))
    monkeypatch.setattr("pleura.train.world.wait", lambda: None)
    with own_folder(run, tmp_path / "scratch" / "deep") as own:
        assert (own / "best.pt").read_text() == "weights"


@pytest.mark.parametrize("scratch", [None, "scratch"])
def test_copies_of_processes_that_torchrun_goes_on_without_are_dropped(scratch, tmp_path, monkeypatch):
    scratch = scratch and tmp_path / scratch
    run = tmp_path / "run"

    def kept(names):
        with own_folder(run, scratch):
            return [name for name in names if name.is_dir()]

    monkeypatch.setattr("pleura.train.world.here", lambda: World(5, 6))
    monkeypatch.setattr("pleura.train.world.wait", lambda: None)
    run.mkdir()
    with own_folder(run, scratch) as last:
        before = [last.with_name(f"{last.name[:-1]}{number}") for number in range(6)]
        other = [last.with_name("." + last.name), last.with_name("other-5"), last.with_name(f"{last.name}x")]
    for copy in (*before, *other):
        copy.mkdir(parents=True)
    monkeypatch.setattr("pleura.train.world.here", lambda: World(0, 4))
    monkeypatch.delenv("TORCHELASTIC_RESTART_COUNT", raising=False)
    assert kept(before) == before  # they may be those of another job, which trains another part
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "0")
    assert kept([*before, *other]) == [*before[:4], *other]
