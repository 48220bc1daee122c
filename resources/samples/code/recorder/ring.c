// The memory of the recorder. It never fills up: the newest record takes the place of the oldest one, which the
// station has fetched long ago, unless nobody has listened for years.

#include "parts.h"

void ring_push(struct ring* ring, const struct record* record) {
    ring->records[(ring->first + ring->count) % RING_CAPACITY] = *record;
    if (ring->count < RING_CAPACITY)
        ++ring->count;
    else
        ring->first = (ring->first + 1) % RING_CAPACITY;
}

const struct record* ring_at(const struct ring* ring, uint32_t age) {
    if (age >= ring->count)
        return NULL;
    return &ring->records[(ring->first + ring->count - 1 - age) % RING_CAPACITY];
}
