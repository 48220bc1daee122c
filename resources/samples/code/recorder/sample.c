// Turns readings of the encoder into one height. Waves that came through the small hole in the tube are still in
// the readings; sorting them and throwing away both ends removes most of what is left of the swell.

#include <stdlib.h>

#include "parts.h"

static int compare(const void* a, const void* b) {
    const int32_t x = *(const int32_t*)a, y = *(const int32_t*)b;
    return (x > y) - (x < y);
}

int16_t sample_height(int32_t* steps, size_t count, int32_t zero) {
    const size_t trim = count / 10;
    int64_t sum = 0;

    qsort(steps, count, sizeof *steps, compare);
    for (size_t i = trim; i < count - trim; ++i)
        sum += steps[i];
    return (int16_t)(sum / (int64_t)(count - 2 * trim) + zero);
}
