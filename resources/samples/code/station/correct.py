"""Corrects what the recorder leaves to us: the weight of the air.

The sea gives way where the air is heavy and rises where it is light, by about a centimetre for a millibar. The height
after this correction is the one that the sea would have on a day of ordinary weather, and it is the one that can be
compared with the tables.
"""


def for_pressure(height, pressure):
    """The height that the sea would have under the standard pressure."""
    return height + 10 * (pressure - 1013)


def corrected(record):
    return for_pressure(record.height, record.pressure)
