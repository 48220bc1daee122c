"""Corrections that the recorder leaves to us: the weight of the air, and the length of the tape."""

from . import settings


def for_pressure(height, pressure):
    """The height that the sea would have under the standard pressure."""
    return height + (pressure - settings.STANDARD_PRESSURE) * settings.MILLIMETRES_PER_MILLIBAR


def for_temperature(height, temperature):
    """The height that a tape of the reference temperature would have shown."""
    return height * (1 + settings.TAPE_EXPANSION * (temperature - settings.REFERENCE_TEMPERATURE))


def corrected(record):
    return [for_pressure(for_temperature(height, record.temperature), record.pressure) for height in record.heights]
