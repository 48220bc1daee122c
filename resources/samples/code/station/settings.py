"""What the shore station does, in numbers."""

# --- the radio
CHANNEL = 11                   # 7 is kept free for lifeboats
BAUD_RATE = 19200
POLL_MINUTES = 15
RETRIES = 4
RETRY_DELAY = 2.5              # seconds; doubled after each try
REPEATER_LIMIT = 4

# --- records
LINE_LIMIT = 160               # must equal MAX_LINE in recorder/config.h
SUPPORTED_MAJOR = 3
OLDEST_MINOR = 2
EPOCH_YEAR = 2000

# --- corrections
STANDARD_PRESSURE = 1013.2     # millibars
MILLIMETRES_PER_MILLIBAR = 9.95
TAPE_EXPANSION = 1.6e-5        # of its length, for each degree
REFERENCE_TEMPERATURE = 15.0   # degrees at which the tape was measured

# --- judging
SPIKE_LIMIT = 250              # millimetres between neighbours
FLAT_SAMPLES = 20              # so many equal samples in a row mean that the float sticks
GAP_HOURS = 6

# --- alarms
WARNING_LEVEL = 4300           # millimetres above the zero
ALARM_LEVEL = 4750
ALL_CLEAR_MARGIN = 120         # the water must fall by this much before an alarm ends
ALARM_RECIPIENT = "duty.officer@harbour.example"
SILENT_HOURS = (23, 6)         # warnings wait for the morning; alarms do not

# --- keeping
ARCHIVE_DIRECTORY = "/var/lib/tidelog"
ARCHIVE_YEARS = 30
BACKUP_WEEKDAY = "Thursday"
