"""Raises an alarm when the water is high, once, and gives the all clear when it has fallen far enough."""

from . import settings

CALM, WARNED, ALARMED = range(3)
NAMES = ("all clear", "warning", "alarm")


def is_silent(time):
    begin, end = settings.SILENT_HOURS
    return time.hour >= begin or time.hour < end


class Watch:
    """What was said last about one gauge."""

    def __init__(self):
        self.state = CALM
        self.waiting = []

    def next_state(self, height):
        limits = (settings.WARNING_LEVEL, settings.ALARM_LEVEL)
        state = sum(height >= limit for limit in limits)
        if state < self.state and height > limits[self.state - 1] - settings.ALL_CLEAR_MARGIN:
            return self.state
        return state

    def look(self, time, height):
        """The messages that are due now."""
        state = self.next_state(height)
        if state != self.state:
            self.state = state
            self.waiting.append(f"{time:%Y-%m-%d %H:%M} {NAMES[state]}: {height:.0f} mm, to {settings.ALARM_RECIPIENT}")
        if self.state == WARNED and is_silent(time):
            return []
        due, self.waiting = self.waiting, []
        return due
