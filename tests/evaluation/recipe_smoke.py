"""The default model's recipe in small: the wordings and worlds hold what they promise, and a training run of a few steps
of a tiny model on a CPU leaves a checkpoint that reads back and answers a batch of questions.

    python tests/evaluation/recipe_smoke.py

Needs NumPy, SentencePiece and PyTorch; exits with 77, which the suite reports as skipped, where one is missing.
"""
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPE = ROOT / "resources" / "models" / "default" / "recipe"


def check_wordings():
    import relations
    from grammar import expand
    for relation in relations.RELATIONS:
        for patterns in (relation.facts, relation.questions):
            trained, held = ({s for group in part for s in group} for part in expand(patterns))
            assert trained and held and not trained & held, patterns
            assert not any(c in s for s in trained | held for c in "[]|~"), patterns
        assert all("{v}" in s for part in expand(relation.facts) for group in part for s in group), relation.facts


def check_episodes():
    """Every answer stands in the facts, and about as many questions as asked for have none."""
    import documents
    import episodes
    import vocabulary
    import wordings
    for held in (False, True):
        r = random.Random(5)
        made = episodes.Episode(vocabulary.Vocabulary(r, held), wordings.Wordings(r, held), {})
        facts, asked = made.build(40, .2, 60, 600, documents.EVALUATION_MIX)
        text = " ".join(facts).lower()
        missing = [q for q in asked if q[2] == episodes.NOT_STATED]
        assert 40 <= len(facts) < 60 and 3 <= len(missing) < 30, (len(facts), len(missing))
        assert all(answer.lower() in text for _, _, answer in asked if answer != episodes.NOT_STATED)


def check_training():
    import evaluate
    import model
    import torch
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.executable, RECIPE / "train.py", "--smoke", "--out", out], check=True, stdout=subprocess.DEVNULL)
        parts = sorted(pathlib.Path(out).glob("model.part*"))
        whole = pathlib.Path(out) / "model.safetensors"
        whole.write_bytes(b"".join(p.read_bytes() for p in parts))
        P, c = model.load(whole)
        log = [json.loads(line) for line in (pathlib.Path(out) / "log.jsonl").read_text().splitlines()]
    losses = [line["answer_loss"] for line in log if "answer_loss" in line]
    assert losses[-1] < losses[0] and log[-1]["done"] == 6, log
    sums = model.grow(P, c.layers + 1)
    ids = torch.randint(6, c.vocabulary, (1, 512), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        first, second = (evaluate.Reader(p, model.Config(**{**c.__dict__, "layers": n}), "cpu", torch.float32).read(ids)[0][0]
                         for p, n in ((P, c.layers), (sums, c.layers + 1)))
    assert torch.equal(first, second), "a grown model computes something else"


def main():
    if any(importlib.util.find_spec(name) is None for name in ("numpy", "sentencepiece", "torch")):
        print("skipped: numpy, sentencepiece and torch are needed")
        sys.exit(77)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(RECIPE))
    check_wordings()
    check_episodes()
    check_training()


if __name__ == "__main__":
    main()
