"""From a network to its graph."""

import torch

from models import make_spec
from pleura.core.recipe import load_system, scale_system, with_encoder
from pleura.train.networks import build_network
from pleura.train.trace import Tracer, trace


def recipe_of(name):
    system = with_encoder(scale_system(load_system(name), "smoke"), "test_efficientnet", "none")
    return system.parts[0].recipe


def trained(recipe, seed):
    """A network in evaluation mode with statistics as training leaves them."""
    torch.manual_seed(seed)
    network = build_network(recipe.network, recipe.input.channels).train()
    with torch.no_grad():
        network(torch.randn(4, recipe.input.channels, 64, 64))
    return network.eval()


def test_networks_of_one_recipe_are_traced_once_and_have_the_graphs_that_they_have_alone(monkeypatch):
    plain, headed = recipe_of("default"), recipe_of("deepsdm2021")
    spent, export = [], torch.onnx.export
    monkeypatch.setattr(torch.onnx, "export", lambda *given, **named: spent.append(1) or export(*given, **named))
    tracer, found = Tracer(), []
    for recipe, seed in ((plain, 0), (headed, 1), (plain, 1)):
        network = trained(recipe, seed)
        spec = make_spec(64, recipe.input.channels, heads=recipe.network.heads)
        found.append((tracer.graph(network, spec, recipe).SerializeToString(), network, spec))
    assert len(spent) == 2
    graph, network, spec = found[2]
    assert graph != found[0][0]
    assert graph == trace(network, spec).SerializeToString()
