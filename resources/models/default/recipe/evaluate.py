"""Measure a checkpoint: exact match of whole answers, by length and family, on what training never saw.

    python evaluate.py --data data --model model.safetensors --out eval.json --seconds 60

Books, names and values are held out, and in the sets "new" and "idioms" the wordings of facts and questions too
(wordings.py says which); bAbI's are its test stories, natural questions are of countries and tales that are held out.
The right answer's tokens are fed in and every one must be the likeliest, which is exact match of a greedy answer. Token
F1 of natural questions generates greedily. Sets come in the order of SETS, the most important first, until the time is
up. --cpu is for trying the code.
"""
import argparse
import collections
import json
import multiprocessing
import pathlib
import re
import time

import documents as d
import episodes
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
# (name, segments, batches of 64 documents)
SETS = [("seen", 16, 1), ("new", 16, 1), ("seen", 512, 1), ("new", 512, 1), ("qa2", 512, 2), ("qa3", 512, 2),
        ("qa1", 512, 1), ("idioms", 16, 1), ("factbook", 16, 2), ("fairytale", 16, 4), ("seen", 1, 1), ("new", 1, 1),
        ("qa2", 16, 4), ("qa3", 16, 4),
        ("qa1", 16, 2), ("seen", 64, 1), ("new", 64, 1), ("seen", 4096, 1)]
BATCH = 64
TEXTS = {"eval_books": .9, "eval_code": .1}
WORDINGS = ("new", "idioms")
SHARE_OF_BOOKS = .25  # of the values: words of the books
FACTS, MANY_FACTS = {1: (3, 6), 2: (4, 10), 4: (8, 20)}, (8, 24)  # by segments; in longer documents
MISSING = .12         # of the questions
STORIES = ("qa1", "qa2", "qa3")


def documents_for(name, seed):
    wording = name if name in WORDINGS else "trained"
    made = d.Documents(GLOBAL["tokenizer"], GLOBAL["texts"], seed, {}, True, wording, TEXTS)
    made.vocabulary.share = SHARE_OF_BOOKS
    return made


def build(task):
    """One batch of rows; the same task gives the same rows."""
    name, segments, index, size = task
    made = documents_for(name, hash_of(task))
    if name in STORIES:
        return story_rows(made, name, segments, index, size)
    if name in ("factbook", "fairytale"):
        return natural_rows(made, name, segments, index, size)
    level = {"facts": FACTS.get(segments, MANY_FACTS), "missing": MISSING}
    return made.batch(segments, size, level, d.EVALUATION_MIX)


def hash_of(task):
    name, segments, index, _ = task
    return sum(map(ord, name)) * 1_000_003 + segments * 1009 + index


def story_rows(made, task, segments, index, size):
    """Real bAbI test stories between sentences of held-out books, one a document."""
    stories = [s for s in GLOBAL["sources"]["babi"][task] if len(" ".join(s[0])) / 3.2 < segments * d.SEGMENT * .8]
    rows = np.zeros((size, d.Layout(segments).width), np.int16)
    for k, row in enumerate(rows):
        facts, question, answer = stories[(index * size + k) % len(stories)]
        row[d.Layout(segments).column["document"]] = made.plant(facts, segments * d.SEGMENT, kind="eval_books")[0]
        made.write_short(segments, row, [(task, question, answer)])
    return rows


def natural_rows(made, source, segments, index, size):
    """Passages of held-out tales or countries, each in the middle of a held-out book."""
    passages = GLOBAL["sources"][source]
    rows = np.zeros((size, d.Layout(segments).width), np.int16)
    for k, row in enumerate(rows):
        episode = episodes.Episode(made.vocabulary, made.wordings, {source: [passages[(index * size + k) % len(passages)]]})
        (episode.tale if source == "fairytale" else episode.country)(2400)
        facts = [sentence for unit in episode.units for sentence in unit]
        row[d.Layout(segments).column["document"]] = made.plant(facts, segments * d.SEGMENT, kind="eval_books")[0]
        asked = {q.ask(): q.answer for _, q in episode.questions}
        made.write_short(segments, row, [("natural", q, a) for q, a in list(asked.items())[: d.Layout(segments).questions]])
    return rows


GLOBAL = {}  # what the worker processes inherit


def load(data, tokenizer):
    GLOBAL.update(tokenizer=tokenizer, texts=d.load_texts(data, ("eval_books", "eval_code")),
                  sources=d.load_sources(data, "test"))


class Reader:
    """A model that reads batches and answers."""

    def __init__(self, P, c, device, dtype):
        import torch

        import model
        self.torch, self.m, self.c, self.device, self.dtype = torch, model, c, device, dtype
        self.single, self.reading, self.writing = model.cast(P, dtype)
        self.tables = {n: model.rope_table(c, n, device, dtype) for n in (d.SEGMENT + c.memory_tokens, d.SHORT, d.LONG)}

    def read(self, ids):
        """The memory after all segments of ids [batch, S * 256]."""
        torch, M = self.torch, self.c.memory_tokens
        A, z = self.m.empty_memory(self.c, len(ids), self.device)
        table = self.tables[d.SEGMENT + M]
        for s in range(ids.shape[1] // d.SEGMENT):
            x = self.single["emb"][ids[:, s * d.SEGMENT : (s + 1) * d.SEGMENT]]
            x = torch.cat([x, self.single["mem"].expand(len(ids), -1, -1)], 1)[:, None]
            first = torch.tensor(float(s == 0), device=self.device)
            for i in range(self.c.layers):
                x = self.m.block(x, A[i], z[i], *self.reading[i], *table)
                A[i], z[i] = self.m.write(x[:, 0, -M:], A[i], z[i], first, *self.writing[i])
        return A, z

    def predict(self, memory, windows):
        """The likeliest next token everywhere in windows [batch, N, T]."""
        A, z = memory
        x = self.single["emb"][windows]
        for i in range(self.c.layers):
            x = self.m.block(x, A[i], z[i], *self.reading[i], *self.tables[windows.shape[2]])
        return self.m.rms_norm(x, self.single["norm"])

    def tokens(self, hidden):
        return (hidden @ self.single["emb"].t()).argmax(-1)

    def answers(self, rows, segments):
        """(right, asked, family) of the short questions, each [batch, N]; and the memory and windows."""
        torch, column = self.torch, d.Layout(segments).column
        buffer = torch.from_numpy(rows).to(self.device).long()
        part = lambda k: buffer[:, column[k]]  # noqa: E731
        n = len(rows)
        memory = self.read(part("document"))
        windows = part("short").view(n, -1, d.SHORT)
        hidden = self.predict(memory, windows)
        at, target = (part(k).view(n, -1, d.ANSWER) for k in ("at", "target"))
        picked = torch.gather(hidden, 2, at[..., None].expand(-1, -1, -1, hidden.shape[-1]))
        given = self.tokens(picked)
        asked = (target >= 0).any(-1)
        right = ((given == target) | (target < 0)).all(-1) & asked
        return right, asked, part("family"), memory, windows, at, target

    def generate(self, memory, windows, at, asked):
        """Greedy answers: windows [batch, N, T] whose question ends at at[..., 0]; returns lists of ids."""
        torch = self.torch
        windows, end = windows.clone(), at[..., 0]
        done = ~asked
        out = []
        for k in range(d.ANSWER):
            place = (end + k).clamp(max=d.SHORT - 2)
            hidden = self.predict(memory, windows)
            picked = torch.gather(hidden, 2, place[..., None, None].expand(-1, -1, 1, hidden.shape[-1]))
            token = self.tokens(picked)[..., 0]
            token = torch.where(done, torch.full_like(token, 2), token)
            done = done | (token == 2)
            windows.scatter_(2, place[..., None] + 1, token[..., None])
            out.append(token)
            if bool(done.all()):
                break
        return torch.stack(out, -1).tolist()


def f1(given, wanted):
    """Token F1 of two answers: lower case, no punctuation, no articles."""
    words = lambda t: [x for x in re.findall(r"[\w.]*\w", t.lower()) if x not in ("a", "an", "the")]  # noqa: E731
    a, b = words(given), words(wanted)
    common = sum((collections.Counter(a) & collections.Counter(b)).values())
    return 2 * common / (len(a) + len(b)) if common else float(not a and not b)


def text_of(sp, ids):
    ids = [int(i) for i in ids]
    return sp.decode(ids[: ids.index(2)] if 2 in ids else ids).strip()


class Score:
    def __init__(self):
        self.right, self.total = collections.Counter(), collections.Counter()
        self.not_stated = self.f1 = 0

    def add(self, family, right):
        self.right[family] += right
        self.total[family] += 1

    def to_json(self):
        out = {f: {"accuracy": round(self.right[f] / n, 4), "n": n} for f, n in self.total.items()}
        n = sum(self.total.values()) - self.total["unans"]
        right = sum(self.right.values()) - self.right["unans"]
        out["all answerable"] = {"accuracy": round(right / max(1, n), 4), "n": n}
        out["false not stated"] = {"share": round(self.not_stated / max(1, n), 4), "n": n}
        if self.total["natural"]:
            out["natural"]["f1"] = round(self.f1 / self.total["natural"], 4)
        return out


def measure(reader, rows, segments, score, examples, sp, label):
    """Add one batch's answers to the score; keeps a few examples as text."""
    right, asked, family, memory, windows, at, target = reader.answers(rows, segments)
    most = max(1, int(asked.sum(1).max()))  # the questions of a document come first in its row
    given = reader.generate(memory, windows[:, :most], at[:, :most], asked[:, :most])
    not_stated = sp.encode(episodes.NOT_STATED)
    right, family, target = right.tolist(), family.tolist(), target.tolist()
    for b, k in asked.nonzero().tolist():
        name = episodes.FAMILIES[family[b][k]]
        score.add(name, int(right[b][k]))
        said = text_of(sp, given[b][k])
        wanted = text_of(sp, [t for t in target[b][k] if t >= 0])
        score.not_stated += name != "unans" and given[b][k][: len(not_stated)] == not_stated
        if name == "natural":
            score.f1 += f1(said, wanted)
        if k < 2 and b < 20:
            ids = windows[b, k].tolist()
            question = sp.decode(ids[ids.index(3) + 1 : ids.index(4)]) if 3 in ids and 4 in ids else ""
            examples.append([label, name, question.strip(), wanted, said])


def quick(reader, batches):
    """{name: {family: accuracy}} of small batches [(name, segments, rows)], for the log of a run."""
    out = {}
    with reader.torch.no_grad():
        for name, segments, rows in batches:
            score, (right, asked, family, *_) = Score(), reader.answers(rows, segments)
            right, family = right.tolist(), family.tolist()
            for b, k in asked.nonzero().tolist():
                score.add(episodes.FAMILIES[family[b][k]], int(right[b][k]))
            cell = score.to_json()
            out[f"{name}-{segments * d.SEGMENT}"] = {f: round(v["accuracy"], 3) for f, v in cell.items() if "accuracy" in v}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data"))
    parser.add_argument("--tokenizer", type=pathlib.Path, default=HERE.parent / "tokenizer.model")
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("eval.json"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=14)
    parser.add_argument("--documents", type=int, default=BATCH, help="a batch")
    parser.add_argument("--longest", type=int, default=4096, help="segments")
    parser.add_argument("--cpu", action="store_true", help="float32 on the CPU")
    a = parser.parse_args()
    start = time.time()
    load(a.data, a.tokenizer)
    tasks = [(name, segments, i, a.documents if segments < 4096 else max(1, a.documents // 4))
             for name, segments, n in SETS if segments <= a.longest for i in range(n)]
    pool = multiprocessing.get_context("fork").Pool(a.workers)
    batches = pool.imap(build, tasks)
    import torch

    import model
    device, dtype = ("cpu", torch.float32) if a.cpu else ("cuda", torch.bfloat16)
    torch.backends.cuda.enable_cudnn_sdp(False)  # its attention is slower for these shapes
    P, c = model.load(a.model)
    reader = Reader({k: v.to(device) for k, v in P.items()}, c, device, dtype)
    sp = d.sentencepiece.SentencePieceProcessor(model_file=str(a.tokenizer))
    scores, examples, slowest = {}, [], 0.0
    with torch.no_grad():
        for (name, segments, _, _), rows in zip(tasks, batches):
            begun = time.time()
            if begun - start > a.seconds - 1.2 * (slowest if segments >= 512 else 1):
                print(f"time is up before {name} at {segments * d.SEGMENT} tokens", flush=True)
                break
            label = f"{name} {segments * d.SEGMENT}"
            measure(reader, rows, segments, scores.setdefault(label, Score()), examples, sp, label)
            slowest = max(slowest, time.time() - begun)
            results = {k: v.to_json() for k, v in scores.items()}
            a.out.write_text(json.dumps({"results": results, "examples": examples}, indent=0))
    for label, score in scores.items():
        cells = " ".join(f"{f} {v.get('accuracy', v.get('share')):.2f}({v['n']})" + (f" F1 {v['f1']:.2f}" if "f1" in v else "")
                         for f, v in sorted(score.to_json().items()))
        print(f"{label}: {cells}", flush=True)
    print(f"evaluated in {time.time() - start:.0f} s", flush=True)
    pool.terminate()


if __name__ == "__main__":
    main()
