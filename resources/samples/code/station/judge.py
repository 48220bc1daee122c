"""A good tide is a smooth curve: finds steps, spikes and straight lines, which are not the sea."""

from . import settings


def spikes(series):
    """Places where neighbours differ by more than the sea can do in six minutes."""
    return [i for i in range(1, len(series)) if abs(series[i] - series[i - 1]) > settings.SPIKE_LIMIT]


def longest_flat(series):
    """Length of the longest run of samples that do not differ by a millimetre."""
    longest = run = 1
    for before, after in zip(series, series[1:]):
        run = run + 1 if abs(after - before) < 1 else 1
        longest = max(longest, run)
    return longest


def problems(series):
    found = [f"sample {i}: a spike" for i in spikes(series)]
    if longest_flat(series) >= settings.FLAT_SAMPLES:
        found.append("the float sticks")
    return found
