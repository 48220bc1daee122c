// One hour of the sea, and the line of text that stands for it.
#ifndef TIDELOG_RECORD_H
#define TIDELOG_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct record {
    uint32_t hour;       // since the recorder was made
    int16_t height;      // millimetres above the zero
    int16_t temperature; // of the box, in tenths of a degree
    uint16_t battery;    // millivolts
    uint16_t pressure;   // tenths of a millibar
};

// Writes the record as a line with its checksum; returns its length, or nothing when it does not fit.
size_t record_format(const struct record* record, const char* serial, char* line, size_t size);

#endif
