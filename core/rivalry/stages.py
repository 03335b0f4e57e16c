"""Training that unfolds: what a stage does on entry."""

from collections.abc import Mapping

import torch
from torch import nn

from rivalry.engine import Engine
from rivalry.graph.binding import bindings, function
from rivalry.graph.fitting import fitting, wanted
from rivalry.graph.nodes import walk
from rivalry.graph.outline import outline
from rivalry.interfaces import FittedLayer
from rivalry.pieces import copy, everywhere, take_over
from rivalry.spec.sections import Stage


@torch.no_grad()
def enter(engine: Engine, stage: Stage, before: Engine | None) -> None:
    """Copy, fit, and take over the optimisers of players that stay as they were; RunError where nothing agrees."""
    averages = {**engine.networks, **engine.ema}
    for target, source in stage.copies.items():
        copy(engine.networks, target, source)
        if target.partition(".")[0] in engine.ema:
            copy(averages, target, source)
    for name in stage.fit:
        for networks in (engine.networks, averages):
            fit(engine, stage, name, networks)
    take_over(engine.players, before.players if before else {}, stage.reset_optimizer)


def fit(engine: Engine, stage: Stage, name: str, networks: Mapping[str, nn.Module]) -> None:
    """Fit a layer to what its expressions are on the whole data, of given networks."""
    graph = engine.spec.graph
    fields = {key: field for feeder in engine.now.feeders.values() for key, field in feeder.fields.items()}
    nodes = wanted(outline(engine.spec, fields), name, stage.fit[name])
    rows, source = fitting(graph, name, nodes)
    names = bindings(graph, networks, {}, [at for node in nodes for at in walk(node)])
    layer = networks[name]
    assert isinstance(layer, FittedLayer)
    layer.fit(everywhere(function(source, rows, names, "fit"), networks, engine.now))
