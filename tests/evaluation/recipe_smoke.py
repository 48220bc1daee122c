"""The default model's recipe in small.

    python tests/evaluation/recipe_smoke.py wordings    the wordings and worlds hold what they promise; needs Python alone
    python tests/evaluation/recipe_smoke.py training    a few steps of a tiny model on a CPU leave a checkpoint that reads
                                                        back, and a grown one computes the same

"training" needs NumPy, SentencePiece and PyTorch; it exits with 77, which the suite reports as skipped, where one is
missing.
"""
import importlib.util
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPE = ROOT / "resources" / "models" / "default" / "recipe"


def check_wordings():
    """What training draws is never an idiom or a paraphrase of the evaluation, and every fact has its value."""
    import paraphrases
    import wordings
    from grammar import expand
    flat = lambda part: {s.lower().rstrip(".?") for group in part for s in group}  # noqa: E731
    later = {id(patterns): flat(expand(more)[0]) for patterns, more in wordings.later()}
    new = [(r.facts, p.facts) for r, p in zip(wordings.RELATIONS, paraphrases.PARAPHRASES, strict=True)]
    new += [(r.questions, p.questions) for r, p in zip(wordings.RELATIONS, paraphrases.PARAPHRASES, strict=True)]
    new += [(getattr(wordings, name), patterns) for name, patterns in paraphrases.WORLD.items()]
    for patterns, paraphrased in new:
        trained, held = (flat(part) for part in expand(patterns))
        trained |= later.pop(id(patterns), set())
        others = flat(expand(paraphrased)[0])
        assert trained and held and others and not trained & held and not trained & others, patterns
        assert not any(c in s for s in trained | held | others for c in "[]|~"), patterns
    assert not later, "patterns of a list that evaluation does not paraphrase"
    for relation in wordings.RELATIONS:
        assert all("{v}" in s for part in expand(relation.facts) for group in part for s in group), relation.facts


def check_blurring():
    """A spoilt wording keeps its slots and all words but two, in their order, a short one everything; a reworded one keeps
    its slots; neither is ever one of the evaluation, and without a source of words all stay as they are."""
    import wordings
    made = lambda seed, other=lambda: "quince": wordings.Wordings(random.Random(seed), "trained", other)  # noqa: E731
    words = lambda text: re.findall(r"[\w{}']+", text)  # noqa: E731
    slots = lambda text: re.findall(r"{\w}", text)  # noqa: E731
    for pattern in ("{e} was born in the town of {v}.", "What is the {x} of {e}'s old house?"):
        old = words(pattern)
        spoilt = [made(seed).spoilt(pattern, 5) for seed in range(200)]
        for new in spoilt:
            kept = [word for word in words(new) if word != "quince"]
            rest = iter(old)
            assert all(word in rest for word in kept) and len(old) - len(kept) <= 2, new
        assert {len(words(new)) - len(old) for new in spoilt} >= {-1, 0, 1}
        blurred = [made(seed).blurred(pattern) for seed in range(400)]
        assert 60 < sum(new != pattern for new in blurred) < 180
        assert all(slots(new) == slots(pattern) for new in blurred)
        assert all(made(seed, None).blurred(pattern) == pattern for seed in range(100))
    assert all(made(seed).spoilt("{p} went to the {l}.", 4) == "{p} went to the {l}." for seed in range(100))
    drawn = made(1)
    patterns = [drawn.draw(r.facts) for r in wordings.RELATIONS for _ in range(50)]
    changed = {wordings.plain(new) for old in patterns if (new := drawn.blurred(old, 3)) != old}
    assert len(changed) > 500 and len(wordings.evaluated()) > 500 and not changed & wordings.evaluated()


def check_episodes():
    """Every answer stands in the facts, and about as many questions as asked for have none."""
    import episodes
    import vocabulary
    import wordings
    mix = {"attribute": .4, "two": .1, "key": .1, "constant": .1, "world": .2, "directions": .1}
    for held, kind in ((False, "trained"), (True, "new"), (True, "idioms")):
        r = random.Random(5)
        made = episodes.Episode(vocabulary.Vocabulary(r, held), wordings.Wordings(r, kind), {})
        facts, asked = made.build(40, .2, 60, 600, mix)
        text = " ".join(facts).lower()
        missing = [q for q in asked if q[2] == episodes.NOT_STATED]
        assert 40 <= len(facts) < 60 and 3 <= len(missing) < 30, (len(facts), len(missing))
        assert all(answer.lower() in text for _, _, answer in asked if answer != episodes.NOT_STATED)
        assert not any(family == "who" for family, _, _ in asked), "only training and their own set have these"


def check_who():
    """A question who somebody is names a value that one fact alone has, and the answer is the person of that fact."""
    import episodes
    import vocabulary
    import wordings
    known = 0
    for seed in range(20):
        r = random.Random(seed)
        made = episodes.Episode(vocabulary.Vocabulary(r), wordings.Wordings(r, "trained", lambda: "quince"), {})
        made.build(30, .2, 60, 600, {"attribute": 1})
        values = [q.answer for _, q in made.questions if q.family == "attr"]
        for unit, question in made.questions:
            if question.family == "who":
                asked, told = question.ask(), " ".join(made.units[unit])
                value = next(q.answer for other, q in made.questions if other == unit and q.family == "attr")
                assert asked.startswith("Who ") or " who " in f" {asked}", asked
                assert value.lower() in asked.lower() and question.answer.lower() in told.lower(), (asked, told)
                assert question.answer not in asked and values.count(value) == 1, (asked, value)
                known += 1
    assert known > 50, known


def check_chunks():
    """What is asked after a chunk was told by then, and a memory read in chunks is that of the whole document."""
    import argparse
    import documents as d
    import evaluate
    import model
    import ranks
    import step
    import torch
    import train
    tokenizer = RECIPE.parent / "tokenizer.model"
    made = d.Documents(tokenizer, {"books": train.smoke_texts(tokenizer)["books"]}, 3)
    rows = made.chunks(8, 2, {"facts": (6, 12), "missing": .1}, 2)
    column, answers = d.Layout(2).column, 0
    for document in range(2):
        told = ""
        for row in rows[:, document]:
            told += made.sp.decode(row[column["document"]].tolist()).lower()
            for target in row[column["target"]].reshape(-1, d.ANSWER):
                answer = made.sp.decode([t for t in target.tolist() if t > 2]).strip().lower()
                assert answer in told or answer == "not stated", answer
                answers += answer not in ("", "not stated")
    assert answers > 30, answers
    c = model.Config(hidden=192, heads=3, kv_heads=1, mlp=64, layers=2, memory_tokens=4, d_mem=8)
    P = {k: v.requires_grad_(True) for k, v in model.initial(c).items()}
    a = argparse.Namespace(chunk=2, long_batch=2, batch=2, eager=True)
    one = step.Step(torch, model, P, c, ranks.Ranks(), a)
    for _ in range(2):  # the second document begins with an empty memory again
        for k, chunk in enumerate(rows):
            one(2, chunk, k == 0)
    whole = torch.from_numpy(rows[:, :, column["document"]]).transpose(0, 1).reshape(2, -1).long()
    with torch.no_grad():
        A, z = evaluate.Reader(P, c, "cpu", torch.float32).read(whole)
    for chunked, expected in zip([*one.state[0], *one.state[1]], [*A, *z]):
        assert torch.equal(chunked, expected)


def check_warm_up():
    """After warm() no batch compiles anything, for that would spoil the graph that is captured of it on a GPU."""
    import argparse
    import documents as d
    import model
    import ranks
    import step
    import torch
    import train
    tokenizer = RECIPE.parent / "tokenizer.model"
    c = model.Config(hidden=192, heads=3, kv_heads=1, mlp=64, layers=2, memory_tokens=4, d_mem=8)
    P = {k: v.requires_grad_(True) for k, v in model.initial(c).items()}
    a = argparse.Namespace(chunk=d.MANY, long_batch=1, batch=2, eager=True)
    one = step.Step(torch, model, P, c, ranks.Ranks(), a)
    one.compile(True)
    for batch in (a.batch, a.long_batch):
        one.warm(batch, batch == a.long_batch)
    made = d.Documents(tokenizer, {"books": train.smoke_texts(tokenizer)["books"]}, 3)
    with torch.compiler.set_stance("fail_on_recompile"):
        for segments, batch in ((0, 2), (4, 2), (16, 1), (d.MANY, 1)):
            assert one(segments, made.batch(segments, batch, {"facts": (4, 8), "missing": .1}))


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
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(RECIPE))
    if sys.argv[1:] == ["wordings"]:
        check_wordings()
        check_blurring()
        check_episodes()
        check_who()
    elif any(importlib.util.find_spec(name) is None for name in ("numpy", "sentencepiece", "torch")):
        print("skipped: numpy, sentencepiece and torch are needed")
        sys.exit(77)
    else:
        check_chunks()
        check_warm_up()
        check_training()


if __name__ == "__main__":
    main()
