"""A good tide is a smooth curve: finds spikes and straight lines, which are not the sea."""


def spikes(series):
    """Places where neighbours differ by more than the sea can do in an hour, which is three metres."""
    return [i for i in range(1, len(series)) if abs(series[i] - series[i - 1]) > 3000]


def is_flat(series):
    """Whether the water never moved, which means that the float sticks."""
    return len(series) > 1 and max(series) == min(series)


def problems(series):
    found = [f"sample {i}: a spike" for i in spikes(series)]
    if is_flat(series):
        found.append("the float sticks")
    return found
