// What the recorder does, in numbers. The station has its own settings; where the two must agree, this file
// says so.
#ifndef TIDELOG_CONFIG_H
#define TIDELOG_CONFIG_H

// The version that goes into every record. The station refuses records of another major version.
#define VERSION_MAJOR 3
#define VERSION_MINOR 6

// --- measuring

// Seconds between two samples: ten samples make an hour.
#define SAMPLE_PERIOD 360

// Readings of the encoder for one sample, a second apart.
#define READINGS_PER_SAMPLE 181

// Of these, so many at either end of the sorted readings are thrown away.
#define TRIM_COUNT 18

#define SAMPLES_PER_RECORD 10

// Steps of the encoder in one turn of the measuring wheel, and the millimetres that the float moves
// meanwhile.
#define STEPS_PER_TURN 500
#define WHEEL_CIRCUMFERENCE 500

// A float that moves faster than this, in millimetres a second, has been lifted by hand.
#define MAX_FLOAT_SPEED 85

// --- keeping

// Records that the ring holds: almost three years.
#define RING_CAPACITY 26000

// The longest line of a record, with its line end. Must equal LINE_LIMIT in station/settings.py.
#define MAX_LINE 160

// --- the clock

// After so many nights without a time signal the samples are marked as doubtful.
#define CLOCK_PATIENCE 10

// The minute of the night at which the station sets the clock: half past two.
#define CLOCK_MINUTE 150

// --- power, in millivolts

#define BATTERY_FULL 12700
#define BATTERY_LOW 11400
#define BATTERY_EMPTY 10800

// A battery that was low must come back to this before the radio is switched on again.
#define BATTERY_RECOVERED 11900

// --- settings by hand

// The code of a new recorder; who installs it changes it.
#define SERVICE_CODE 4417

// Wrong codes that are forgiven, and the seconds that the buttons are dead afterwards.
#define CODE_ATTEMPTS 5
#define LOCKOUT_SECONDS 3600

#endif
