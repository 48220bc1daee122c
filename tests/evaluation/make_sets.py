#!/usr/bin/env python3
"""Write seeded evaluation sets for `longview-cli evaluate`: questions about facts planted between sentences of books.

Requirements: Python 3.10+, numpy, sentencepiece, and the folder that the recipe's prepare.py writes, of which this uses
what was kept out of the default model's training: three novels, a few files of code, bAbI's test stories, and the
countries and tales that natural questions are asked about.

    python tests/evaluation/make_sets.py --data DIR --out DIR [--seed 1] [--questions 500] [--stories 500]
        [--lengths 4096,131072] [--per-document 8] [--sets seen,new,idioms,who,qa1,qa2,qa3,factbook,fairytale] [--join NAME]

Writes OUT/NAME.jsonl, one {"doc", "question", "answer", "family"} a line, and the documents as OUT/NAME/*.txt, for each
set and length, NAME being SET-LENGTH; or with --join all of them under one name:

- seen: names, values and constants that training never drew, in wordings that it did use;
- new: the same in the wordings of the recipe's paraphrases.py, which training never used;
- idioms: the same in idioms, which share few words with training's wordings;
- who: as in seen, but asked the other way round, who somebody is of whom something is told: "Who plays the harp?";
- qa1, qa2, qa3: real bAbI test stories, one question a document;
- factbook, fairytale: natural questions whose answers stand in the text word for word, one passage a document.

small.jsonl beside this script is its output for `--out tests/evaluation --join small --questions 20 --stories 2
--lengths 256,1024,4096 --sets seen,new,qa1,qa2`.

A document is LENGTH tokens that hold every fact, then a tail without facts that belongs to the final segment, so that
only the memory can answer. It is text, because the application tokenizes it again; the share of pieces that tokenizing
again gives back is printed for every set. Everything follows from the seed.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "resources" / "models" / "default"
sys.path.insert(0, str(MODEL / "recipe"))
sys.dont_write_bytecode = True
import documents  # noqa: E402
import episodes  # noqa: E402
import evaluate  # noqa: E402
import prepare  # noqa: E402

SEGMENT = documents.SEGMENT
LONGEST_QUESTION = documents.SHORT  # tokens, the answer included
PLANTED, STORIES, PASSAGES = ("seen", "new", "idioms", "who"), ("qa1", "qa2", "qa3"), ("factbook", "fairytale")


def normal(text):
    """What the application makes of a text before it tokenizes."""
    text = text.translate(prepare.PLAIN).replace("\r", "").replace("\t", "    ")
    return re.sub(r"\n{2,}", "\n", re.sub(r"[ ]+\n", "\n", text)).strip()


class Documents(documents.Documents):
    """The recipe's documents over held-out texts: text starts where a line starts and never crosses into another one."""

    def __init__(self, texts, seed, wording):
        super().__init__(MODEL / "tokenizer.model", texts, seed, {}, True, wording, evaluate.TEXTS)
        self.vocabulary.share = evaluate.SHARE_OF_BOOKS
        self.starts = {kind: np.flatnonzero(ids == self.newline) + 1 for kind, ids in texts.items()}
        self.stops = {kind: np.append(np.flatnonzero(ids == self.end), len(ids)) for kind, ids in texts.items()}

    def text(self, n, kind=None):
        kind = kind or self.r.choices(list(self.texts), [self.shares[k] for k in self.texts])[0]
        starts, stops = self.starts[kind], self.stops[kind]
        if kind == "eval_books" and n > np.diff(stops, prepend=0).max():  # then of two books
            return np.append(self.text(n // 2, kind), self.text(n - n // 2, kind))
        for _ in range(1000):
            o = int(starts[self.r.randrange(len(starts))])
            if o + n <= stops[np.searchsorted(stops, o)]:
                return self.texts[kind][o : o + n].astype(np.int64)
            if kind == "eval_code" and n > 8 * SEGMENT:  # no file is so long
                return self.text(n, "eval_books")
        raise ValueError(f"no text has {n} tokens")

    def document(self, facts, tokens, span=1.):
        """`tokens` ids with all the facts, a newline, and a tail of 16 to 160; None if a fact had no room."""
        ids, ends = self.plant(facts, tokens, 0, span)
        if len(ends) != len(facts):
            return None
        return [*map(int, ids), self.newline, *map(int, self.text(self.r.randint(16, 160)))]

    def fits(self, question, answer):
        x, y = self.ask(question, answer)
        return len(y) <= documents.ANSWER and len(x) + len(y) <= LONGEST_QUESTION


def ends(processor, ids):
    """Where each piece ends, in bytes before the text's end."""
    size = [1 if processor.is_byte(i) else len(processor.id_to_piece(i).replace("\u2581", " ").encode()) for i in ids]
    return np.cumsum(size[::-1])[::-1]


class Writer:
    """One set: documents, questions and how faithfully text gives back the ids."""

    def __init__(self, a, name, made):
        self.out, self.name, self.join, self.sp, self.newline = a.out, name, a.join, made.sp, made.newline
        self.prefix = f"{a.join}/{name}-" if a.join else f"{name}/"
        (a.out / (a.join or name)).mkdir(parents=True, exist_ok=True)
        self.lines, self.families, self.documents = [], collections.Counter(), 0
        self.pieces = self.kept = self.refused = 0
        self.lengths = []

    def add(self, ids, tokens, questions):
        """False when no text gives these ids (a character cut in two) or when it fills other segments."""
        ids = [i for i, before in zip(ids, [None] + ids) if (i, before) != (self.newline, self.newline)]
        text = self.sp.decode(ids)
        again = self.sp.encode(text)
        if "\ufffd" in text or normal(text) != text or len(again) // SEGMENT != tokens // SEGMENT:
            self.refused += 1
            return False
        a, b = ends(self.sp, ids), ends(self.sp, again)
        self.pieces += len(ids)
        self.kept += len(set(zip(a.tolist(), ids)) & set(zip(b.tolist(), again)))
        doc = f"{self.prefix}{self.documents:03}.txt"
        (self.out / doc).write_text(text, "utf-8")
        for family, question, answer in questions:
            self.lines.append(json.dumps(dict(doc=doc, question=question, answer=answer, family=family)))
            self.families[family] += 1
        self.documents += 1
        self.lengths.append(len(again))
        return True

    def finish(self):
        with open(self.out / f"{self.join or self.name}.jsonl", "a" if self.join else "w", encoding="utf-8") as f:
            f.write("\n".join(self.lines) + "\n")
        counts = " ".join(f"{f} {n}" for f, n in sorted(self.families.items()))
        print(f"{self.name}: {self.documents} documents of {min(self.lengths)}-{max(self.lengths)} tokens, "
              f"{len(self.lines)} questions ({counts}); pieces given back {self.kept / self.pieces:.2%}; "
              f"documents drawn again {self.refused}", flush=True)


def planted(made, length, most):
    """(facts, questions) of one document, as many facts as the recipe's evaluation plants."""
    low, high = evaluate.FACTS.get(length // SEGMENT, evaluate.MANY_FACTS)
    who = made.wordings.reverses
    facts, drawn = made.episode(made.r.randint(low, high), evaluate.MISSING, 6 * most if who else 2 * most,
                                length if length > SEGMENT else 500, {"attribute": 1} if who else documents.EVALUATION_MIX)
    questions = {}
    for family, question, answer in drawn:
        if made.fits(question, answer) and (not who or family == "who" or family == "unans" and question.startswith("Who ")):
            questions.setdefault(question, (family, question, answer))
    return facts, list(questions.values())[:most]


def write_planted(a, writer, made, length):
    while len(writer.lines) < a.questions:
        facts, questions = planted(made, length, a.per_document)
        ids = made.document(facts, length, made.r.choice([1., 1., 1., .5, .2]) if length > 2 * SEGMENT else 1.)
        if ids and questions:
            writer.add(ids, length, questions)


def write_stories(a, writer, made, length, task):
    stories = [s for s in a.sources["babi"][task] if len(" ".join(s[0])) / 3.2 < length * .8]
    made.r.shuffle(stories)
    for facts, question, answer in stories:
        if len(writer.lines) == a.stories:
            break
        ids = made.document(facts, length)
        if ids:
            writer.add(ids, length, [(task, question, answer)])


def write_passages(a, writer, made, length, source):
    for passage in a.sources[source]:
        if len(writer.lines) >= a.questions:
            break
        episode = episodes.Episode(made.vocabulary, made.wordings, {source: [passage]})
        (episode.tale if source == "fairytale" else episode.country)(3 * length - 600)
        asked = {q.ask(): q.answer for _, q in episode.questions}
        questions = [("natural", q, x) for q, x in asked.items() if made.fits(q, x)]
        ids = made.document([s for unit in episode.units for s in unit], length) if questions else None
        if ids:
            writer.add(ids, length, questions)


def write_set(a, texts, name, length):
    seed = a.seed * 1_000_003 + length * 2 + sum(map(ord, name)) * 1009
    made = Documents(texts, seed, name if name in evaluate.WORDINGS else "trained")
    made.wordings.reverses = name == "who"
    writer = Writer(a, f"{name}-{length}", made)
    if name in PLANTED:
        write_planted(a, writer, made, length)
    elif name in STORIES:
        write_stories(a, writer, made, length, name)
    else:
        write_passages(a, writer, made, length, name)
    if writer.lines:
        writer.finish()
    else:
        print(f"{name}-{length}: nothing is short enough")


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=pathlib.Path, required=True)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--lengths", type=lambda t: [int(x) for x in t.split(",")], default=[4096, 131072])
    p.add_argument("--questions", type=int, default=500, help="per set of facts or passages, rounded up to whole documents")
    p.add_argument("--per-document", type=int, default=8, help="most questions about one document's facts")
    p.add_argument("--stories", type=int, default=500, help="per set of bAbI's")
    p.add_argument("--sets", type=lambda t: t.split(","), default=[*PLANTED, *STORIES, *PASSAGES])
    p.add_argument("--join", default="", metavar="NAME", help="one file of questions for all sets")
    a = p.parse_args()
    if any(n < SEGMENT or n % SEGMENT for n in a.lengths):
        p.error(f"--lengths must be multiples of {SEGMENT}")
    if unknown := set(a.sets) - {*PLANTED, *STORIES, *PASSAGES}:
        p.error(f"unknown sets: {', '.join(sorted(unknown))}")
    return a


def main():
    a = arguments()
    texts = documents.load_texts(a.data, evaluate.TEXTS)
    a.sources = documents.load_sources(a.data, "test")
    if a.join:
        (a.out / f"{a.join}.jsonl").unlink(missing_ok=True)
    for length in a.lengths:
        for name in a.sets:
            write_set(a, texts, name, length)


if __name__ == "__main__":
    main()
