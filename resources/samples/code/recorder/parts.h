// The parts of the recorder that have no state worth a header of their own.
#ifndef TIDELOG_PARTS_H
#define TIDELOG_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "record.h"

// --- sample.c

// The mean of the readings without the lowest and the highest. Sorts `steps`.
int16_t sample_height(int32_t* steps, size_t count, int32_t zero);

// --- checksum.c

uint16_t checksum(const char* bytes, size_t count);

// --- ring.c

struct ring {
    struct record* records;
    uint32_t first, count;
};

// Overwrites the oldest record when the ring is full.
void ring_push(struct ring* ring, const struct record* record);
// The record `age` places before the newest, or NULL.
const struct record* ring_at(const struct ring* ring, uint32_t age);

// --- power.c

enum power { POWER_ALL, POWER_NO_RADIO };

// What may be switched on at this voltage, given what was on before.
enum power power_next(enum power before, uint16_t millivolts);

// --- buttons.c

struct buttons {
    uint16_t code;
    uint32_t locked_at;
    bool failed, locked;
};

bool buttons_dead(const struct buttons* buttons, uint32_t now);
// Whether the code was right and the buttons were not dead. The second wrong code in a row locks them.
bool buttons_enter(struct buttons* buttons, uint16_t code, uint32_t now);

#endif
