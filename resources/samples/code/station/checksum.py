"""The checksum at the end of each record, as recorder/checksum.c computes it."""

POLYNOMIAL = 0x8005
START = 0xACE1


def checksum(data: bytes) -> int:
    crc = START
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ POLYNOMIAL if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc
