"""Draws wordings: of the relations, of frames around them, and of worlds, pass keys and constants in code.

Further slots: {n} a noun phrase of what is asked, {q} {l} a question, {p} {r} people, {o} a thing, {l} a place, {k} a
kind of key, {c} a constant. Imported by episodes.py.
"""
import functools
import json
import pathlib
import re

import paraphrases
from grammar import expand
from relations import RELATIONS

__all__ = ["RELATIONS", "Wordings", "expand"]

# --- frames around any relation's wordings
NOUN_FRAMES = """
What [is|was] {n}?
What's {n}?
[Tell me|Please tell me|Can you tell me|Could you tell me|Give me|Please give me] {n}[.|.|, please.]
[Name|Please name|State] {n}.
[Do you know|Does the text say|Does anybody know] {n}?
What does the text [say about|give as|name as] {n}?
~[I should like|I wish] to know {n}.
~[Remind me of|Let me hear] {n}.
""".strip().split("\n")
FACT_FRAMES = """
[|Without doubt, |As far as we know, |In short, ]{n} [is|was|turned out to be|must have been] {v}.
[Somebody asked about|We wondered about|They inquired about] {n} and [learnt|was told|found out] that it [is|was] {v}.
[They talked of|They came to speak of|One word about] {n}: it [is|was] {v}.
[They gave|The clerk wrote down|Everybody named|The register gives|The label gives] {v} as {n}.
{n}: {v}.
What about {n}? [It is|It was|That is] {v}.
[It is {v}|It was {v}], [not anything else, |]that is {n}.
~When asked for {n}, all of them answered {v}.
~{v} stands in the ledger under {n}.
""".strip().split("\n")
QUESTION_FRAMES = """
{q}
{q}
{q}
According to the text, {l}
[Tell me|Please answer|Question|I ask you]: {l}
[Do you remember|In the text]: {l}
~[Speak up|One thing more]: {l}
""".strip().split("\n")
OPENINGS = [s.strip() for s in """
As everyone knew,|It was well known that|Let it be noted that|It should be remembered that|I must tell you that|
According to the record,|He wrote in his diary that|She told us that|The notice said that|By the way,|For the record,|
It is a fact that|Remember that|They all agreed that|The report states that|As I have heard,|I am told that|It is said that|
Somebody whispered that|The newspaper reported that|In those days,|At that time,|To tell the truth,|In the letter it was written that|
We learnt later that|It turned out that|As the old man told me,|It must be added that|Nobody doubted that|As it happens,|
Note that|Strange to say,|You should know that|The story goes that|It cannot be denied that|My aunt assured me that
""".split("|")]
HELD_OPENINGS = ["Mark my words:", "The postman let slip that", "Carved into the bench one could read that",
                 "It came as no surprise that"]
COMMON_STARTS = set("""The It They In On You Born Somebody By For A At One We What Whoever Anyone Those Nobody Everybody Everyone
Some There Under Behind Next Beside Of To With When Letters People Yesterday Suddenly Then Knock Call Ring""".split())
CLOSINGS = [", as everybody knew", ", they say", ", as far as I know", ", which surprised nobody", ", so I was told", ", of course",
            ", and that was that", ", as it happened", ", and nobody minded", " after all", ", you know", ", if I remember rightly"]

# --- people, places and things that are carried (bAbI's worlds)
MOVE = """
{p} [went|moved|journeyed|travelled|went back|walked|ran|hurried|returned|strolled|wandered|came|drove|rode] to the {l}.
{p} is in the {l}.
{p} [walked|ran|hurried|stepped|went|slipped] into the {l}.
[Then|After that|Next|Later|Now] {p} [went|moved|walked|travelled] to the {l}.
{p} [entered|arrived in|has gone to|left for] the {l}.
~{p} [made for|turned up in|set foot in] the {l}.
""".strip().split("\n")
GET = """
{p} [picked up|got|took|grabbed|seized|collected] the {o}[| there].
{p} [took hold of|lifted|fetched] the {o}.
~{p} laid hands on the {o}.
""".strip().split("\n")
DROP = """
{p} [dropped|put down|left|discarded] the {o}[| there].
{p} [set down|let go of|laid down] the {o}.
~{p} parted with the {o}.
""".strip().split("\n")
GIVE = """
{p} [gave|handed|passed] the {o} to {r}.
{p} [gave|handed] {r} the {o}.
~{p} pressed the {o} into the hands of {r}.
""".strip().split("\n")
WHERE_PERSON = """
Where is {p}[| now]?
[Where|In which room|In which place|In what place] is {p} now?
Where [can|could] [I|one|you] find {p}?
[Where did {p} go|Where has {p} gone|What is the location of {p}|Where is {p} to be found]?
Which [room|place] is {p} in?
~[In which room|Whereabouts] is {p}?
~Where [is {p} staying|has {p} got to]?
""".strip().split("\n")
WHERE_THING = """
Where is the {o}[| now]?
Where [can|could] [I|one|you] find the {o}?
[In which room|In which place|In what place] is the {o}[| now]?
[What is the location of the {o}|Where is the {o} to be found|Which room is the {o} in]?
~[Whereabouts is|Where has one to look for] the {o}?
""".strip().split("\n")
WHERE_BEFORE = """
Where was the {o} before the {l}?
Where was the {o} before it [was in|came to|got to] the {l}?
In which place was the {o} before the {l}?
~From where did the {o} come to the {l}?
""".strip().split("\n")
WHO_HAS = """
Who [has|is carrying|is holding] the {o}?
Who [carries|holds] the {o} now?
~In whose hands is the {o}?
""".strip().split("\n")

# --- pass keys and constants
KEYS = ["pass key", "magic number", "secret number", "access code", "secret code", "passkey", "special number", "pin code",
        "vault code", "key number", "password", "combination of the safe", "serial number", "code word"]
KEY = """
The {k} is {v}. Remember it. {v} is the {k}.
[The|Remember that the|Note that the|Do not forget: the|Keep in mind that the] {k} is {v}.
{v} is the {k}[.|. Remember it.]
[Use|Enter|Type] {v} as the {k}.
~Should anybody ask for the {k}, say {v}.
""".strip().split("\n")
KEY_FOR = """
The {k} [for|of] {n} is {v}.
One of the special magic numbers for {n} is: {v}.
[Remember|Note|Do not forget]: the {k} [for|of] {n} is {v}.
{v} is the {k} [for|of] {n}.
[For {n}|To open {n}|In the case of {n}], the {k} is {v}.
~Should anybody ask for the {k} of {n}, say {v}.
""".strip().split("\n")
ASK_KEY = """
What is the {k}?
[Tell me|Name|Give me|Please tell me|Do you remember] the {k}[.|, please.]
[Which|What] {k} [was mentioned|is given|should I use|must one enter]?
~[What do I say when they ask|What should one answer if asked] for the {k}?
""".strip().split("\n")
ASK_KEY_FOR = """
What is the {k} [for|of] {n}?
[Tell me|Name|Give me|Please tell me|Do you remember] the {k} [for|of] {n}[.|, please.]
[Which|What] {k} [does {n} have|belongs to {n}|is given for {n}]?
~[What do I say when they ask|What should one answer if asked] for the {k} of {n}?
""".strip().split("\n")
CONSTANT = """
#define {c} {v}
{c} = {v}[|;]
[|static |extern ]const [int|auto|long|unsigned|size_t|double] {c} = {v};
[let|var|const|final int|constexpr int|static constexpr auto] {c} = {v};
{c}: {v}[|,]
"{c}": {v},
    {c} = {v},
export {c}={v}
self.{c} = {v}
set({c} {v})
~[val|inline constexpr long] {c} = {v};
~{c} := {v}
""".strip("\n").split("\n")
ASK_CONSTANT = """
What is [the value of |]{c}[| set to| defined as| equal to]?
[What value|Which value|Which number] [does {c} have|is assigned to {c}|is {c} set to]?
[Tell me|Give] the value of {c}.
What does {c} equal?
[How is {c} defined|How large is {c}]?
~To what is {c} [initialised|equal]?
~What stands behind the name {c}?
""".strip().split("\n")


DATA = pathlib.Path(__file__).resolve().parent / "data"


def load(name):
    return json.loads((DATA / name).read_text("utf-8"))


def load_synonyms():
    """{word: its group}, the first group that has it."""
    groups = [line.split(", ") for line in (DATA / "synonyms.txt").read_text("utf-8").splitlines()]
    return {word: group for group in reversed(groups) for word in group}


def add_more():
    """Puts the patterns of data/wordings.json, by list, with those above and with the relations'."""
    more = load("wordings.json")
    for number, patterns in more.pop("relations").items():
        relation = RELATIONS[int(number)]
        relation.facts += patterns["facts"]
        relation.questions += patterns["questions"]
    for name, patterns in more.items():
        globals()[name] += patterns


add_more()
SYNONYMS = load_synonyms()


@functools.cache
def later():
    """[(list, patterns)]: those written later, which training draws too while the evaluation sets stay as they are."""
    more = load("later_wordings.json")
    relations = [(RELATIONS[int(number)], parts) for number, parts in more.pop("relations").items()]
    return [(globals()[name], patterns) for name, patterns in more.items()] + [
        (getattr(relation, name), patterns) for relation, parts in relations for name, patterns in parts.items()]




WORD = re.compile(r"(?<![\w{'])[a-z]+(?![\w}'])")  # of a pattern, no name of a slot

NO_QUESTION = re.compile(r"^{e} and |[\":;!?]|\. |, (but|and|so) ")  # in a fact that cannot become one with "Who" in front


def plain(pattern):
    return pattern.lower().rstrip(".?")


@functools.cache
def evaluated():
    """Every idiom and paraphrase of facts and questions that evaluation draws, plain."""
    lists = [part for r in RELATIONS for part in (r.facts, r.questions)] + [globals()[name] for name in paraphrases.WORLD]
    groups = [group for patterns in lists for group in expand(patterns)[1]]
    new = [part for p in paraphrases.PARAPHRASES for part in (p.facts, p.questions)] + list(paraphrases.WORLD.values())
    return {plain(s) for group in groups + [g for patterns in new for g in expand(patterns)[0]] for s in group}


class Wordings:
    """All expansions, drawn at random: each pattern of a list is as likely as the next, whatever it expands to.

    `kind`: "trained", or for evaluation "new" (paraphrases.py) or "idioms" (the patterns that start with "~").
    `other_word`: draws any word; it makes wordings those of training, with those of later() and now and then blurred.
    `reverses`: are there questions for the person too, of whom a value is told?
    """

    def __init__(self, random, kind="trained", other_word=None):
        self.r, self.kind, self.trained, self.other_word = random, kind, kind == "trained", other_word
        self.reverses = bool(other_word)
        self.cache = {}
        self.new = {}
        if other_word:
            self.new = {id(patterns): patterns + more for patterns, more in later()}
        if kind == "new":
            self.new = {id(globals()[name]): patterns for name, patterns in paraphrases.WORLD.items()}
            for relation, paraphrase in zip(RELATIONS, paraphrases.PARAPHRASES, strict=True):
                self.new |= {id(relation.facts): paraphrase.facts, id(relation.questions): paraphrase.questions}

    def draw(self, patterns):
        patterns = self.new.get(id(patterns), patterns)
        key = id(patterns)
        if key not in self.cache:
            train, held = expand(patterns)
            self.cache[key] = (patterns, held if self.kind == "idioms" and held else train)
        return self.r.choice(self.r.choice(self.cache[key][1]))

    def fact(self, relation):
        """A sentence that states the relation, its slots still open."""
        if relation.noun and self.kind != "new" and self.r.random() < .2:
            return self.draw(FACT_FRAMES).replace("{n}", self.draw(relation.noun))
        return self.blurred(self.draw(relation.facts), 4)

    def question(self, relation):
        """A question of the relation with its slots still open."""
        if relation.noun and self.kind != "new" and self.r.random() < (0.4 if self.trained else 0.3):
            frame = self.draw(NOUN_FRAMES).replace("{n}", self.draw(relation.noun))
            person = relation.value == "person" and frame.startswith(("What is", "What was", "What's"))
            return "Who" + frame[4:] if person and "name of" not in frame else frame
        return self.framed(self.blurred(self.draw(relation.questions)))

    def who(self, relation):
        """A question for the person of whom a value is told, the value's slot still open; None if none was drawn."""
        for _ in range(4):
            fact = self.draw(relation.facts)
            if fact.startswith("{e} ") and fact.endswith(".") and fact.count("{e}") == 1 and not NO_QUESTION.search(fact):
                return self.framed(self.blurred("Who" + fact[3:-1] + "?"))
        return None

    def blurred(self, pattern, least=5):
        """The pattern, now and then in other words or, if it has at least so many, spoilt: no one word may be what tells its
        meaning. Never a wording that evaluation draws."""
        u = self.r.random() if self.other_word else 1
        changed = self.spoilt(pattern, least) if u < .16 else self.reworded(pattern) if u < .32 else pattern
        return pattern if changed != pattern and plain(changed) in evaluated() else changed

    def spoilt(self, pattern, least):
        """With any word in place of one, a word more or a word less."""
        for _ in range(self.r.choice([1, 1, 2])):
            words = list(WORD.finditer(pattern))
            if len(words) < least:
                break
            gone, other = self.r.choice(words), self.other_word()
            put = self.r.choice([other, other, f"{other} {gone.group()}", ""])
            pattern = (pattern[: gone.start()] + put + pattern[gone.end() :]).replace("  ", " ")
        return pattern

    def reworded(self, pattern):
        """With synonyms of half the words that have some."""
        synonym = lambda word: self.r.choice(SYNONYMS.get(word, [word])) if self.r.random() < .5 else word  # noqa: E731
        return WORD.sub(lambda word: synonym(word.group()), pattern)

    def typed(self, question):
        """The question, now and then as people type it."""
        return question.lower().rstrip("?") if self.other_word and self.r.random() < .03 else question

    def framed(self, question):
        u = self.r.random()
        if not self.trained or u < .78:
            return question
        if u < .84:  # as people type
            return (question[0].lower() + question[1:]).rstrip("?")
        frame = self.draw(QUESTION_FRAMES)
        lower = question[0].lower() + question[1:] if not question.startswith("{") else question
        return frame.replace("{q}", question).replace("{l}", lower)

    def dressed(self, sentence):
        """The sentence, sometimes with an opening or a closing clause."""
        u = self.r.random() if ": " not in sentence and "? " not in sentence else 1
        if u < 0.16 and not sentence.startswith('"'):
            opening = self.r.choice(HELD_OPENINGS if self.kind == "idioms" else OPENINGS)
            if sentence.split(" ")[0] in COMMON_STARTS:
                sentence = sentence[0].lower() + sentence[1:]
            return f"{opening} {sentence}"
        if u < 0.22 and sentence.endswith(".") and not sentence.endswith('."') and self.trained and sentence.count(".") == 1:
            return sentence[:-1] + self.r.choice(CLOSINGS) + "."
        return sentence
