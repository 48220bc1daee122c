// Records travel as plain text, so that a person with a radio and a pencil can read them when all else fails.

#include <stdio.h>

#include "parts.h"

size_t record_format(const struct record* record, const char* serial, char* line, size_t size) {
    const int body = snprintf(line, size, "%s %u %d %u %u %d", serial, (unsigned)record->hour, record->temperature,
                              (unsigned)record->battery, (unsigned)record->pressure, record->height);
    int tail;

    if (body < 0 || (size_t)body >= size)
        return 0;
    tail = snprintf(line + body, size - (size_t)body, " *%04X\n", checksum(line, (size_t)body));
    if (tail < 0 || (size_t)tail >= size - (size_t)body)
        return 0;
    return (size_t)(body + tail);
}
