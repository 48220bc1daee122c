// One hour of the sea, and the line of text that stands for it.
#ifndef TIDELOG_RECORD_H
#define TIDELOG_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

enum { MARK_NONE = '-', MARK_CLOCK = 'T', MARK_LIFTED = 'L' };

struct record {
    uint32_t hour;                       // hours since the beginning of 2000
    int16_t heights[SAMPLES_PER_RECORD]; // millimetres above the zero
    int16_t temperature;                 // of the box, in tenths of a degree
    uint16_t battery;                    // millivolts
    uint16_t pressure;                   // tenths of a millibar
    char mark;
};

// Writes the record as a line with its checksum; returns its length, or 0 when `size` is too small.
size_t record_format(const struct record* record, const char* serial, char* line, size_t size);

#endif
