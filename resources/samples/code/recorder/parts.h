// The parts of the recorder that have no state worth a header of their own.
#ifndef TIDELOG_PARTS_H
#define TIDELOG_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

// --- sample.c

// The mean of the readings without the lowest and the highest TRIM_COUNT. Sorts `steps`.
int16_t sample_height(int32_t* steps, size_t count, int32_t zero);

// Whether the float moved between any two neighbours faster than the sea can.
bool sample_lifted(const int32_t* steps, size_t count);

// --- checksum.c

uint16_t checksum(const char* bytes, size_t count);

// --- ring.c

struct ring {
    struct record* records; // RING_CAPACITY of them
    uint32_t first, count;
};

// Overwrites the oldest record when the ring is full.
void ring_push(struct ring* ring, const struct record* record);
// The record `age` places before the newest, or NULL.
const struct record* ring_at(const struct ring* ring, uint32_t age);

// --- power.c

enum power { POWER_ALL, POWER_NO_RADIO, POWER_OFF };

// What may be switched on at this voltage, given what was on before.
enum power power_next(enum power before, uint16_t millivolts);

#endif
