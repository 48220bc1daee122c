#include "parts.h"

// Between BATTERY_LOW and BATTERY_RECOVERED nothing changes: otherwise the radio would go on and off with
// every cloud.
enum power power_next(enum power before, uint16_t millivolts) {
    if (millivolts < BATTERY_EMPTY)
        return POWER_OFF;
    if (millivolts < BATTERY_LOW)
        return POWER_NO_RADIO;
    if (millivolts >= BATTERY_RECOVERED)
        return POWER_ALL;
    return before == POWER_ALL ? POWER_ALL : POWER_NO_RADIO;
}
