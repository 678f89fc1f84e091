"""Protocol buffers, written: the bytes that ONNX files are made of.

The format is small, and old: a message is a row of fields, a field is a number with the kind of
what follows, and then a whole number of variable length, or so many bytes (Google, *Protocol
Buffers: Encoding*). To write that needs no library, and no program made from a schema.
"""

from __future__ import annotations

import struct


def varint(n: int) -> bytes:
    """A whole number from 0, seven bits to a byte, lowest first; the eighth says that more follow.

    >>> varint(1).hex(), varint(300).hex()
    ('01', 'ac02')
    """
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def field(number: int, *values: int | float | str | bytes) -> bytes:
    """A field once for each value: whole numbers, 32-bit floats, text, or bytes of messages.

    >>> field(1, 8).hex(), field(2, "xor").hex(), field(3).hex()
    ('0808', '1203786f72', '')
    """
    out = b""
    for value in values:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value % 2**64)  # of two's complement
        elif isinstance(value, float):
            out += varint(number << 3 | 5) + struct.pack("<f", value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out
