"""Reads records, one a line, and prints what is known about the water.

Usage: python3 -m station.receive < RECORDS
"""

import dataclasses
import sys

from . import alarms, correct, judge
from .checksum import checksum

# More gauges than this cannot be polled before the first one has something new to say.
MAX_STATIONS = 64


class Refused(ValueError):
    """A line that is not a record; says why."""


@dataclasses.dataclass
class Record:
    serial: str
    hour: int           # since the recorder was made
    temperature: float  # degrees
    battery: float      # volts
    pressure: float     # millibars
    height: float       # millimetres above the zero


def parse(line):
    body, star, given = line.rstrip("\n").rpartition(" *")
    if not star or int(given, 16) != checksum(body.encode("ascii")):
        raise Refused("the checksum is wrong")
    serial, hour, temperature, battery, pressure, height = body.split()
    return Record(serial, int(hour), int(temperature) / 10, int(battery) / 1000, int(pressure) / 10, int(height))


def records(lines):
    """Those of the lines that are records; complains about the others."""
    for number, line in enumerate(lines, 1):
        try:
            yield parse(line)
        except ValueError as problem:
            print(f"line {number}: {problem}", file=sys.stderr)


def main():
    watches, series = {}, {}
    for record in records(sys.stdin):
        height = correct.corrected(record)
        series.setdefault(record.serial, []).append(height)
        message = watches.setdefault(record.serial, alarms.Watch()).look(record.hour, height)
        if message:
            print(message)
        if len(series) > MAX_STATIONS:
            sys.exit("too many stations")
    for serial, heights in series.items():
        print(f"{serial}: {len(heights)} samples, {min(heights):.0f} to {max(heights):.0f} mm")
        for problem in judge.problems(heights):
            print(f"{serial}: {problem}")


if __name__ == "__main__":
    main()
