import zipfile

import pytest
import torch

from pleura.core.errors import TrainingError
from pleura.train.checkpoint import load_checkpoint, save_checkpoint

CPU = torch.device("cpu")
STATE = {
    "recipe": {"name": "x"},
    "network": {"w": torch.arange(6.0)},
    "epoch": 3,
    "best": float("-inf"),
    "scaler": {},
}


def test_a_checkpoint_is_read_back_whole(tmp_path):
    save_checkpoint(tmp_path / "run" / "last.pt", STATE)
    state = load_checkpoint(tmp_path / "run" / "last.pt", CPU)
    assert torch.equal(state["network"].pop("w"), torch.arange(6.0))
    assert state == STATE | {"network": {}}


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "last.pt"
    save_checkpoint(path, STATE)
    with pytest.raises(AttributeError):
        save_checkpoint(path, {"recipe": lambda: None})
    assert load_checkpoint(path, CPU)["epoch"] == 3
    assert [each.name for each in tmp_path.iterdir()] == ["last.pt"]


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(TrainingError, match=r"last\.pt: no such checkpoint"):
        load_checkpoint(tmp_path / "last.pt", CPU)


def _other_zip(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "a")


def _cut(path):
    save_checkpoint(path, STATE)
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), id="a picture"),
        pytest.param(_cut, id="cut short"),
        pytest.param(_other_zip, id="another zip file"),
        pytest.param(lambda path: torch.save({"recipe": path}, path), id="more than plain data"),
        pytest.param(lambda path: torch.save({"state_dict": {}}, path), id="of another tool"),
        pytest.param(lambda path: torch.save([1], path), id="a list"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused_by_name(tmp_path, make):
    path = tmp_path / "some.pt"
    make(path)
    with pytest.raises(TrainingError, match=r"some\.pt: .*checkpoint"):
        load_checkpoint(path, CPU)
