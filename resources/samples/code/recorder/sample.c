#include <stdlib.h>

#include "parts.h"

static int compare(const void* a, const void* b) {
    const int32_t x = *(const int32_t*)a, y = *(const int32_t*)b;
    return (x > y) - (x < y);
}

static int32_t millimetres(int64_t steps) {
    return (int32_t)(steps * WHEEL_CIRCUMFERENCE / STEPS_PER_TURN);
}

int16_t sample_height(int32_t* steps, size_t count, int32_t zero) {
    int64_t sum = 0;
    size_t trim = TRIM_COUNT;

    if (count <= 2 * trim)
        trim = 0; // the first sample after a start may be short
    qsort(steps, count, sizeof *steps, compare);
    for (size_t i = trim; i < count - trim; ++i)
        sum += steps[i];
    return (int16_t)(millimetres(sum / (int64_t)(count - 2 * trim)) + zero);
}

bool sample_lifted(const int32_t* steps, size_t count) {
    for (size_t i = 1; i < count; ++i)
        if (abs(millimetres(steps[i]) - millimetres(steps[i - 1])) > MAX_FLOAT_SPEED)
            return true;
    return false;
}
