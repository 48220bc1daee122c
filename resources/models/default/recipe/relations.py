"""Relations between an entity and a value, with the patterns of their facts and questions.

Slots: {e} entity, {v} value, {x} what kind of attribute or pet, {o} the value before an update. data/wordings.json and
paraphrases.py go by the order. Imported by wordings.py and episodes.py.
"""
from people import PEOPLE
from things import THINGS

RELATIONS = PEOPLE + THINGS
