"""What the harbour may want to change. Everything else is decided where it is used."""

# The height of the water, in millimetres above the zero, at which somebody is called out of bed.
ALARM_LEVEL = 4712
