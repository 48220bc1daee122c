// A recorder on a made-up sea: two tides a day, some swell, and a battery that sinks at night.
// Usage: tidelog-sim HOURS

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "parts.h"

// Readings of the encoder that make one sample.
#define MAX_READINGS 181

static int32_t sea(double seconds) {
    const double tide = 1500 * sin(seconds / 7116);
    const double swell = 40 * sin(seconds / 2);

    return (int32_t)lround(2400 + tide + swell);
}

static struct record measure(uint32_t hour) {
    struct record record = {.hour = hour, .temperature = 0, .pressure = 10130};
    int32_t steps[MAX_READINGS];

    for (int i = 0; i < MAX_READINGS; ++i)
        steps[i] = sea(hour * 3600.0 + i);
    record.battery = (uint16_t)(12300 + lround(300 * sin(hour / 4.0)));
    record.height = sample_height(steps, MAX_READINGS, 0);
    return record;
}

int main(int argc, char** argv) {
    const long hours = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    struct ring ring = {calloc(RING_CAPACITY, sizeof(struct record)), 0, 0};
    enum power power = POWER_ALL;
    char line[128];

    if (hours <= 0 || ring.records == NULL) {
        fprintf(stderr, "Usage: tidelog-sim HOURS\n");
        return 2;
    }
    for (long h = 0; h < hours; ++h) {
        const struct record record = measure((uint32_t)h);
        power = power_next(power, record.battery);
        ring_push(&ring, &record);
    }
    for (uint32_t age = ring.count; power == POWER_ALL && age-- > 0;)
        if (record_format(ring_at(&ring, age), "swona", line, sizeof line) > 0)
            fputs(line, stdout);
    free(ring.records);
    return 0;
}
