from dataclasses import replace

import pytest

from pleura.evidence.evaluate import judge_model
from pleura.evidence.figures.summary import summarise
from pleura.evidence.gallery import Gallery
from pleura.evidence.report import Reader


@pytest.fixture(scope="session")
def reader(dataset, model, predictor):
    """A careful model on sixteen films with discs; what it says of them is real."""
    gallery = Gallery(dataset)
    judgement = judge_model(model, predictor, dataset, dataset.indices("test"), gallery.show)
    return Reader(judgement, summarise(judgement.runs, dataset, rounds=50), gallery.shown())


@pytest.fixture(scope="session")
def outliner(reader, dataset):
    """Another reader of the same films that gave outlines alone, and is warned of."""
    run = replace(reader.first, scored=False, augmented=None, soft=None)
    judgement = replace(
        reader.judgement,
        title="<b>outlines</b>",
        kind="predictions",
        model=None,
        runs=(run,),
        timings={},
        warnings=("it saw <i>these</i> films",),
    )
    return Reader(judgement, summarise((run,), dataset, rounds=50), reader.shown)
