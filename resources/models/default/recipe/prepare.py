"""Turn the corpus folder into the packed data that training and evaluation read.

    python prepare.py --corpus CORPUS --out data

CORPUS holds, unpacked: gutenberg/, eval_books/, us_speeches/, tech_docs/, simple_stories/, fairytaleqa/, factbook/,
code_train/ and babi/ (README.md says where each comes from and under which licence). Written to OUT:

- books, misc, code, eval_books, eval_code .u16.xz: token ids, </s> after every document; the eval ones are never
  trained on (three whole novels, and every eighth file of code);
- babi.json.xz: stories of the bAbI tasks, {task: {train, test}};
- natural.json.xz: passages with questions whose answers stand in them word for word, {source: {train, test}};
- lexicon.json.xz: {"words", "names"} of the books, the open vocabulary of names and values in training.
"""
import argparse
import collections
import json
import lzma
import pathlib
import random
import re
import zlib

import numpy as np
import sentencepiece

TASKS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20]
LONGEST_BOOK = 700_000  # characters
LONGEST_FACTBOOK = 30_000
HELD_COUNTRIES = 10  # one in so many countries is held out
# Typographic quotation marks, dashes, ellipses and spaces, and what stands for them, here as in the application.
SPELLINGS = {"'": "\u2018\u2019\u201a\u201b", '"': "\u201c\u201d\u201e\u201f", "-": "\u2010\u2011\u2012\u2013\u2212",
             "--": "\u2014\u2015", "...": "\u2026",
             " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"}
PLAIN = {ord(character): ascii for ascii, characters in SPELLINGS.items() for character in characters}


def clean(text):
    """Prose as the model reads it: blank lines and runs of newlines become one newline."""
    text = text.replace("\r", "").replace("\t", "    ")
    return re.sub(r"[ ]*\n\s*\n*", "\n", text).strip()


def clean_code(text):
    """Code as the model reads it: indentation stays, blank lines go."""
    text = re.sub(r"[ ]+\n", "\n", text.replace("\r", "").replace("\t", "    "))
    return re.sub(r"\n{2,}", "\n", text).strip()


def plain(value):
    """A text, or what JSON has with texts in it, in plain punctuation."""
    if isinstance(value, str):
        return value.translate(PLAIN)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def read(path):
    return plain(path.read_text("utf-8", errors="replace"))


def json_lines(path):
    return [plain(json.loads(line)) for line in path.open(encoding="utf-8")]


def held(name, share):
    return zlib.crc32(name.encode()) % share == 0


def books(corpus):
    for path in sorted((corpus / "gutenberg").rglob("*.txt")):
        text = clean(read(path))
        if len(text) > LONGEST_BOOK:
            start = random.randrange(len(text) - LONGEST_BOOK)
            text = text[start : start + LONGEST_BOOK]
        if len(text) > 20_000:
            yield text


def miscellany(corpus):
    for path in sorted((corpus / "us_speeches").rglob("*.txt")):
        yield clean(read(path))
    for path in sorted((corpus / "tech_docs").rglob("*")):
        if path.suffix in (".md", ".rst", ".txt"):
            yield clean_code(read(path))
    for path in sorted((corpus / "factbook" / "docs").glob("*.txt")):
        if not held(path.stem, HELD_COUNTRIES):
            yield clean(read(path))[:LONGEST_FACTBOOK]
    for record in json_lines(corpus / "simple_stories" / "stories.jsonl"):
        yield clean(record["text"])
    for record in json_lines(corpus / "fairytaleqa" / "train.jsonl"):
        yield clean("\n".join(record["sections"]))


def code(corpus, evaluation):
    for path in sorted((corpus / "code_train").rglob("*")):
        if path.suffix in (".c", ".h", ".py", ".lua", ".js", ".cpp") and held(path.name, 8) == evaluation:
            yield clean_code(read(path))[:120_000]


def pack_tokens(processor, texts, path):
    texts = [t for t in texts if len(t) > 300]
    random.shuffle(texts)
    ids = np.concatenate([np.array(processor.encode(t) + [processor.eos_id()], np.uint16) for t in texts])
    # The low and the high bytes apart compress better.
    planes = ids.view(np.uint8).reshape(-1, 2).T.copy()
    path.write_bytes(lzma.compress(planes.tobytes(), preset=4))
    print(f"{path.name}: {len(texts)} documents, {len(ids)} tokens, {path.stat().st_size / 1e6:.1f} MB", flush=True)


def stories(path):
    """[(facts so far, question, answer)] of one bAbI file."""
    out, facts = [], []
    for line in path.open(encoding="utf-8"):
        number, text = line.rstrip("\n").split(" ", 1)
        if number == "1":
            facts = []
        if "\t" in text:
            question, answer, _ = text.split("\t")
            out.append((list(facts), question.strip(), answer.strip()))
        else:
            facts.append(text.strip())
    return out


def babi(corpus):
    packed = {}
    for task in TASKS:
        packed[f"qa{task}"] = parts = {"train": [], "test": []}
        for split, most in (("train", 3000), ("test", 1000)):
            for path in sorted((corpus / "babi").rglob(f"qa{task}_*_{split}.txt")):
                found = stories(path)
                random.shuffle(found)
                parts[split] += found[:most]
    return packed


def answer_in(text, answers):
    """The first of the answers that stands in the text word for word, as the text spells it."""
    for answer in answers:
        answer = answer.strip().rstrip(".")
        at = text.lower().find(answer.lower())
        if answer and at >= 0 and len(answer) <= 90:
            return text[at : at + len(answer)]
    return None


def fairytales(path):
    """Sections of tales, [passage, [[question, answer]]]; only questions about one section."""
    out = []
    for record in json_lines(path):
        asked = {}
        for qa in record["qas"]:
            if qa["sections"].isdigit() and int(qa["sections"]) <= len(record["sections"]):
                section = re.sub(r"\s+", " ", record["sections"][int(qa["sections"]) - 1])
                answer = answer_in(section, qa["answers"])
                if answer:
                    asked.setdefault(section, []).append([qa["question"].strip(), answer])
        out += [[section, questions] for section, questions in asked.items()]
    return out


def factbook(corpus, test):
    """Countries, [title, [[line, question, answer]], [other lines]]."""
    questions = {}
    for qa in json_lines(corpus / "factbook" / "qa.jsonl"):
        questions.setdefault(qa["doc"], []).append(qa)
    out = []
    for name, asked in sorted(questions.items()):
        if held(name, HELD_COUNTRIES) != test:
            continue
        lines = [x for x in clean(read(corpus / "factbook" / "docs" / f"{name}.txt")).split("\n") if 12 < len(x) < 600]
        facts = []
        for qa in asked:
            # The line that tells it begins "Key: answer"; a mention further up is not what is asked for.
            at = [x for x in lines if any(f": {a}" in x for a in qa["answers"])]
            answer = at and answer_in(at[0], qa["answers"])
            if answer:
                facts.append([at[0][:400], qa["question"], answer])
        told = {f[0] for f in facts}
        title = read(corpus / "factbook" / "docs" / f"{name}.txt").split("\n", 1)[0].strip()
        out.append([title, facts, [x for x in lines if x not in told and len(x) < 300][:60]])
    return out


def lexicon(texts):
    """Words that the books write in small letters, and names: words that they hardly ever do."""
    counts = collections.Counter()
    for text in texts:
        counts.update(re.findall(r"(?<=[a-z,] )[A-Za-z][a-z]{2,13}\b", text))
    words = sorted(w for w, n in counts.items() if w.islower() and n >= 4)
    names = sorted(w for w, n in counts.items() if w[0].isupper() and n >= 4 and counts[w.lower()] * 8 < n)
    return {"words": words, "names": names}


def pack_json(path, value):
    path.write_bytes(lzma.compress(json.dumps(value, ensure_ascii=False).encode(), preset=6))
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("data"))
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--tokenizer", type=pathlib.Path, default=here.parent / "tokenizer.model")
    a = parser.parse_args()
    random.seed(1)
    a.out.mkdir(parents=True, exist_ok=True)
    pack_json(a.out / "babi.json.xz", babi(a.corpus))
    tales = {part: fairytales(a.corpus / "fairytaleqa" / f"{part}.jsonl") for part in ("train", "test")}
    countries = {"train": factbook(a.corpus, False), "test": factbook(a.corpus, True)}
    pack_json(a.out / "natural.json.xz", {"fairytale": tales, "factbook": countries})
    pack_json(a.out / "lexicon.json.xz", lexicon(books(a.corpus)))
    processor = sentencepiece.SentencePieceProcessor(model_file=str(a.tokenizer))
    evaluation = [clean(read(p)) for p in sorted((a.corpus / "eval_books").glob("*.txt"))]
    for name, texts in (("code", code(a.corpus, False)), ("eval_code", code(a.corpus, True)),
                        ("misc", miscellany(a.corpus)), ("eval_books", evaluation), ("books", books(a.corpus))):
        pack_tokens(processor, texts, a.out / f"{name}.u16.xz")


if __name__ == "__main__":
    main()
