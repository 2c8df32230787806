"""The whole way from the cause to the loss, step by step, with the file and the row of each."""

from __future__ import annotations

from .programs import files_of, findings


def told(program: str) -> list[tuple[str, list[tuple[str, int, str]]]]:
    return [
        (
            finding.code,
            [(step.place.filename, step.place.row, step.message) for step in finding.evidence],
        )
        for finding in findings(files_of(program))
    ]


def test_within_one_function() -> None:
    program = """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(8, 3)

        def step(x, y):
            out = F.softmax(head(x), dim=1)
            out = out.view(-1, 3)
            return F.cross_entropy(out, y)
    """
    assert told(program) == [
        (
            "LL101",
            [
                ("example.py", 7, "`F.softmax` makes softmax probabilities here"),
                ("example.py", 9, "given to CrossEntropyLoss here"),
            ],
        )
    ]


def test_from_a_factory_through_a_constructor_to_a_method() -> None:
    program = """
        # file: setup.py
        import torch
        from torch import nn

        def load_train_objs():
            data = torch.utils.data.TensorDataset(torch.rand(8, 20), torch.rand(8, 1))
            model = nn.Linear(20, 1)
            return data, model
        # file: main.py
        import torch.nn.functional as F
        from setup import load_train_objs

        class Trainer:
            def __init__(self, model):
                self.model = model

            def run_batch(self, source, targets):
                output = self.model(source)
                loss = F.cross_entropy(output, targets)
                loss.backward()

        def main(loader):
            data, model = load_train_objs()
            trainer = Trainer(model)
            for source, targets in loader:
                trainer.run_batch(source, targets)
    """
    assert told(program) == [
        (
            "LL108",
            [
                ("setup.py", 6, "`nn.Linear` is made here"),
                ("main.py", 14, "returned by `load_train_objs`"),
                ("main.py", 15, "passed as `model` to `Trainer`"),
                ("main.py", 6, "kept as `self.model`"),
                ("main.py", 9, "applied here: the result holds logits"),
                ("main.py", 10, "given to CrossEntropyLoss here"),
            ],
        )
    ]


def test_of_several_call_sites_the_wrong_one_is_named() -> None:
    program = """
        # file: engine.py
        def step(activation, criterion, out, y):
            return criterion(activation(out), y)
        # file: right.py
        from torch import nn
        from engine import step

        head = nn.Linear(8, 3)

        def run(x, y):
            return step(nn.Identity(), nn.CrossEntropyLoss(), head(x), y)
        # file: wrong.py
        from torch import nn
        from engine import step

        head = nn.Linear(8, 3)

        def run(x, y):
            soft = nn.Softmax(dim=1)
            return step(soft, nn.CrossEntropyLoss(), head(x), y)
    """
    assert told(program) == [
        (
            "LL101",
            [
                ("wrong.py", 7, "`nn.Softmax` is made here"),
                ("wrong.py", 8, "passed as `activation` to `step`"),
                ("engine.py", 2, "applied here: the result holds softmax probabilities"),
                ("wrong.py", 8, "`nn.CrossEntropyLoss` is made here"),
                ("wrong.py", 8, "passed as `criterion` to `step`"),
                ("engine.py", 2, "given to CrossEntropyLoss here"),
            ],
        )
    ]


def test_what_is_returned_by_the_methods_of_a_model() -> None:
    program = """
        # file: net.py
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(8, 1)

            def activate(self, t):
                return torch.sigmoid(t)

            def forward(self, x):
                return self.activate(self.fc(x))
        # file: train.py
        from torch import nn
        from net import Net

        net = Net()
        criterion = nn.BCEWithLogitsLoss()

        def step(x, y):
            return criterion(net(x), y)
    """
    ((code, steps),) = told(program)
    assert code == "LL201"
    assert steps[0] == ("net.py", 10, "`torch.sigmoid` makes sigmoid probabilities here")
    assert steps[-1] == ("train.py", 8, "given to BCEWithLogitsLoss here")
    assert ("net.py", 13, "returned by `Net.activate`") in steps
    assert ("train.py", 8, "returned by `Net.forward`") in steps
    assert ("train.py", 5, "`nn.BCEWithLogitsLoss` is made here") in steps


def test_a_step_is_told_with_its_columns() -> None:
    program = """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(8, 3)

        def step(x, y):
            return x + F.cross_entropy(F.softmax(head(x), dim=1), y)
    """
    (finding,) = findings(files_of(program))
    row = "    return x + F.cross_entropy(F.softmax(head(x), dim=1), y)"
    cause = finding.evidence[0].place
    assert row[cause.column - 1 : cause.end_column - 1] == "F.softmax(head(x), dim=1)"
    assert row[finding.place.column - 1 : finding.place.end_column - 1] == (
        "F.cross_entropy(F.softmax(head(x), dim=1), y)"
    )
    assert finding.message.endswith(f"at example.py:{cause.row}.")


def test_only_what_is_trained_on_loses_a_gradient() -> None:
    program = """
        import torch
        from torch import nn

        net = nn.Sequential(nn.Linear(3, 10), nn.Softmax(dim=1))
        criterion = nn.CrossEntropyLoss()

        def step(x, y):
            return criterion(net(x), y)

        def train(loader):
            for x, y in loader:
                step(x, y).backward()

        def validate(loader):
            with torch.no_grad():
                for x, y in loader:
                    print(step(x, y))

        @torch.no_grad()
        def test(loader):
            for x, y in loader:
                print(criterion(net(x), y))

        def of_outputs(loader):
            for x, y in loader:
                with torch.no_grad():
                    out = net(x)
                print(criterion(out, y))
    """
    said = {finding.place.row: finding.message for finding in findings(files_of(program))}
    assert {row: "gradients shrink" in message for row, message in said.items()} == {8: True, 22: False, 28: False}
    assert "the number is wrong" in said[22]
