// CRC-16 as the radio's makers use it: most significant bit first, no table, since a line an hour is no
// hurry.

#include "parts.h"

#define CRC_POLYNOMIAL 0x8005
#define CRC_START 0xACE1

uint16_t checksum(const char* bytes, size_t count) {
    uint16_t crc = CRC_START;

    for (size_t i = 0; i < count; ++i) {
        crc ^= (uint16_t)((uint8_t)bytes[i] << 8);
        for (int bit = 0; bit < 8; ++bit)
            crc = (uint16_t)(crc & 0x8000 ? (crc << 1) ^ CRC_POLYNOMIAL : crc << 1);
    }
    return crc;
}
