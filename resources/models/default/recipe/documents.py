"""Documents as token ids: facts planted between sentences of books, questions, and the rows of a training batch.

A batch row of a document of S segments is laid out by Layout(S): the document's tokens, short questions that
the memory alone must answer, and one long window in which a tail of text stands before the question, as in the
application. S = 0 is WINDOWS long windows and no memory. Imported by train.py and evaluate.py; NumPy and SentencePiece
only, because it runs in the worker processes.
"""
import json
import lzma
import pathlib
import random

import numpy as np
import sentencepiece

import episodes
import vocabulary
import wordings

SEGMENT = 256
QUESTIONS, SHORT = 16, 64  # short questions a document, and their length with the answer
MANY, MANY_QUESTIONS = 64, 32  # a document of MANY segments or more has MANY_QUESTIONS
WINDOWS, LONG = 4, 320     # long windows without memory, and the length of a long window
ANSWER = 24                # the longest answer, </s> included
# What a token of a long window counts as in the loss, at the place that predicts it.
IGNORED, TEXT, FIRST, LATER, END = 0, 1, 2, 3, 4
MIX = {"attribute": .39, "two": .10, "key": .12, "constant": .07, "world": .18, "long world": .02, "directions": .03,
       "story": .05, "tale": .02, "country": .04}
STORY_MIX = {"long world": .4, "story": .3, "chronicle": .3}
EVALUATION_MIX = {"attribute": .45, "two": .06, "key": .12, "constant": .12, "world": .20, "directions": .05}


class Layout:
    """Columns of a row: column[name] = slice; and how many short questions it has."""

    def __init__(self, segments):
        windows = 1 if segments else WINDOWS
        self.questions = MANY_QUESTIONS if segments >= MANY else QUESTIONS
        sizes = {"document": segments * SEGMENT}
        if segments:
            n = self.questions
            sizes |= {"short": n * SHORT, "at": n * ANSWER, "target": n * ANSWER, "family": n}
        sizes |= {"long": windows * LONG, "code": windows * LONG, "long_family": windows}
        self.column, self.width = {}, 0
        for name, size in sizes.items():
            self.column[name] = slice(self.width, self.width + size)
            self.width += size


def load_tokens(path):
    planes = np.frombuffer(lzma.decompress(pathlib.Path(path).read_bytes()), np.uint8).reshape(2, -1)
    return planes[0].astype(np.uint16) | planes[1].astype(np.uint16) << 8


def load_texts(folder, names):
    return {name: load_tokens(pathlib.Path(folder) / f"{name}.u16.xz") for name in names}


def load_sources(folder, part="train"):
    """bAbI stories and passages of one part, for Episode; for training the lexicon of the books too."""
    read = lambda name: json.loads(lzma.decompress((pathlib.Path(folder) / name).read_bytes()))  # noqa: E731
    natural = read("natural.json.xz")
    babi = {task: parts[part] for task, parts in read("babi.json.xz").items() if parts[part]}
    lexicon = {"lexicon": read("lexicon.json.xz")} if part == "train" else {}
    return {"babi": babi, **lexicon, **{name: parts[part] for name, parts in natural.items()}}


class Documents:
    """Makes documents; everything follows from the seed."""

    def __init__(self, tokenizer, texts, seed, sources=None, held_words=False, wording="trained", shares=None):
        self.sp = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))
        self.r = random.Random(seed)
        self.texts, self.sources = texts, sources or {}
        lexicon = self.sources.get("lexicon")
        self.vocabulary = vocabulary.Vocabulary(self.r, held_words, 0.6 if lexicon else 0.4, lexicon)
        self.wordings = wordings.Wordings(self.r, wording, None if held_words else self.vocabulary.word)
        self.shares = shares or {"books": .74, "misc": .16, "code": .10}
        self.question, self.answer = self.sp.piece_to_id("<q>"), self.sp.piece_to_id("<a>")
        self.newline, self.end = self.sp.piece_to_id("\n"), self.sp.eos_id()
        pieces = [self.sp.id_to_piece(i) for i in range(self.sp.get_piece_size())]
        self.ends_sentence = np.array([p == "\n" or p[-1:] in (".", "!", "?") for p in pieces])
        self.encode = self.sp.encode

    def text(self, n, kind=None):
        """n tokens of some book, from anywhere."""
        kinds = [k for k in self.texts if self.shares.get(k)]
        ids = self.texts[kind or self.r.choices(kinds, [self.shares[k] for k in kinds])[0]]
        start = self.r.randrange(len(ids) - n)
        return ids[start : start + n].astype(np.int64)

    def fact_tokens(self, fact):
        """(within a line, at the start of a line), as a tokenizer of the whole document would give them."""
        own_line = fact.startswith("\n")
        after = self.encode(fact if own_line else "\n" + fact)
        after = after[after.index(self.newline) :]
        if own_line:
            return after, after[1:]
        if self.r.random() < .1:
            return after + [self.newline], after[1:] + [self.newline]
        return self.encode(fact), after[1:] + [self.newline]

    def plant(self, facts, n, whole=0, span=1., kind=None):
        """(n tokens with the facts at random places in their order, where each fact ends).

        `whole`: a segment size that no fact may straddle, or 0. `span`: the share of the text that holds the facts.
        Facts that have no room are left out from the end: then there are fewer ends than facts.
        """
        tokens = [self.fact_tokens(f) for f in facts]
        size = sum(max(map(len, t)) for t in tokens)
        while tokens and size > n - 4:
            size -= max(map(len, tokens.pop()))
        room = n - size
        text = self.text(n + 64, kind)
        limit = max(1, int(room * span))
        shift = self.r.randrange(room - limit + 1)
        parts, ends, last, length = [], [], 0, 0
        for (inline, at_start), place in zip(tokens, sorted(shift + self.r.randrange(limit) for _ in tokens)):
            place = self.sentence_end(text, max(place, last), room)
            longest = max(len(inline), len(at_start))
            if whole and (length + place - last) // whole != (length + place - last + longest - 1) // whole:
                place = min(place + whole - (length + place - last) % whole, room)
            parts.append(text[last:place])
            before = text[place - 1] if place > last or not parts[:-1] else parts[-2][-1]
            parts.append(np.array(at_start if before == self.newline else inline, np.int64))
            length += place - last + len(parts[-1])
            ends.append(length)
            last = place
        parts.append(text[last : last + n - length])
        return np.concatenate(parts)[:n], ends

    def sentence_end(self, text, place, room):
        """The first end of a sentence from here, if one is near."""
        if place == 0:
            return 0
        ends = self.ends_sentence[text[place - 1 : place + 48]]
        return min(place + (int(ends.argmax()) if ends.any() else 0), room)

    def ask(self, question, answer):
        return [self.question] + self.encode(question) + [self.answer], self.encode(answer) + [self.end]

    def episode(self, facts, missing, questions, room, mix):
        return episodes.Episode(self.vocabulary, self.wordings, self.sources).build(facts, missing, questions, room, mix)

    # --- rows
    def write_windows(self, row, level):
        """S = 0: windows of text with facts and questions right after it, and some of text alone."""
        column = Layout(0).column
        for k in range(WINDOWS):
            asked, codes = [], []
            if self.r.random() < .75:
                facts, questions = self.episode(self.r.randint(1, 7), level["missing"], self.r.randint(1, 5), 600, MIX)
                for _, question, answer in questions:
                    x, y = self.ask(question, answer)
                    if len(y) <= ANSWER and len(asked) + len(x) + len(y) <= 150:
                        asked += x + y
                        codes += [IGNORED] * (len(x) - 1) + answer_codes(y) + [IGNORED]
                document, ends = self.plant(facts, LONG - len(asked))
                if len(ends) < len(facts):
                    document, asked, codes = self.text(LONG), [], []
            else:
                document = self.text(LONG)
            at = column["long"].start + k * LONG
            row[at : at + len(document)] = document
            row[at + len(document) : at + LONG] = asked
            at = column["code"].start + k * LONG
            row[at : at + LONG] = ([TEXT] * (len(document) - 1) + [IGNORED] + codes)[:LONG]
            row[at + LONG - 1] = IGNORED
            row[column["long_family"].start + k] = 0

    def write_row(self, segments, row, level, mix=MIX):
        """One document of `segments` segments. Raises ValueError when the facts have no room; try again."""
        row[:] = 0
        if segments == 0:
            return self.write_windows(row, level)
        n = segments * SEGMENT
        facts, mix = self.size_of(segments, level, mix)
        questions = Layout(segments).questions + 1
        sentences, asked = self.episode(facts, level["missing"], questions, n if segments > 1 else 500, mix)
        span = self.r.choice([1., 1., 1., .5, .2]) if segments > 2 else 1.
        ids, ends = self.plant(sentences, n, SEGMENT if level.get("whole") else 0, span)
        if len(ends) < len(sentences):
            raise ValueError("no room")
        row[Layout(segments).column["document"]] = ids
        self.write_short(segments, row, asked[:-1])
        self.write_long(segments, row, asked[-1])

    def size_of(self, segments, level, mix):
        """(how many facts, of which mix)"""
        low, high = level["facts"]
        most = min(high, 6 * segments)
        if mix is MIX and segments > 1:
            if self.r.random() < .33:
                return self.r.randint(4, min(self.r.choice([50, 110]), 12 * segments)), STORY_MIX
            if self.r.random() < level.get("dense", 0):
                most = min(2 * high, 9 * segments)
        return self.r.randint(low, max(low, most)), mix

    def write_chunks(self, segments, rows, level):
        """One document of `segments` segments in as many chunks as there are rows; the questions of a chunk are about all
        that was told up to its end. Raises ValueError when the facts have no room; try again."""
        size = segments // len(rows)
        facts, mix = self.size_of(segments, {**level, "facts": level.get("long_facts", level["facts"])}, MIX)
        episode = episodes.Episode(self.vocabulary, self.wordings, self.sources, follow=True)
        sentences = episode.tell(facts, size * SEGMENT, mix)
        ids, ends = self.plant(sentences, segments * SEGMENT, 0, self.r.choice([1., 1., 1., .5, .2]))
        if len(ends) < len(sentences):
            raise ValueError("no room")
        rows[:] = 0
        for row, document in zip(rows, ids.reshape(len(rows), -1)):
            row[Layout(size).column["document"]] = document
        for k, row in enumerate(rows):
            told = sum(end <= (k + 1) * size * SEGMENT for end in ends)
            asked = episode.ask_after(told, level["missing"], Layout(size).questions + 1)
            self.write_short(size, row, asked[:-1])
            self.write_long(size, row, asked[-1])

    def write_short(self, segments, row, asked):
        column = Layout(segments).column
        short = row[column["short"]].reshape(-1, SHORT)
        at, target = (row[column[k]].reshape(-1, ANSWER) for k in ("at", "target"))
        short[:], target[:] = self.end, -1
        for k, (family, question, answer) in enumerate(asked):
            x, y = self.ask(question, answer)
            row[column["family"].start + k] = episodes.FAMILIES.index(family)
            room = SHORT - len(x) - len(y)
            if len(y) > ANSWER or room < 0:
                continue
            tail = self.r.choice([0, self.r.randint(0, room), self.r.randint(0, min(room, 6))])
            ids = [*self.text(tail + 1)[:tail], *x, *y]
            short[k, : len(ids)] = ids
            at[k, : len(y)] = np.arange(tail + len(x) - 1, tail + len(x) - 1 + len(y))
            target[k, : len(y)] = y

    def write_long(self, segments, row, asked):
        """A question after a tail of text; a fifth of the time the tail itself holds what is asked for."""
        column = Layout(segments).column
        family, question, answer = asked
        n = self.r.randint(0, SEGMENT - 1)
        tail = self.text(n + 1)[:n]
        x, y = self.ask(question, answer)
        if n > 90 and self.r.random() < .25:
            facts, ((family, question, answer),) = self.episode(self.r.randint(1, 3), 0, 1, 400, MIX)
            planted, ends = self.plant(facts, n)
            if len(ends) == len(facts):
                tail = planted
                x, y = self.ask(question, answer)
        codes = [TEXT] * max(0, n - 1) + [IGNORED] * min(1, n) + [IGNORED] * (len(x) - 1) + answer_codes(y) + [IGNORED]
        row[column["long"]] = self.end
        if n + len(x) + len(y) > LONG or len(y) > ANSWER:
            row[column["long"]][:n], codes = tail, [TEXT] * max(0, n - 1)
        else:
            row[column["long"]][: n + len(x) + len(y)] = [*tail, *x, *y]
        row[column["code"]][: len(codes)] = codes
        row[column["long_family"].start] = episodes.FAMILIES.index(family)

    def batch(self, segments, size, level, mix=MIX):
        rows = np.zeros((size, Layout(segments).width), np.int16)
        for row in rows:
            self.until_room(lambda: self.write_row(segments, row, level, mix))
        return rows

    def chunks(self, segments, size, level, chunk):
        """A batch of documents in chunks of `chunk` segments: rows [chunks, size, width]."""
        rows = np.zeros((segments // chunk, size, Layout(chunk).width), np.int16)
        for k in range(size):
            self.until_room(lambda: self.write_chunks(segments, rows[:, k], level))
        return rows

    def until_room(self, write):
        for attempt in range(20):
            try:
                return write()
            except ValueError:
                if attempt == 19:
                    raise


def answer_codes(y):
    return [FIRST if k == 0 else LATER for k in range(len(y) - 1)] + [END]
