#!/usr/bin/env python3
"""Write seeded evaluation sets for `longview-cli evaluate`: questions about facts planted between sentences of books.

Requirements: Python 3.10+, numpy, sentencepiece. The corpus folder holds long-books.tar.xz and babi.tar.xz, or what they
unpack to: eval_books/{war-and-peace,don-quixote,moby-dick}.txt, the three books that were kept out of the default
model's training, and bAbI's en-10k test files (CC BY 3.0).

    python tests/evaluation/make_sets.py --corpus DIR --out DIR [--seed 1] [--questions 100] [--babi 100]
        [--lengths 256,1024,4096,16384,65536] [--wordings trained,held] [--families qa1,qa2,...] [--join NAME]

Writes OUT/NAME.jsonl, one {"doc", "question", "answer", "family"} a line, and the documents as OUT/NAME/*.txt, for each
of these, or with --join all of them under one name:

- trained-N: names, made-up words and constants that training never drew, in wordings that it did use;
- held-N: the one wording of every relation that training never used;
- babi-N: real bAbI test stories of one and of two supporting facts, one question a document.

small.jsonl beside this script is its output for `--out tests/evaluation --join small --questions 20 --babi 2
--lengths 256,1024,4096`.

A document is N tokens that hold every fact, then a tail without facts that belongs to the final segment, so that only
the memory can answer. It is text, because the application tokenizes it again; the share of pieces that tokenizing
again gives back is printed for every set. Everything follows from the seed.
"""
import argparse
import collections
import io
import json
import pathlib
import re
import sys
import tarfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "resources" / "models" / "default"
sys.path.insert(0, str(MODEL / "recipe"))
sys.dont_write_bytecode = True
import gen  # noqa: E402

SEGMENT = 256
QUESTIONS_A_DOCUMENT = 8
LONGEST_ANSWER, LONGEST_QUESTION = 12, 64  # tokens; as in train.py
FAMILIES = ["qa1", "qa2", "qa4", "passkey", "attr", "code", "unans"]
HELD_NAMES = {"first", "last", "obj", "adj", "attr"}  # as in evaluate.py: names are held out, kinds of values are not
BABI = {"qa1": "qa1_single-supporting-fact", "qa2": "qa2_two-supporting-facts"}


def corpus_files(corpus, archive, folder, pattern):
    """{name: text} of the files under `folder` that match, from the archive or from the unpacked folder."""
    packed = corpus / archive
    if packed.exists():
        with tarfile.open(packed) as tar:
            return {pathlib.PurePath(m.name).name: io.TextIOWrapper(tar.extractfile(m), "utf-8").read()
                    for m in tar if m.isfile() and re.search(pattern, m.name)}
    found = {p.name: p.read_text("utf-8") for p in sorted((corpus / folder).rglob("*.txt"))
             if re.search(pattern, p.as_posix())}
    if not found:
        sys.exit(f"{corpus}: found neither {archive} nor {folder}/")
    return found


def clean(text):
    """The form of the books that the model read in training (recipe/prepare_text.py)."""
    text = text.replace("\r", "").replace("\t", "    ")
    return re.sub(r"[ ]*\n\s*\n*", "\n", text).strip()


def normal(text):
    """What the application makes of a text before it tokenizes (recipe/prepare_text.py, clean_code)."""
    text = text.replace("\r", "").replace("\t", "    ")
    return re.sub(r"\n{2,}", "\n", re.sub(r"[ ]+\n", "\n", text)).strip()


def babi_stories(text):
    """[(facts so far, question, answer)] of one bAbI file."""
    stories, facts = [], []
    for line in text.splitlines():
        number, rest = line.split(" ", 1)
        if number == "1":
            facts = []
        if "\t" in rest:
            question, answer, _ = rest.split("\t")
            stories.append((list(facts), question.strip(), answer.strip()))
        else:
            facts.append(rest.strip())
    return stories


class BookGen(gen.Gen):
    """The recipe's generators over whole books: text starts where a line starts and never crosses into another book."""

    def __init__(self, books, seed, held):
        super().__init__(str(MODEL / "tokenizer.model"), {"books": None}, "eval", seed=seed, held_tmpl=held)
        self.hold = HELD_NAMES
        self.books = books
        self.lines = [np.flatnonzero(b == self.NL) + 1 for b in books]

    def noise_slice(self, n, kind=None):
        book = self.r.choices(range(len(self.books)), [len(b) for b in self.books])[0]
        starts = self.lines[book]
        starts = starts[: np.searchsorted(starts, len(self.books[book]) - n)]
        if len(starts) == 0:
            raise ValueError(f"no book has {n} tokens")
        o = starts[self.r.randrange(len(starts))]
        return self.books[book][o : o + n]

    def document(self, facts, tokens, span=None):
        """`tokens` ids with all the facts, a newline, and a tail of 16 to 160; None if a fact had no room."""
        ids, kept, _ = self.scatter(facts, tokens, kind="books", span=span)
        if kept != len(facts):
            return None
        return [int(t) for t in ids] + [self.NL] + [int(t) for t in self.noise_slice(self.r.randint(16, 160))]

    def fits(self, question, answer):
        x, y = self.qa_tokens(question, answer)
        return len(y) <= LONGEST_ANSWER and len(x) + len(y) <= LONGEST_QUESTION


def load_books(corpus, processor):
    texts = corpus_files(corpus, "long-books.tar.xz", "eval_books", r"eval_books/.*\.txt$")
    return [np.array(processor.encode(clean(texts[name])), np.int64) for name in sorted(texts)]


def ends(processor, ids):
    """Where each piece ends, in bytes before the text's end."""
    size = [1 if processor.is_byte(i) else len(processor.id_to_piece(i).replace("\u2581", " ").encode()) for i in ids]
    return np.cumsum(size[::-1])[::-1]


class Writer:
    """One set: documents, questions and how faithfully text gives back the ids."""

    def __init__(self, a, name, processor):
        self.out, self.name, self.join, self.sp = a.out, name, a.join, processor
        self.prefix = f"{a.join}/{name}-" if a.join else f"{name}/"
        (a.out / (a.join or name)).mkdir(parents=True, exist_ok=True)
        self.lines, self.families, self.documents = [], collections.Counter(), 0
        self.pieces = self.kept = self.refused = 0
        self.newline = processor.piece_to_id("\n")
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


def planted_questions(g, segments, families):
    """(facts, questions) of one document, as many facts as evaluate.py plants."""
    low, high = {1: (3, 6), 2: (4, 10)}.get(segments, (8, 20))
    facts, drawn = g.episode(min(g.r.randint(low, high), 8 * segments), .1, QUESTIONS_A_DOCUMENT + 1)
    questions = {}
    for family, question, answer in drawn:
        if gen.FAMS[family] in families and g.fits(question, answer):
            questions.setdefault(question, (gen.FAMS[family], question, answer))
    return facts, list(questions.values())[:QUESTIONS_A_DOCUMENT]


def write_planted(a, books, length, wordings):
    g = BookGen(books, a.seed * 1_000_003 + length * 2 + (wordings == "held"), wordings == "held")
    writer = Writer(a, f"{wordings}-{length}", g.sp)
    while len(writer.lines) < a.questions:
        facts, questions = planted_questions(g, length // SEGMENT, a.families)
        span = g.r.choice([None, None, None, .5, .2]) if length > 2 * SEGMENT else None
        ids = g.document(facts, length, span)
        if ids and questions:
            writer.add(ids, length, questions)
    writer.finish()


def write_babi(a, books, length):
    g = BookGen(books, a.seed * 1_000_003 + length * 2 + 1_000_000_007, False)
    writer = Writer(a, f"babi-{length}", g.sp)
    for family, name in BABI.items():
        (text,) = corpus_files(a.corpus, "babi.tar.xz", "babi", f"/{name}_test\\.txt$").values()
        stories = [s for s in babi_stories(text) if len(" ".join(s[0])) / 3.2 < length * .8]
        g.r.shuffle(stories)
        left = a.babi
        for facts, question, answer in stories:
            if left == 0:
                break
            ids = g.document(facts, length)
            left -= bool(ids) and writer.add(ids, length, [("babi-" + family, question, answer)])
    writer.finish()


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: text.split(",")  # noqa: E731
    p.add_argument("--corpus", type=pathlib.Path, required=True)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--lengths", type=lambda t: [int(x) for x in t.split(",")], default=[256, 1024, 4096, 16384, 65536])
    p.add_argument("--questions", type=int, default=100, help="per set, rounded up to whole documents")
    p.add_argument("--babi", type=int, default=100, help="bAbI questions per length and task; 0 for none")
    p.add_argument("--wordings", type=words, default=["trained"], help="trained, held or both")
    p.add_argument("--families", type=words, default=FAMILIES)
    p.add_argument("--join", default="", metavar="NAME", help="one file of questions for all sets")
    a = p.parse_args()
    if any(n < SEGMENT or n % SEGMENT for n in a.lengths):
        p.error(f"--lengths must be multiples of {SEGMENT}")
    if set(a.wordings) - {"trained", "held"} or set(a.families) - set(gen.FAMS):
        p.error("unknown wordings or families")
    return a


def main():
    a = arguments()
    processor = gen.spm.SentencePieceProcessor(model_file=str(MODEL / "tokenizer.model"))
    books = load_books(a.corpus, processor)
    if a.join:
        (a.out / f"{a.join}.jsonl").unlink(missing_ok=True)
    for length in a.lengths:
        for wordings in a.wordings:
            if a.questions:
                write_planted(a, books, length, wordings)
        if a.babi:
            write_babi(a, books, length)


if __name__ == "__main__":
    main()
