#include <stdarg.h>
#include <stdio.h>

#include "parts.h"

// Appends to the line like printf; false when it does not fit.
static bool append(char* line, size_t size, size_t* length, const char* format, ...) {
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vsnprintf(line + *length, size - *length, format, arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written >= size - *length)
        return false;
    *length += (size_t)written;
    return true;
}

size_t record_format(const struct record* record, const char* serial, char* line, size_t size) {
    size_t length = 0;

    if (!append(line, size, &length, "%s %d.%d %u %c %d %u %u", serial, VERSION_MAJOR, VERSION_MINOR,
                (unsigned)record->hour, record->mark, record->temperature, (unsigned)record->battery,
                (unsigned)record->pressure))
        return 0;
    for (int i = 0; i < SAMPLES_PER_RECORD; ++i)
        if (!append(line, size, &length, " %d", record->heights[i]))
            return 0;
    if (!append(line, size, &length, " *%04X\n", checksum(line, length)))
        return 0;
    return length;
}
