"""Two processes against one: the same loss, the same slopes, the same statistics, to 1e-10 in float64.

The two are started for real and each imports torch, which is most of what this file costs.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import multiprocessing, nn

from pleura.core.errors import TrainingError
from pleura.core.files import write_text
from pleura.core.recipe import TERMS, Loss
from pleura.train.batch_norm import pool_batch_norm
from pleura.train.losses import Targets, total_loss
from pleura.train.world import (
    World,
    agreed,
    average_gradients,
    differing,
    gathered,
    here,
    open_world,
    own_folder,
    pooled,
    restarted,
    wait,
)
from ports import free_ports
from tiny import smoke

FILMS, SIDE = 5, 8
"""Of five films one process has three and the other two."""

LOSSES = {name: Loss(**{name: 1.0}) for name in TERMS} | {
    "dice of films": Loss(dice=1.0, dice_pooling="image"),
    "dice of films that have any": Loss(dice=1.0, dice_pooling="non_empty"),
    "every term": Loss(**dict.fromkeys(TERMS, 1.0), dice_pooling="non_empty", positive_weight=3.0, deep=0.5),
}


class Small(nn.Module):
    """Every head that a network can have, behind one convolution and, where asked for, two batch norms."""

    def __init__(self, *, norm) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(
            nn.BatchNorm2d(1) if norm else nn.Identity(),
            # A bias before batch norm has no slope but rounding, which Adam would blow up to a step.
            nn.Conv2d(1, 4, 3, padding=1, bias=not norm),
            nn.BatchNorm2d(4) if norm else nn.Identity(),
            nn.Tanh(),
        )
        self.heads = nn.Conv2d(4, 5, 1)

    def forward(self, films):
        maps = self.heads(self.body(films)).split(1, dim=1)
        named = dict(zip(("logits", "level1", "level2"), maps, strict=False))
        return named | {"label": maps[3].mean(dim=(1, 2, 3)), "distance": torch.tanh(maps[4])}


def run(world, name, *, norm):
    """Loss, slopes and running statistics after one step's backward pass over this process's share."""
    generator = torch.Generator().manual_seed(1)
    films = 3 + 2 * torch.randn(FILMS, 1, SIDE, SIDE, generator=generator, dtype=torch.float64)
    masks = (torch.rand(FILMS, 1, SIDE, SIDE, generator=generator) < 0.3).double()
    masks[1] = 0
    rows = world.shard(np.arange(FILMS))
    network = Small(norm=norm).double()
    pool_batch_norm(network)
    targets = Targets(masks[rows], masks[rows].amax((1, 2, 3)))
    loss, terms = total_loss(network(films[rows]), targets, LOSSES[name])
    loss.backward()
    average_gradients(network)
    slopes = {key: each.grad for key, each in network.named_parameters() if each.grad is not None}
    return {"loss": loss.detach(), "terms": terms, "slopes": slopes, "buffers": dict(network.named_buffers())}


def train(world, network):
    """Losses and last weights of a few steps of Adam, each on another batch of the same five films."""
    network = network.double().train()
    pool_batch_norm(network)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(2)
    losses = []
    for _step in range(4):
        films = torch.randn(FILMS, 1, SIDE, SIDE, generator=generator, dtype=torch.float64)
        rows = world.shard(np.arange(FILMS))
        targets = Targets((films > 1).double()[rows], torch.ones(len(rows)))
        optimiser.zero_grad()
        loss, _terms = total_loss(network(films[rows]), targets, LOSSES["every term"])
        loss.backward()
        average_gradients(network)
        optimiser.step()
        losses.append(loss.detach())
    return {"losses": losses, "weights": network.state_dict()}


def run_real(world):
    """Loss, slopes and running statistics of a whole network of timm's and smp's."""
    from pleura.train.networks import build_network

    torch.manual_seed(0)
    network = build_network(smoke().network, 1).double().train()
    pool_batch_norm(network)
    films = torch.randn(FILMS, 1, 64, 64, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    rows = world.shard(np.arange(FILMS))
    targets = Targets((films > 1).double()[rows], torch.ones(len(rows)))
    loss, _terms = total_loss(network(films[rows]), targets, Loss(bce=1.0, dice=1.0))
    loss.backward()
    average_gradients(network)
    slopes = {key: each.grad for key, each in network.named_parameters()}
    return {"loss": loss.detach(), "slopes": slopes, "buffers": dict(network.named_buffers())}


def join(rank, port):
    """Bring one of two processes in, by the environment that torchrun would give it."""
    torch.set_num_threads(1)
    torchrun = {
        "RANK": rank,
        "LOCAL_RANK": rank,
        "WORLD_SIZE": 2,
        "LOCAL_WORLD_SIZE": 2,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    os.environ |= {key: str(value) for key, value in torchrun.items()}
    return open_world()


def work_real(rank, port, folder):
    with join(rank, port) as world:
        torch.save(run_real(world), folder / f"{rank}.pt")


def work(rank, port, folder):
    """What one of two processes does; each writes down what came out."""
    with join(rank, port) as world:
        found = {(name, norm): run(world, name, norm=norm) for name in LOSSES for norm in (False, True)}
        found["trained"] = train(here(), Small(norm=True))
        wait()
        with own_folder(folder / "run") as own:
            found["before"] = (own / "last.txt").read_text()
            wait()
            write_text(own / "last.txt", f"{found['before']}, then {rank}")
            found["after"] = (own / "last.txt").read_text()
        with own_folder(folder / "run", folder) as one, own_folder(folder / "other" / "run", folder) as other:
            found["scratch"] = [str(one), str(other)]
        found["sum"] = pooled(torch.tensor([1.0, 10.0]) * (rank + 1))
        found["agreed"] = agreed({"iou": 0.5 + rank})
        found["sharers"] = here().local_size
        found["differing"] = differing({"recipe": {"side": 64}, "data": f"hash {rank}", "none": None})
        found["gathered"] = torch.from_numpy(gathered(np.arange(FILMS)[world.rank :: 2]))
    torch.save(found, folder / f"{rank}.pt")


def start(task, folder):
    """Run a task in two processes and give what each wrote down."""
    (port,) = free_ports(1)
    multiprocessing.start_processes(task, (port, folder), nprocs=2, start_method="spawn")
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two processes found."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "run").mkdir()
    (folder / "run" / "last.txt").write_text("epoch 1")
    found = start(work, folder)
    found[0]["left"] = {path.name: path.read_text() for path in folder.glob("**/*.txt")}
    found[0]["folders"] = sorted(path.name for path in folder.iterdir() if path.is_dir())
    return found


@pytest.mark.parametrize("norm", [False, True], ids=["plain", "batch_norm"])
@pytest.mark.parametrize("name", LOSSES)
def test_two_processes_come_to_the_same_as_one(two, name, norm):
    one = run(World(), name, norm=norm)
    assert one["slopes"]
    for found in two:
        torch.testing.assert_close(found[name, norm], one, rtol=1e-10, atol=1e-10)


@pytest.mark.long  # a whole network in float64, three times
def test_two_processes_come_to_the_same_as_one_with_a_whole_network(tmp_path):
    one = run_real(World())
    for found in start(work_real, tmp_path):
        torch.testing.assert_close(found, one, rtol=1e-10, atol=1e-10)


def test_training_on_two_processes_ends_with_the_weights_of_one(two):
    one = train(World(), Small(norm=True))
    assert one["losses"][-1] < one["losses"][0]
    for found in two:
        torch.testing.assert_close(found["trained"], one, rtol=1e-10, atol=1e-10)


def test_sums_lists_and_figures_are_the_same_in_both_processes(two):
    for found in two:
        assert found["agreed"] == {"iou": 0.5}
        assert found["sum"].tolist() == [3.0, 30.0]
        assert found["gathered"].tolist() == [0, 2, 4, 1, 3]
        assert found["differing"] == ["data"]
        assert found["sharers"] == 2


def test_only_the_first_process_leaves_files_and_each_finds_its_own(two):
    assert [found["before"] for found in two] == ["epoch 1", "epoch 1"]
    assert [found["after"] for found in two] == ["epoch 1, then 0", "epoch 1, then 1"]
    assert two[0]["left"] == {"last.txt": "epoch 1, then 0"}
    assert two[0]["folders"] == ["run"]


def test_runs_of_one_name_that_share_a_scratch_folder_have_copies_of_their_own(two):
    one, other = map(Path, two[1]["scratch"])
    assert one != other
    assert one.parent == other.parent
    assert one.name.startswith("pleura-")


def test_a_scratch_folder_inside_the_run_s_own_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="lies in --out"), own_folder(tmp_path, tmp_path / "scratch"):
        pass


def test_shares_keep_the_order_and_differ_by_one_at_most():
    rows = np.arange(10, 18)
    shares = [World(rank, 3).shard(rows).tolist() for rank in range(3)]
    assert shares == [[10, 11, 12], [13, 14, 15], [16, 17]]


def test_fewer_films_than_processes_are_refused():
    with pytest.raises(TrainingError, match=r"2 film\(s\) cannot be shared by 3 processes"):
        World(0, 3).shard(np.arange(2))


def test_without_torchrun_one_process_is_alone(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with open_world() as world:
        assert world == here() == World(0, 1, 0)
        assert world.is_first
        whole = torch.ones(2)
        assert pooled(whole) is whole


def test_torchrun_tells_that_it_has_started_again(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RESTART_COUNT", raising=False)
    assert not restarted()
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert restarted()


def test_half_of_torchruns_environment_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(TrainingError, match="RANK is not set"), open_world():
        pass


def test_each_process_of_a_machine_has_its_own_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(TrainingError, match="process 3 of this machine has no GPU of its own, there are 2"):
        World(2, 4, 2).device(torch.device("cuda"))
    assert World(5, 8, 1).device(torch.device("cuda")) == torch.device("cuda", 1)
    assert World(5, 8, 1).device(torch.device("cpu")) == torch.device("cpu")
    assert World().device(torch.device("cuda")) == torch.device("cuda")
