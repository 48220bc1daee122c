// Decides what may be switched on. The radio is the hungriest part of the recorder and the first to go; the
// samples matter more than the messages, since a message can be sent later and a tide does not come again.

#include "parts.h"

// Millivolts below which the radio stays silent.
#define BATTERY_LOW 11400

// A little above that limit nothing changes: otherwise the radio would go on and off with every cloud.
enum power power_next(enum power before, uint16_t millivolts) {
    if (millivolts < BATTERY_LOW)
        return POWER_NO_RADIO;
    if (millivolts > BATTERY_LOW + BATTERY_LOW / 20)
        return POWER_ALL;
    return before;
}
