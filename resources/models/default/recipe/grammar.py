"""A small grammar of wordings: patterns that expand to many sentences.

A pattern holds alternatives, "[a|b|]", nested where need be, and slots such as {e} and {v}. A pattern that starts with
"~" is held out: training never draws it, nor anything that it expands to; evaluation with held-out wordings draws
nothing else. Imported by relations.py and wordings.py.
"""
import re
from dataclasses import dataclass, field

MOST = 400  # expansions kept of one pattern


@dataclass
class Relation:
    entity: str
    value: str
    facts: list
    questions: list
    noun: list = field(default_factory=list)     # noun phrases of what is asked: "the birthplace of {e}"
    updates: list = field(default_factory=list)  # the value changes from {o} to {v}
    before: list = field(default_factory=list)   # questions for the value before the update
    describes: str = ""                          # a phrase that stands for the value, if the value is a person


def R(entity, value, facts, questions, noun="", **more):
    split = lambda text: [p.strip() for p in text.strip().split("\n") if p.strip()]  # noqa: E731
    more = {k: v if k == "describes" else split(v) for k, v in more.items()}
    return Relation(entity, value, split(facts), split(questions), split(noun), **more)


def alternatives(pattern):
    """Everything that a pattern expands to."""
    open_at = pattern.find("[")
    if open_at < 0:
        return [pattern]
    depth, start, parts = 0, open_at + 1, []
    for i in range(open_at, len(pattern)):
        c = pattern[i]
        if c == "[":
            depth += 1
        elif c == "|" and depth == 1:
            parts.append(pattern[start:i])
            start = i + 1
        elif c == "]":
            depth -= 1
            if depth == 0:
                parts.append(pattern[start:i])
                break
    head, tail = pattern[:open_at], pattern[i + 1 :]
    tails = alternatives(tail)
    return [head + middle + end for part in parts for middle in alternatives(part) for end in tails]


def expand(patterns):
    """(training, held out): lists of lists, one list a pattern; what a held-out pattern gives is not in training."""
    tidy = lambda s: re.sub(r" +", " ", s).replace(" .", ".").replace(" ,", ",").replace(" ?", "?").strip()  # noqa: E731
    held = [[tidy(s) for s in alternatives(p[1:])] for p in patterns if p.startswith("~")]
    gone = {s for group in held for s in group}
    train = [[s for s in dict.fromkeys(tidy(s) for s in alternatives(p)) if s not in gone][:MOST]
             for p in patterns if not p.startswith("~")]
    return [g for g in train if g], held
