"""From a network to its graph."""

import pytest
import torch
from torch import nn

from models import make_spec
from pleura.core.recipe import load_system
from pleura.train.trace import Tracer, trace

RECIPES = [load_system(name).parts[0].recipe for name in ("roque2025", "deepsdm2021")]


class Small(nn.Module):
    """What a network has that optimising a graph folds away: a normalisation behind a convolution."""

    def __init__(self, seed: int, heads: tuple[str, ...]) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.convolution, self.normalisation = nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2)
        self.heads = heads
        with torch.no_grad():
            self(torch.randn(4, 1, 32, 32))
        self.eval()

    def forward(self, films):
        planes = self.normalisation(self.convolution(films)).relu()
        return {"logits": planes[:, :1], **{head: planes[:, 1:] for head in self.heads}}


@pytest.fixture
def traced(monkeypatch):
    """One entry for every network that torch traces."""
    spent, export = [], torch.onnx.export
    monkeypatch.setattr(torch.onnx, "export", lambda *given, **named: spent.append(1) or export(*given, **named))
    return spent


def test_networks_of_one_recipe_are_traced_once_and_have_the_graphs_that_they_have_alone(traced):
    tracer, found = Tracer(), []
    for recipe, seed, heads in ((RECIPES[0], 0, ()), (RECIPES[1], 0, ("distance",)), (RECIPES[0], 1, ())):
        network, spec = Small(seed, heads), make_spec(heads=heads)
        found.append((tracer.graph(network, spec, recipe).SerializeToString(), network, spec))
    assert len(traced) == 2
    assert found[0][0] != found[2][0]
    for graph, network, spec in found:
        assert graph == trace(network, spec).SerializeToString()


def test_what_takes_any_side_is_traced_apart(traced):
    tracer, network, spec = Tracer(), Small(0, ()), make_spec()
    fixed, free = (tracer.graph(network, spec, RECIPES[0], any_side=any_side) for any_side in (False, True))
    assert len(traced) == 2
    sides = [graph.graph.input[0].type.tensor_type.shape.dim[2] for graph in (fixed, free)]
    assert [side.HasField("dim_value") for side in sides] == [True, False]
