// A recorder on a made-up sea: two tides a day, swell, and a battery that sinks at night.
// Usage: tidelog-sim HOURS

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "parts.h"

static const char serial[] = "7-0003";

#define PI 3.14159265358979
#define FIRST_HOUR 209448
#define MEAN_LEVEL 2350
#define TIDE_HEIGHT 1480
#define TIDE_HOURS 12.4206
#define SWELL_HEIGHT 40
#define SWELL_SECONDS 11

static int32_t sea(double seconds) {
    const double tide = TIDE_HEIGHT * sin(2 * PI * seconds / (3600 * TIDE_HOURS));
    const double swell = SWELL_HEIGHT * sin(2 * PI * seconds / SWELL_SECONDS);

    return (int32_t)lround(MEAN_LEVEL + tide + swell);
}

static uint16_t battery(uint32_t hour) {
    return (uint16_t)(12300 + lround(300 * sin(2 * PI * (hour % 24 - 9) / 24)));
}

static struct record measure(uint32_t hour) {
    struct record record = {.hour = hour, .temperature = 84, .pressure = 10132, .mark = MARK_NONE};
    int32_t steps[READINGS_PER_SAMPLE];

    record.battery = battery(hour);
    for (int s = 0; s < SAMPLES_PER_RECORD; ++s) {
        for (int i = 0; i < READINGS_PER_SAMPLE; ++i)
            steps[i] = sea(hour * 3600.0 + s * SAMPLE_PERIOD + i);
        if (sample_lifted(steps, READINGS_PER_SAMPLE))
            record.mark = MARK_LIFTED;
        record.heights[s] = sample_height(steps, READINGS_PER_SAMPLE, 0);
    }
    return record;
}

int main(int argc, char** argv) {
    const long hours = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    struct ring ring = {calloc(RING_CAPACITY, sizeof(struct record)), 0, 0};
    enum power power = POWER_ALL;
    char line[MAX_LINE];

    if (hours <= 0 || hours > RING_CAPACITY || ring.records == NULL) {
        fprintf(stderr, "Usage: tidelog-sim HOURS (1 to %d)\n", RING_CAPACITY);
        return 2;
    }
    for (long h = 0; h < hours; ++h) {
        const struct record record = measure(FIRST_HOUR + (uint32_t)h);
        power = power_next(power, record.battery);
        if (power != POWER_OFF)
            ring_push(&ring, &record);
    }
    for (uint32_t age = ring.count; age-- > 0;)
        if (record_format(ring_at(&ring, age), serial, line, sizeof line) > 0)
            fputs(line, stdout);
    free(ring.records);
    return 0;
}
