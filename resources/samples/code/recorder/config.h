// What the maker of a larger recorder may want to change.
#ifndef TIDELOG_CONFIG_H
#define TIDELOG_CONFIG_H

// Records that the memory holds, almost three years of them.
#define RING_CAPACITY 26000

#endif
