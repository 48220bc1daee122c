"""Episodes: facts in an order, and questions about them with their answers; text only, no tokens.

Episode.build() mixes units of several kinds: attributes of people and things (with updates, two-step questions and
distractors that differ in one word), worlds in which people carry things about, real bAbI stories, pass keys,
constants in code, and passages of tales and of the World Factbook with natural questions. Imported by documents.py.
"""
import collections
import functools
import random
import re

import wordings as w

FAMILIES = ["qa1", "qa2", "qa3", "qa4", "qa5", "passkey", "attr", "code", "unans", "update", "two", "babi", "natural", "who"]
NOT_STATED = "not stated"
# ask() gives the question, in another wording every time.
Question = collections.namedtuple("Question", "family ask answer")
CANON = {"move": ["{p} [went|moved|journeyed|travelled|went back] to the {l}."],
         "get": ["{p} [picked up|got|took|grabbed] the {o}[| there]."],
         "drop": ["{p} [dropped|put down|left|discarded] the {o}[| there]."],
         "give": ["{p} [gave|handed|passed] the {o} to {r}."],
         "person": ["Where is {p}?"], "thing": ["Where is the {o}?"], "before": ["Where was the {o} before the {l}?"]}
FREE = {"move": w.MOVE, "get": w.GET, "drop": w.DROP, "give": w.GIVE, "person": w.WHERE_PERSON, "thing": w.WHERE_THING,
        "before": w.WHERE_BEFORE}
INTRODUCTIONS = ["{e} came in.", "This is about {e}.", "{e} is well known here.", "I met {e} on the stairs.", "Now to {e}.",
                 "There was also {e}.", "Everybody knows {e}.", "{e} sat by the fire.", "Let me tell you about {e}."]
# bAbI's tasks that read and remember; those of counting, deduction and geometry are beyond so small a model.
STORIES = ["qa1", "qa2", "qa2", "qa2", "qa2", "qa4", "qa5", "qa5", "qa11", "qa12", "qa13", "qa14"]
CAST = ["Mary", "John", "Sandra", "Daniel"]
DIRECTIONS = {"north": "south", "south": "north", "east": "west", "west": "east"}


@functools.cache
def conflicts():
    """Pairs of relations between which some question does not tell: {(i, j)}."""
    asked = [{s for group in sum(w.expand(r.questions), []) for s in group} |
             {n for group in w.expand(r.noun)[0] for n in group} for r in w.RELATIONS]
    return {(i, j) for i, a in enumerate(w.RELATIONS) for j, b in enumerate(w.RELATIONS)
            if i != j and a.entity == b.entity and asked[i] & asked[j]}


def fill(pattern, **slots):
    """The sentence with its slots filled, a capital first."""
    for name, value in slots.items():
        pattern = pattern.replace("{" + name + "}", value)
    at = 1 if pattern.startswith('"') else 0
    return pattern[:at] + pattern[at : at + 1].upper() + pattern[at + 1 :]


class Episode:
    """One document's facts and questions. `vocabulary` and `wordings` share one random.Random."""

    def __init__(self, vocabulary, wordings, sources, follow=False):
        self.v, self.w, self.r = vocabulary, wordings, vocabulary.r
        self.sources = sources  # {"babi": {task: stories}, "fairytale": [...], "factbook": [...]}, may lack any
        self.stated = set()     # (relation, x, entity)
        self.asked = []         # (relation, entity, x) of facts, for questions about what is not stated
        self.words = set()      # names and things of worlds and stories
        self.values, self.unique = set(), set()  # of facts so far; those of which a question asks who has them
        self.units, self.questions = [], []  # sentences of each unit; (unit, Question)
        self.follow, self.midway = follow, {}  # keep what can be asked midway in a story? {(unit, sentences told): questions}

    def add(self, facts, questions):
        self.units.append(facts)
        self.r.shuffle(questions)
        self.ask_of_last(questions[: max(2, len(facts) // 2 + 1)])

    def ask_of_last(self, questions):
        self.questions += [(len(self.units) - 1, q) for q in questions]

    # --- attributes
    def entity(self, kind):
        """An entity, a third of the time one that differs from an earlier one in one word; and its gender."""
        gender = self.r.choice(["woman", "man"])
        fresh = self.v.person(gender) if kind == "person" else self.v.entity(kind)
        near = [e for i, e, _ in self.asked if w.RELATIONS[i].entity == kind]
        if near and self.r.random() < 0.35:
            old, new = self.r.choice(near).split(" "), fresh.split(" ")
            if len(old) > 1 and len(new) > 1:
                end = self.r.random() < 0.5
                fresh = " ".join(old[:-1] + new[-1:] if end else new[:1] + old[1:])
                gender = None
        return fresh, gender

    def free(self, i, entity, x):
        """Is nothing stated that a question about this could also mean?"""
        near = [i] + [j for j in range(len(w.RELATIONS)) if (i, j) in conflicts()]
        return all((j, x if j == i else "", entity.lower()) not in self.stated for j in near)

    def kind_of(self, i):
        value = w.RELATIONS[i].value
        has = any("{x}" in p for p in w.RELATIONS[i].questions)
        return "" if not has else self.v.pool("animal") if value == "pet" else self.v.attribute()

    def draw_subject(self, want=None):
        """(relation, entity, gender, x) of which nothing is stated yet."""
        for _ in range(60):
            if self.asked and want is None and self.r.random() < 0.45:
                i = self.r.choice(self.asked)[0]
            else:
                i = self.r.randrange(len(w.RELATIONS))
            if want is not None and not want(w.RELATIONS[i]):
                continue
            known = [e for j, e, _ in self.asked if w.RELATIONS[j].entity == w.RELATIONS[i].entity]
            if known and self.r.random() < 0.25:
                entity, gender = self.r.choice(known), None
            else:
                entity, gender = self.entity(w.RELATIONS[i].entity)
            x = self.kind_of(i)
            if self.free(i, entity, x):
                self.stated.add((i, x, entity.lower()))
                return i, entity, gender, x
        return None

    def draw_value(self, relation, *other):
        for _ in range(20):
            value = self.v.value(relation.value)
            if value not in other and value.lower() not in self.unique:
                break
        self.values.add(value.lower())
        return value

    def ask(self, i, entity, x):
        return lambda: fill(self.w.question(w.RELATIONS[i]), e=entity, x=x)

    def state(self, pattern, entity, gender, **slots):
        """The fact as one sentence, or after one that names whom "he" or "she" means."""
        if pattern.startswith("{e} ") and pattern.count("{e}") == 1 and gender and self.r.random() < 0.15:
            pronoun = "She" if gender == "woman" else "He"
            return fill(self.r.choice(INTRODUCTIONS), e=entity) + " " + fill(pronoun + pattern[3:], **slots)
        sentence = fill(pattern, e=entity, **slots)
        # Now and then a name that is nobody's answer.
        if self.w.trained and ": " not in sentence and "? " not in sentence and self.r.random() < .05:
            first = sentence.split(" ")[0]
            low = first in w.COMMON_STARTS
            teller = self.r.choice(["{p} told me that", "According to {p},", "I heard from {p} that", "{p} wrote to us that"])
            return fill(teller, p=self.v.person()) + " " + (sentence[0].lower() + sentence[1:] if low else sentence)
        return self.w.dressed(sentence)

    def attribute(self):
        drawn = self.draw_subject()
        if drawn is None:
            return
        i, entity, gender, x = drawn
        relation = w.RELATIONS[i]
        told = set(self.values)
        value = self.draw_value(relation, entity)
        self.asked.append((i, entity, x))
        if relation.updates and self.r.random() < 0.35:
            self.updated(i, entity, gender, value)
            return
        pattern = self.w.fact(relation)
        if relation.entity == "person" and pattern.startswith("{e} ") and self.r.random() < 0.12:
            if self.joined(i, entity, x, value, pattern):
                return
        questions = [Question("attr", self.ask(i, entity, x), value)]
        if relation.entity == "person" and self.w.reverses and value.lower() not in told:
            questions += self.reverse(relation, entity, value, x)
        self.add([self.state(pattern, entity, gender, v=value, x=x)], questions)

    def reverse(self, relation, entity, value, x):
        """The question who has the value, if one can be asked."""
        question = self.w.who(relation)
        if not question:
            return []
        self.unique.add(value.lower())
        return [Question("who", lambda: fill(question, v=value, x=x), entity)]

    def joined(self, i, entity, x, value, first):
        """Two facts about one person in one sentence."""
        j = self.r.randrange(len(w.RELATIONS))
        pattern = self.w.fact(w.RELATIONS[j])
        if j == i or not pattern.startswith("{e} ") or w.RELATIONS[j].entity != "person" or "{x}" in pattern:
            return False
        if not self.free(j, entity, "") or not first.endswith("."):
            return False
        self.stated.add((j, "", entity.lower()))
        other = self.draw_value(w.RELATIONS[j], entity, value)
        sentence = fill(first[:-1], e=entity, v=value, x=x) + " and" + fill(" " + pattern[4:], v=other)
        self.add([sentence], [Question("attr", self.ask(i, entity, x), value), Question("attr", self.ask(j, entity, ""), other)])
        return True

    def updated(self, i, entity, gender, value):
        relation = w.RELATIONS[i]
        old = self.draw_value(relation, entity, value)
        facts = [self.state(self.w.fact(relation), entity, gender, v=old),
                 fill(self.w.draw(relation.updates), e=entity, o=old, v=value)]
        questions = [Question("update", self.ask(i, entity, ""), value)]
        if relation.before:
            questions.append(Question("update", lambda: fill(self.w.draw(relation.before), e=entity, o=old, v=value), old))
        self.add(facts, questions)

    def two_steps(self):
        """The spouse of A is B; B plays the violin. Which instrument does the spouse of A play?"""
        drawn = self.draw_subject(lambda r: bool(r.describes))
        if drawn is None:
            return
        i, entity, gender, x = drawn
        relation = w.RELATIONS[i]
        person = self.draw_value(relation, entity)
        j = self.r.choice([j for j, r in enumerate(w.RELATIONS) if r.entity == "person" and j != i])
        y = self.kind_of(j)
        if not self.free(j, person, y):
            return
        self.stated.add((j, y, person.lower()))
        value = self.draw_value(w.RELATIONS[j], person, entity)
        self.asked += [(i, entity, x), (j, person, y)]
        facts = [self.state(self.w.fact(relation), entity, gender, v=person, x=x),
                 self.state(self.w.fact(w.RELATIONS[j]), person, None, v=value, x=y)]
        if self.r.random() < 0.5:
            facts.reverse()
        described = relation.describes.replace("{e}", entity)
        self.add(facts, [Question("two", self.ask(j, described, y), value), Question("attr", self.ask(i, entity, x), person)])

    # --- pass keys and constants
    def key(self):
        kind = self.r.choice(w.KEYS)
        value = self.v.digits() if self.r.random() < 0.85 else self.v.pool("noun")
        owners = {name for k, name in ((s[1], s[2]) for s in self.stated if s[0] == "key") if k == kind}
        if not owners and self.r.random() < 0.45:
            self.stated.add(("key", kind, ""))
            fact, ask = w.KEY, lambda: fill(self.w.draw(w.ASK_KEY), k=kind)
            self.add([fill(self.w.draw(fact), k=kind, v=value)], [Question("passkey", ask, value)])
            return
        name = self.key_owner()
        if name.lower() in owners or "" in owners:
            return
        self.stated.add(("key", kind, name.lower()))
        fact = fill(self.w.draw(w.KEY_FOR), k=kind, n=name, v=value)
        asked = "special magic number" if fact.startswith("One of the special") else kind
        ask = lambda: fill(self.w.draw(w.ASK_KEY_FOR), k=asked, n=name)  # noqa: E731
        self.add([fact], [Question("passkey", ask, value)])

    def key_owner(self):
        return self.r.choice([lambda: self.v.pool("noun"), self.v.org_name, self.v.person, lambda: "the " + self.v.object()])()

    def constant(self):
        for _ in range(self.r.choice([1, 1, 2, 3])):
            name, value = self.v.constant(), self.v.constant_value()
            if ("constant", "", name.lower()) in self.stated:
                continue
            self.stated.add(("constant", "", name.lower()))
            line = self.w.draw(w.CONSTANT).replace("{c}", name).replace("{v}", value)
            ask = lambda name=name: self.w.draw(w.ASK_CONSTANT).replace("{c}", name)  # noqa: E731
            # A newline at both ends marks a line of its own; quotes are not part of what is asked for.
            self.add(["\n" + line + "\n"], [Question("code", ask, value.strip('"'))])

    # --- worlds
    def new_words(self, draw, n):
        """Up to n words that no world or story of this document uses yet."""
        words = []
        for _ in range(3 * n):
            word = draw()
            if word.lower() not in self.words and len(words) < n:
                self.words.add(word.lower())
                words.append(word)
        return words

    def world(self, n):
        """A story of n sentences of people who move, take, drop and give."""
        people = self.new_words(self.person_of_world, self.r.choice([1, 2, 2, 3, 4]))
        mode = self.r.choice(["move", "carry", "carry", "give"]) if n > 1 else "move"
        things = [] if mode == "move" else self.new_words(lambda: self.v.pool("carried"), self.r.choice([1, 1, 2, 3]))
        if not people:
            return
        canonical = self.w.trained and self.r.random() < 0.4
        places = w_places() if canonical else [self.v.pool("place") for _ in range(6)]
        story = World(self, people, things, places, CANON if canonical else FREE)
        self.play(story, n, mode == "give")
        self.add(story.facts, story.questions())

    def chronicle(self, n):
        """A long story in bAbI's words, in which things are carried from place to place: its task of three facts has no
        stories to train on."""
        people = self.new_words(lambda: self.r.choice(CAST), self.r.randint(2, 4))
        things = self.new_words(lambda: self.r.choice(["milk", "football", "apple"]), self.r.randint(1, 3))
        if len(people) < 2 or not things:
            return
        story = World(self, people, things, w_places(), CANON)
        self.play(story, n, False)
        self.add(story.facts, story.questions() + [q for _ in range(4) for q in story.questions() if q.family == "qa3"])

    def play(self, story, n, giving):
        for k in range(n):
            story.step(giving)
            if self.follow:
                self.midway[len(self.units), k + 1] = [q for q in story.questions() if q.family != "qa1" or self.r.random() < .4]

    def person_of_world(self):
        u = self.r.random()
        return self.v.first_name(self.r.choice(["woman", "man"])) if u < 0.8 else self.v.person()

    def directions(self):
        places = self.new_words(lambda: self.v.pool("place"), 3)
        if len(places) < 3:
            return
        a, b, c = places
        d = self.r.choice(list(DIRECTIONS))
        e = self.r.choice([x for x in DIRECTIONS if x != DIRECTIONS[d]])
        facts = [f"The {a} is {d} of the {b}.", f"The {b} is {e} of the {c}."]
        asked = [(f"What is {d} of the {b}?", a), (f"What is the {a} {d} of?", b), (f"What is {DIRECTIONS[d]} of the {a}?", b),
                 (f"What is {e} of the {c}?", b), (f"What is the {b} {e} of?", c), (f"What is the {c} {DIRECTIONS[e]} of?", b)]
        if self.r.random() < 0.5:
            facts.reverse()
        self.add(facts, [Question("qa4", lambda q=q: q, answer) for q, answer in asked])

    def story(self, longest):
        """A real bAbI story; the first five tasks count as families of their own."""
        tasks = self.sources["babi"]
        task = self.r.choice(STORIES)
        for _ in range(4):
            facts, question, answer = self.r.choice(tasks[task]) if tasks.get(task) else ([], "", "")
            words = set(re.findall(r"\b[A-Z][a-z]+\b|(?<=the )[a-z]+|\b[A-Z][a-z]+(?= is a)", " ".join(facts)))
            words = {x.lower() for x in words}
            if 0 < len(facts) <= longest and not words & self.words:
                self.words |= words
                family = task if task in FAMILIES else "babi"
                self.add(list(facts), [Question(family, lambda: question, answer.replace(",", ", "))])
                return

    # --- passages
    def tale(self, longest):
        """A section of a fairy tale, whole."""
        for _ in range(6):
            passage, asked = self.r.choice(self.sources["fairytale"])
            if len(passage) <= longest and ("tale", "", passage[:40]) not in self.stated:
                self.stated.add(("tale", "", passage[:40]))
                self.add([passage], [])
                self.ask_of_last([Question("natural", lambda q=q: q, a) for q, a in self.r.sample(asked, min(4, len(asked)))])
                return

    def country(self, longest):
        """A country's title, a few lines that are asked about and a few that are not."""
        title, facts, others = self.r.choice(self.sources["factbook"])
        if len(self.sources["factbook"]) > 1 and self.r.random() < .8:
            title, facts, others = self.invented_country(title, others)
        if ("country", "", title) in self.stated or not facts:
            return
        self.stated.add(("country", "", title))
        picked = self.r.sample(facts, min(self.r.randint(1, 5), len(facts)))
        lines = list(dict.fromkeys([f[0] for f in picked] + self.r.sample(others, min(self.r.randint(0, 3), len(others)))))
        while len(lines) > 1 and sum(map(len, lines)) > longest:
            lines.pop()
        self.r.shuffle(lines)
        self.add(["\n" + "\n".join([title, *lines]) + "\n"], [])
        self.ask_of_last([Question("natural", lambda q=q: q, a) for line, q, a in picked if line in lines])

    def invented_country(self, title, others):
        """A country of another name, lines of several countries with other numbers: nothing of it can be known by heart."""
        name = self.r.choice([lambda: self.v.pool("place").title(), self.v.org_name, self.v.made_up, self.v.name, lambda: title])()
        facts = {}  # by question: one line answers it
        for _ in range(8):
            source, lines, _ = self.r.choice(self.sources["factbook"])
            if not lines:
                continue
            line, question, answer = (text.replace(source, name) for text in self.r.choice(lines))
            key = self.r.random()
            line, answer = changed_numbers(line, key), changed_numbers(answer, key)
            if answer in line and name in question:
                facts[question] = line, question, answer
        return name, list(facts.values()), others

    # --- what is not stated
    def missing(self):
        """A question that looks answerable and is not."""
        for _ in range(30):
            if self.w.reverses and self.r.random() < 0.06 and (question := self.missing_person()):
                return question
            u = self.r.random()
            if u < 0.65 and self.asked:
                i, entity, x = self.r.choice(self.asked)
                kind = w.RELATIONS[i].entity
                if self.r.random() < 0.5:
                    entity = self.entity(kind)[0]
                else:
                    i = self.r.choice([j for j, r in enumerate(w.RELATIONS) if r.entity == kind])
                    x = self.kind_of(i)
                if self.free(i, entity, x):
                    return self.ask(i, entity, x)()
            elif u < 0.78:
                name = self.person_of_world()
                if name.lower() not in self.words:
                    return fill(self.w.draw(w.WHERE_PERSON), p=name)
            elif u < 0.86:
                name = self.v.constant()
                if ("constant", "", name.lower()) not in self.stated:
                    return self.w.draw(w.ASK_CONSTANT).replace("{c}", name)
            elif u < 0.95:
                kind, name = self.r.choice(w.KEYS), self.key_owner()
                if ("key", kind, name.lower()) not in self.stated and ("key", kind, "") not in self.stated:
                    return fill(self.w.draw(w.ASK_KEY_FOR), k=kind, n=name)
            elif self.sources.get("factbook"):
                title, facts, _ = self.r.choice(self.sources["factbook"])
                if facts and ("country", "", title) not in self.stated:
                    return self.r.choice(facts)[1]
        return "What is the name of the dog that nobody owned?"

    def missing_person(self):
        """Who has a value that nobody has? None if none was drawn."""
        i = self.r.choice([i for i, r in enumerate(w.RELATIONS) if r.entity == "person"])
        value, question = self.v.value(w.RELATIONS[i].value), self.w.who(w.RELATIONS[i])
        return fill(question, v=value, x=self.kind_of(i)) if question and value.lower() not in self.values else None

    # --- together
    def build(self, facts, missing, questions, room, mix):
        """(sentences in order, questions), as tell() and ask_after() make them."""
        sentences = self.tell(facts, room, mix)
        return sentences, self.ask_after(len(sentences), missing, questions)

    def tell(self, facts, room, mix):
        """About `facts` sentences in order, passages of at most `room` characters each; `mix` maps kinds of units to weights."""
        makers = {"attribute": self.attribute, "two": self.two_steps, "key": self.key, "constant": self.constant,
                  "world": lambda: self.world(min(left, self.r.choice([1, 2, 3, 4, 6, 8, 12]))),
                  "long world": lambda: self.world(left), "chronicle": lambda: self.chronicle(left), "directions": self.directions,
                  "story": lambda: self.story(left), "tale": lambda: self.tale(room), "country": lambda: self.country(room)}
        kinds = [k for k in mix if not (k == "story" and "babi" not in self.sources or
                                        k == "tale" and "fairytale" not in self.sources or
                                        k == "country" and "factbook" not in self.sources)]
        tries = 0
        while (left := facts - sum(map(len, self.units))) > 0 and tries < 4 * facts + 8:
            tries += 1
            kind = self.r.choices(kinds, [mix[k] for k in kinds])[0]
            if kind in ("two", "directions") and left < 2:
                continue
            makers[kind]()
        self.order = [i for i, unit in enumerate(self.units) for _ in unit]
        self.r.shuffle(self.order)
        rest = [iter(unit) for unit in self.units]
        return [next(rest[i]) for i in self.order]

    def ask_after(self, told, missing, questions):
        """Questions for one who was told the first `told` sentences: (family, question, answer).

        `missing` is the share of those that the text does not answer yet; half of them, where that can be, it answers later.
        They are few where it answers none.
        """
        begun, unfinished = collections.Counter(self.order[:told]), set(self.order[told:])
        pool = [q for unit, q in self.questions if unit not in unfinished]
        for unit in unfinished & begun.keys():
            pool += self.midway.get((unit, begun[unit]), [])
        later = [q for unit, q in self.questions if unit not in begun]
        self.r.shuffle(pool)
        questions = questions if pool else min(questions, 3)
        asked = []
        while len(asked) < questions:
            if not pool or self.r.random() < missing:
                early = later and self.r.random() < .5
                asked.append(("unans", self.r.choice(later).ask() if early else self.missing(), NOT_STATED))
            else:
                q = pool[len(asked) % len(pool)]
                asked.append((q.family, q.ask() if q.family == "code" else self.w.typed(q.ask()), q.answer))
        return asked


def changed_numbers(text, key):
    """The text with other numbers of as many digits; with the same key the same number becomes the same other one."""
    def other(match):
        digits = len(match.group())
        return str(random.Random(f"{key}{match.group()}").randrange(10 ** (digits - 1), 10**digits))

    return re.sub(r"\d+", other, text)


def w_places():
    return ["office", "garden", "kitchen", "bedroom", "bathroom", "hallway"]


class World:
    """Who is where and has what, while a story is told."""

    def __init__(self, episode, people, things, places, words):
        self.e, self.r, self.words = episode, episode.r, words
        self.people, self.things, self.places = people, things, places
        self.where, self.holder, self.lies = {}, {}, {}
        self.trail = {o: [] for o in things}  # the places of each thing that somebody has touched, in order
        self.facts, self.gifts = [], []

    def say(self, kind, **slots):
        least = 3 if kind in ("move", "give") else 5  # to take and to drop may differ in one word alone
        self.facts.append(fill(self.e.w.blurred(self.e.w.draw(self.words[kind]), least), **slots))

    def mark(self, thing, place):
        if not self.trail[thing] or self.trail[thing][-1] != place:
            self.trail[thing].append(place)

    def step(self, giving):
        person = self.r.choice(self.people)
        if person in self.where and self.things and self.r.random() < 0.55 and self.handle(person, giving):
            return
        place = self.r.choice([p for p in self.places if p != self.where.get(person)] or self.places)
        self.where[person] = place
        self.say("move", p=person, l=place)
        for thing, holder in self.holder.items():
            if holder == person:
                self.mark(thing, place)

    def handle(self, person, giving):
        """Takes, drops or gives a thing; False if that cannot be."""
        thing = self.r.choice(self.things)
        if self.holder.get(thing) == person:
            others = [p for p in self.people if p != person and self.where.get(p) in (None, self.where[person])]
            if giving and others and self.r.random() < 0.7:
                other = self.r.choice(others)
                self.say("give", p=person, o=thing, r=other)
                self.where[other] = self.where[person]
                self.holder[thing] = other
                self.gifts.append((person, thing, other))
            elif self.r.random() < 0.5:
                self.say("drop", p=person, o=thing)
                del self.holder[thing]
                self.lies[thing] = self.where[person]
            else:
                return False
            return True
        if thing in self.holder or self.lies.get(thing, self.where[person]) != self.where[person]:
            return False
        self.say("get", p=person, o=thing)
        self.holder[thing] = person
        self.mark(thing, self.where[person])
        return True

    def questions(self):
        draw = lambda kind, **slots: lambda: fill(self.e.w.blurred(self.e.w.draw(self.words[kind])), **slots)  # noqa: E731
        out = [Question("qa1", draw("person", p=p), self.where[p]) for p in self.people if p in self.where]
        for o in self.things:
            trail, holder = self.trail[o], self.holder.get(o)
            if trail:
                out += [Question("qa2", draw("thing", o=o), trail[-1])] * 2
            if len(trail) > 1:
                i = self.r.randrange(1, len(trail)) if self.r.random() < 0.5 else len(trail) - 1
                i = max(k for k in range(len(trail)) if trail[k] == trail[i])
                out += [Question("qa3", draw("before", o=o, l=trail[i]), trail[i - 1])] * 2
            if holder:
                out.append(Question("qa5", lambda o=o: fill(self.e.w.draw(w.WHO_HAS), o=o), holder))
        return out + self.gift_questions()

    def gift_questions(self):
        out = []
        for giver, thing, other in self.gifts:
            if sum(g[1] == thing for g in self.gifts) == 1:
                asked = [(f"Who gave the {thing} to {other}?", giver), (f"Who did {giver} give the {thing} to?", other),
                         (f"Who received the {thing}?", other), (f"Who gave the {thing}?", giver),
                         (f"To whom did {giver} give the {thing}?", other)]
                if sum(g[::2] == (giver, other) for g in self.gifts) == 1:
                    asked.append((f"What did {giver} give to {other}?", thing))
                out += [Question("qa5", lambda q=q: q, a) for q, a in asked]
        return out
