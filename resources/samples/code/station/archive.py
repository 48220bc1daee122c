"""Keeps the lines of all gauges in files, one a year, and forgets the oldest.

People have asked why anything is forgotten at all. The paper archive in the harbour office has the answer: it was
never sorted out, and now nobody finds anything in it.
"""

import pathlib

KEEP_YEARS = 39

# The day on which the archive is copied to the other side of the harbour.
BACKUP_WEEKDAY = "Monday"


def is_backup_day(date):
    return f"{date:%A}" == BACKUP_WEEKDAY


def append(directory, year, lines):
    """Adds lines to the file of their year, and removes files that are too old."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / f"{year}.txt", "a", encoding="ascii") as file:
        file.writelines(lines)
    for path in directory.glob("*.txt"):
        if int(path.stem) <= year - KEEP_YEARS:
            path.unlink()
