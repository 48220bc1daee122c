"""Words, names, numbers, dates and quotations that facts are made of, split into training and held out.

Every sixth word of a pool of data/pools.txt is held out, as are the words of data/words.txt and data/names.txt and the
made-up names and constants whose letters sum to a multiple of five. Vocabulary(held=True) draws names and values that
training never drew. Imported by wordings.py and documents.py.
"""
import pathlib

DATA = pathlib.Path(__file__).resolve().parent / "data"
# The first words of these pools are those of bAbI and stay in training.
KEPT = {"woman": 3, "man": 5, "colour": 8, "place": 6, "carried": 3}
SHARED = {"day", "month", "first syllable", "last syllable", "codestart", "codeend"}
# What a word of the books may stand for.
WORD_POOLS = {"colour", "job", "food", "drink", "instrument", "material", "noun", "place", "carried", "object", "animal"}
NAME_POOLS = {"last", "city", "language"}
OPEN_POOLS = {"adjective", "attribute"}  # and with a lexicon these
TITLES = {"man": ["Mr.", "Dr.", "Captain", "Professor", "Sir", "Judge", "Sergeant", "Father"],
          "woman": ["Mrs.", "Dr.", "Miss", "Captain", "Professor", "Lady", "Madame", "Judge"]}
ORGANISATIONS = ["Institute", "Company", "Society", "Club", "Academy", "Bank", "Museum", "Foundation", "Brewery", "Press",
                 "Hospital", "Theatre", "Railway", "Hotel", "School", "Observatory", "Library", "Trading Company"]
FESTIVALS = ["festival", "auction", "parade", "fair", "exhibition", "race", "banquet", "ball", "regatta", "tournament"]
MEETINGS = ["meeting", "interview", "appointment", "dinner", "lunch", "lesson", "conference", "duel", "game of chess"]
CEREMONIES = ["wedding", "trial", "funeral", "birthday", "lecture", "concert", "examination", "christening", "farewell"]
UNITS = ["pounds", "tons", "gallons", "miles", "acres", "yards", "barrels", "bushels", "ounces", "feet", "sacks", "crates"]


def is_held(word):
    return sum(map(ord, word)) % 5 == 0


def load_pools():
    """{name: (training words, held-out words)}"""
    pools = {}
    for line in (DATA / "pools.txt").read_text("utf-8").splitlines():
        name, words = line.split(": ", 1)
        words = words.split(", ")
        if name in SHARED:
            pools[name] = (words, words)
        else:
            held = [w for i, w in enumerate(words) if i >= KEPT.get(name, 0) and i % 6 == 5]
            pools[name] = ([w for w in words if w not in held], held)
    return pools


POOLS = load_pools()


def load_words(name):
    taken = {w.lower() for _, held in POOLS.values() for w in held}
    words = (DATA / name).read_text("utf-8").split()
    return ([w for w in words if not is_held(w) and w.lower() not in taken], [w for w in words if is_held(w)])


WORDS, NAMES = load_words("words.txt"), load_words("names.txt")


def open_words(words, listed):
    """The words of a lexicon that evaluation does not draw."""
    taken = {w.lower() for pool in (*POOLS.values(), listed) for w in pool[1]}
    return [w for w in words if not is_held(w) and not is_held(w.capitalize()) and w.lower() not in taken]


class Vocabulary:
    """Draws entities and values; `random` is a random.Random and makes every draw reproducible."""

    def __init__(self, random, held=False, share_of_books=0.4, lexicon=None):
        self.r, self.held, self.share = random, held, share_of_books
        self.words = open_words(lexicon["words"], WORDS) if lexicon else None
        self.names = open_words(lexicon["names"], NAMES) if lexicon else None
        self.entities = {"person": self.person, "object": self.object, "event": self.event, "org": self.org,
                         "country": self.town, "ship": self.ship, "book": self.title, "thing": self.thing,
                         "town": self.town}
        self.values = {"person": self.person, "number": lambda: self.number(2, 99999), "age": lambda: self.number(3, 98),
                       "price": self.price, "weight": lambda: self.number(2, 400), "year": lambda: self.number(1480, 2020),
                       "time": self.time, "date": self.date, "phone": lambda: self.number(10000, 9999999),
                       "room": lambda: self.number(1, 480), "pet": self.pet, "town": self.town, "anything": self.anything,
                       "quantity": self.quantity, "quotation": self.quotation, "org": self.org_name,
                       "book": self.title, "city": self.city, "object": lambda: f"the {self.object()}"}

    def pool(self, name):
        """A word of the pool, or a word or two of the books in its place."""
        if self.r.random() < self.share:
            if name in WORD_POOLS:
                word = self.word()
                return word if self.r.random() < (0.8 if self.held else 0.65) else f"{self.word()} {word}"
            if name in NAME_POOLS:
                return self.name()
            if name in OPEN_POOLS and self.words:
                return self.word()
        return self.r.choice(POOLS[name][self.held])

    def word(self):
        """A word of the books; of the lexicon, if there is one, so that training sees any sequence of pieces."""
        if not self.words:
            return self.r.choice(WORDS[self.held])
        return self.blend().lower() if self.r.random() < 0.25 else self.r.choice(self.words)

    def name(self):
        if not self.names:
            return self.r.choice(NAMES[self.held])
        u = self.r.random()
        return self.blend() if u < 0.25 else self.r.choice(self.names if u < 0.65 else NAMES[False])

    def blend(self):
        """The head of one word of the lexicon with the tail of another."""
        while True:
            head, tail = self.r.choice(self.words), self.r.choice(self.words)
            word = (head[: self.r.randint(2, 5)] + tail[-self.r.randint(2, 5) :]).capitalize()
            if not is_held(word) and not is_held(word.lower()):
                return word

    def made_up(self, low=1, high=2):
        while True:
            word = "".join(self.r.choice(POOLS["first syllable"][0]) for _ in range(self.r.randint(low, high)))
            word += self.r.choice(POOLS["last syllable"][0])
            if is_held(word) == self.held:
                return word.capitalize()

    def first_name(self, gender):
        u = self.r.random()
        if u < 0.1:
            return self.made_up()
        if u < (0.5 if self.names else 0.25):
            return self.name()
        return self.pool(gender)

    def person(self, gender=None):
        """A first name, a full name, a title with a name; rarely a name of three pieces."""
        u = self.r.random()
        gender = gender or self.r.choice(["woman", "man"])
        first = self.first_name(gender)
        if u < 0.42:
            return first
        last = self.pool("last") if self.r.random() < 0.8 else self.made_up()
        if u < 0.78:
            return f"{first} {last}"
        if u < 0.94:
            return f"{self.r.choice(TITLES[gender])} {last}"
        middle = self.first_name(gender) if self.r.random() < 0.6 else self.r.choice("ABCDEFGHJKLMNPRSTVW") + "."
        return f"{first} {middle} {last}"

    def number(self, low, high):
        return str(self.r.randint(low, high))

    def price(self):
        return self.number(2, 990) if self.r.random() < 0.8 else f"{self.r.randint(1, 90)},{self.r.randint(0, 999):03}"

    def quantity(self):
        return f"{self.r.randint(2, 900)} {self.r.choice(UNITS)}"

    def time(self):
        return self.r.choice(["noon", "midnight", self.number(1, 12) + " o'clock", f"half past {self.r.randint(1, 12)}",
                              f"{self.r.randint(1, 12)}:{self.r.choice(['00', '05', '10', '15', '20', '30', '45', '50'])}"])

    def date(self):
        day, month, year = self.r.randint(1, 28), self.pool("month"), self.r.randint(1700, 2020)
        return self.r.choice([f"{month} {day}", f"{day} {month}", f"{day} {month} {year}", f"{month} {day}, {year}"])

    def city(self):
        if not self.held and self.r.random() < 0.15:
            return f"{self.r.choice(['New', 'Old', 'Port', 'Fort', 'San', 'Saint', 'Lake', self.name(), self.name()])} {self.name()}"
        return self.made_up(1, 3) if self.r.random() < 0.2 else self.pool("city")

    def town(self):
        return self.made_up(1, 3)

    def pet(self):
        return self.made_up() if self.r.random() < 0.5 else self.pool("noun").capitalize()

    def object(self):
        u = self.r.random()
        word = self.pool("object") if u < 0.85 else self.pool("carried")
        return f"{self.pool('adjective')} {word}" if self.r.random() < 0.75 else word

    def event(self):
        u = self.r.random()
        if u < 0.4:
            return f"{self.r.choice(MEETINGS)} with {self.person()}"
        if u < 0.7:
            return f"{self.r.choice(CEREMONIES)} of {self.person()}"
        return f"{self.pool('noun')} {self.r.choice(FESTIVALS)}"

    def org(self):
        return f"{self.pool('last') if self.r.random() < 0.5 else self.made_up()} {self.r.choice(ORGANISATIONS)}"

    def org_name(self):
        return f"the {self.org()}"

    def ship(self):
        prefix = self.r.choice(["Sea ", "Black ", "Golden ", "Northern ", "Royal ", "", ""])
        return prefix + (self.pool("noun").title() if self.r.random() < 0.6 else self.made_up())

    def title(self):
        u = self.r.random()
        if u < 0.6:
            return f"The {self.pool('adjective').capitalize()} {self.pool('noun').title()}"
        return f"{self.pool('noun').title()} {self.r.choice(['and', 'of the', 'in the', 'without'])} {self.pool('noun').title()}"

    def thing(self):
        return self.r.choice([self.object, self.org, lambda: self.pool("noun") + " project",
                              lambda: self.made_up() + " expedition", lambda: self.pool("noun") + " team"])()

    def quotation(self):
        """A short sentence that somebody says."""
        noun, other, adjective = self.pool("noun"), self.pool("noun"), self.pool("adjective")
        return self.r.choice([
            f"The {noun} is {adjective}", f"Never trust a {adjective} {noun}", f"I have lost my {noun}",
            f"There is no {noun} without {other}", f"Bring me the {adjective} {noun}", f"Beware of the {noun}",
            f"We must leave the {noun} behind", f"A {noun} is worth a {other}", f"Nobody owns the {noun}"])

    def anything(self):
        u = self.r.random()
        if u < 0.4:
            return self.pool("noun")
        if u < 0.6:
            return self.made_up(1, 3)
        if u < 0.8:
            return self.person()
        return self.number(2, 99999) if u < 0.93 else self.date()

    def attribute(self):
        """What a person or a thing may have: "password", "official flower", "red number"."""
        u = self.r.random()
        if u < 0.7:
            return self.pool("attribute")
        kind = self.r.choice(["favourite", "secret", "official", "first", "last", "second", "old", "lucky", "preferred"])
        return f"{kind} {self.pool('noun')}"

    def constant(self):
        """The name of a constant in code."""
        while True:
            u, start, end = self.r.random(), POOLS["codestart"][0], POOLS["codeend"][0]
            if u < 0.5:
                name = f"{self.r.choice(start)}_{self.r.choice(end)}"
            elif u < 0.8:
                name = f"{self.r.choice(start)}_{self.r.choice(start)}_{self.r.choice(end)}"
            else:
                word = self.r.choice(WORDS[self.held]) if self.r.random() < 0.6 else self.made_up()
                name = f"{word.upper()}_{self.r.choice(end)}"
            if u >= 0.8 or is_held(name) == self.held:
                break
        u = self.r.random()
        if u < 0.65:
            return name
        if u < 0.85:
            return name.lower()
        return "k" + "".join(part.capitalize() for part in name.split("_"))

    def constant_value(self):
        return self.r.choice([self.number(1, 99), self.number(100, 9999), str(2 ** self.r.randint(3, 16)),
                              self.number(10000, 99999), f"0x{self.r.randrange(16, 4096):x}", f"{self.r.randint(0, 9)}.{self.r.randint(1, 99)}",
                              f'"{self.pool("noun")}"', self.r.choice(["true", "false"])])

    def digits(self):
        length = self.r.choice([3, 4, 5, 5, 5, 6, 7])
        return self.r.choice("123456789") + "".join(self.r.choice("0123456789") for _ in range(length - 1))

    def entity(self, kind):
        return self.entities[kind]()

    def value(self, kind):
        return self.values[kind]() if kind in self.values else self.pool(kind)
