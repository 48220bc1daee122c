"""The tide as a sum of waves whose periods the moon and the sun dictate.

Periods are the same for all harbours; heights and phases are those of Swona, from five years of records.
"""

import math

# Name: (period in hours, height in millimetres, phase in degrees)
CONSTITUENTS = {
    "M2": (12.4206, 982, 271),
    "S2": (12.0, 348, 306),
    "N2": (12.6583, 197, 250),
    "K2": (11.9672, 96, 303),
    "K1": (23.9345, 112, 158),
    "O1": (25.8193, 93, 9),
    "M4": (6.2103, 17, 201),
}
MEAN_LEVEL = 2350
HIGH_WATER_STEP = 0.1  # hours between the heights among which high water is looked for


def height(hour):
    """Millimetres above the zero at `hour`, counted from the beginning of the year 2000."""
    return MEAN_LEVEL + sum(size * math.cos(2 * math.pi * hour / period - math.radians(phase))
                            for period, size, phase in CONSTITUENTS.values())


def high_waters(begin, end):
    """(hour, height) of each high water between the two hours."""
    count = int((end - begin) / HIGH_WATER_STEP)
    hours = [begin + i * HIGH_WATER_STEP for i in range(count + 1)]
    heights = [height(hour) for hour in hours]
    return [(hours[i], heights[i]) for i in range(1, count) if heights[i - 1] < heights[i] >= heights[i + 1]]
