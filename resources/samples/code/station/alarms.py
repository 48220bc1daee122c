"""Raises an alarm when the water is high, once, and gives the all clear when it has fallen far enough."""

from . import settings


class Watch:
    """What was said last about one gauge."""

    def __init__(self):
        self.alarmed = False

    def look(self, hour, height):
        """The message that is due now, or nothing."""
        if not self.alarmed and height >= settings.ALARM_LEVEL:
            self.alarmed = True
            return f"hour {hour}, alarm: {height:.0f} mm"
        if self.alarmed and height < 0.95 * settings.ALARM_LEVEL:
            self.alarmed = False
            return f"hour {hour}, all clear: {height:.0f} mm"
        return None
