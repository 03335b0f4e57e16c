"""Judge: the features of a small classifier trained once on the run's own labelled data."""

import sys
from collections.abc import Iterator
from typing import Annotated, ClassVar

import torch
from attrs import define, field
from torch import Tensor, nn

from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset, Features
from rivalry.marks import Gt
from rivalry.streams import seed_of
from rivalry_zoo.blocks import judging


def _columns(dataset: Dataset) -> tuple[str, str]:
    """The names of the samples' and of the labels' field."""
    sample, *others = dataset.fields
    label = next((name for name in others if dataset.fields[name].classes is not None), None)
    if label is None:
        raise ValueError(
            f"the judge learns from labels, but {dataset.name} has none: choose `features: pixels`, "
            "or give the data set a field with classes"
        )
    return sample, label


@define(eq=False)
class Judge(Features):
    """The penultimate layer [N, 64] of a classifier of the data set's labels, trained on its samples.

    Images of at least 8 x 8, grey or colour, get three convolutions (32, 64, 64), a 4 x 4 summary and a layer of 64;
    all other samples, as vectors, a perceptron 128-128-64. Adam sees `examples` samples in batches of 64. The accuracy
    on held-out data (the data set's own, else a tenth kept apart) is printed after training and stays in `accuracy`.
    Features are scaled to a mean square of 1 on the training data.

    `prepare` trains, or loads what an earlier run has trained on equal data from the user's cache folder; it leaves the
    global random state alone. Errors: ValueError for data without labels, or of fewer than 2 samples; RuntimeError
    before `prepare`. Numbers seen through judges of different data or weights do not compare; the fingerprint tells.
    """

    name: ClassVar[str] = "judge"
    paper: ClassVar[str] = "none: a stand-in for Inception features where the data are not photographs"

    examples: Annotated[int, Gt(0)] = 30_000
    lr: Annotated[float, Gt(0)] = 2e-3
    seed: int = 0
    accuracy: float | None = field(default=None, init=False)
    _network: nn.Sequential | None = field(default=None, init=False, repr=False)

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        sample, label = _columns(dataset)
        shape, classes = dataset.fields[sample].shape, dataset.fields[label].classes
        network = judging.classifier(shape, classes, self.seed)
        recipe = seed_of(repr(network), judging.RECIPE, self.examples, self.lr, self.seed)
        path = judging.folder() / f"{dataset.fingerprint}-{recipe:016x}.safetensors"
        accuracy = judging.restore(path, network)
        if accuracy is None:
            network = judging.classifier(shape, classes, self.seed).to(device)
            accuracy = self._train(network, dataset, sample, label)
            judging.store(path, network, accuracy)
        self._network, self.accuracy = network.to(device), accuracy
        return f"judge-{judging.digest(judging.weights_of(network))}"

    def _train(self, network: nn.Sequential, dataset: Dataset, sample: str, label: str) -> float:
        draw = torch.Generator().manual_seed(self.seed)
        order, test = torch.randperm(len(dataset), generator=draw), dataset.held_out()
        if test is None:
            test, (kept, order) = dataset, order.tensor_split([max(1, len(order) // 10)])
        else:
            kept = torch.arange(len(test))
        if len(order) == 0 or len(kept) == 0:
            raise ValueError(
                f"the judge needs samples to learn from and to be tested on, but {dataset.name} has too few"
            )

        def batches() -> Iterator[tuple[Tensor, Tensor]]:
            while True:
                for part in order[torch.randperm(len(order), generator=draw)].split(64):
                    rows = dataset.batch(part)
                    yield rows[sample], rows[label]

        some = dataset.batch(order[:2048])[sample]
        judging.calibrate(network, some)
        judging.fit(network, batches(), steps=max(1, self.examples // 64), lr=self.lr)
        judging.normalise(network, some)
        self._network = network
        hits = 0
        for part in kept.split(judging.CHUNK):
            rows = test.batch(part)
            hits += int((self.classify(rows[sample]).cpu() == rows[label]).sum())
        print(f"judge of {dataset.name}: {hits / len(kept):.1%} of {len(kept)} held-out samples right", file=sys.stderr)
        return hits / len(kept)

    @torch.no_grad()
    def _through(self, samples: Tensor, layers: int) -> Tensor:
        if self._network is None:
            raise RuntimeError("the judge is not trained yet: call prepare(dataset, device) first")
        network = self._network[:layers]
        weight = next(network.parameters())
        return torch.cat([network(part.to(weight)) for part in samples.split(judging.CHUNK)])

    def __call__(self, samples: Tensor) -> Tensor:
        return self._through(samples, 1)

    @torch.no_grad()
    def head(self, features: Tensor) -> Tensor:
        """The classifier's logits [N, K] of feature vectors [N, 64]."""
        if self._network is None:
            raise RuntimeError("the judge is not trained yet: call prepare(dataset, device) first")
        return self._network[1](features)

    def logits(self, samples: Tensor) -> Tensor:
        """The classifier's logits [N, K] of samples [N, ...]."""
        return self._through(samples, 2)

    def classify(self, samples: Tensor) -> Tensor:
        """The likeliest labels [N] of samples [N, ...]."""
        return self.logits(samples).argmax(1)


@hookimpl
def rivalry_components():
    return [Judge]
