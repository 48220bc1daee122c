"""Reads records, one a line, and prints what is known about the water.

Usage: python3 -m station.receive < RECORDS
"""

import dataclasses
import datetime
import sys

from . import alarms, correct, judge, settings
from .checksum import checksum

FIELDS_BEFORE_HEIGHTS = 7


class Refused(ValueError):
    """A line that is not a record; says why."""


@dataclasses.dataclass
class Record:
    serial: str
    hour: int           # since the beginning of settings.EPOCH_YEAR
    mark: str
    temperature: float  # degrees
    battery: float      # volts
    pressure: float     # millibars
    heights: list       # millimetres above the zero

    @property
    def time(self):
        return datetime.datetime(settings.EPOCH_YEAR, 1, 1) + datetime.timedelta(hours=self.hour)


def check_version(version):
    major, minor = map(int, version.split("."))
    if major != settings.SUPPORTED_MAJOR or minor < settings.OLDEST_MINOR:
        raise Refused(f"version {version} is not understood")


def parse(line):
    if len(line) > settings.LINE_LIMIT:
        raise Refused("the line is too long")
    body, star, given = line.rstrip("\n").rpartition(" *")
    if not star or int(given, 16) != checksum(body.encode("ascii")):
        raise Refused("the checksum is wrong")
    serial, version, hour, mark, temperature, battery, pressure, *heights = body.split()
    check_version(version)
    return Record(serial, int(hour), mark, int(temperature) / 10, int(battery) / 1000, int(pressure) / 10,
                  [int(height) for height in heights])


def records(lines):
    """Those of the lines that are records; complains about the others."""
    for number, line in enumerate(lines, 1):
        try:
            yield parse(line)
        except ValueError as problem:
            print(f"line {number}: {problem}", file=sys.stderr)


def main():
    watch = alarms.Watch()
    series = []
    for record in records(sys.stdin):
        heights = correct.corrected(record)
        series += heights
        for message in watch.look(record.time, max(heights)):
            print(message)
    print(f"{len(series)} samples, {min(series, default=0):.0f} to {max(series, default=0):.0f} mm")
    for problem in judge.problems(series):
        print(problem)


if __name__ == "__main__":
    main()
