// The checksum of the radio's makers: most significant bit first, no table, since a line an hour is no hurry.

#include "parts.h"

uint16_t checksum(const char* bytes, size_t count) {
    uint16_t crc = 0;

    for (size_t i = 0; i < count; ++i) {
        crc ^= (uint16_t)((uint8_t)bytes[i] << 8);
        for (int bit = 0; bit < 8; ++bit)
            crc = (uint16_t)(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
    return crc;
}
