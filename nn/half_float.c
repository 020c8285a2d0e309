/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEEE 754 binary16 by its bits: 1 sign, 5 exponent (bias 15), 10 fraction. F16C is not used, so that every machine
 * gives the same result. */
#include "timbrel/nn.h"

#include <string.h>

uint16_t tb_float_to_half(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) /* NaN: keep it quiet, keep the upper bits of its payload */
        return (uint16_t)(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
    if (magnitude >= 0x477ff000u) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7c00u);
    uint32_t value, rest, halfway;
    if (magnitude >= 0x38800000u) { /* normal: rebias the exponent, drop 13 bits */
        value = (magnitude - 0x38000000u) >> 13;
        rest = magnitude & 0x1fffu;
        halfway = 0x1000u;
    } else { /* subnormal: a multiple of 2^-24 */
        uint32_t shift = 126u - (magnitude >> 23), fraction = (magnitude & 0x7fffffu) | 0x800000u;
        if (shift > 24)
            return (uint16_t)sign;
        value = fraction >> shift;
        rest = fraction & ((1u << shift) - 1u);
        halfway = 1u << (shift - 1u);
    }
    value += rest > halfway || (rest == halfway && (value & 1u)); /* a carry into the exponent is correct */
    return (uint16_t)(sign | value);
}

float tb_half_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = (h >> 10) & 31u, fraction = h & 0x3ffu, bits;
    if (exponent == 31)
        bits = sign | 0x7f800000u | fraction << 13;
    else if (exponent)
        bits = sign | (exponent + 112u) << 23 | fraction << 13;
    else { /* zero or subnormal: fraction * 2^-24, exact in float */
        float x = (float)fraction * 0x1p-24f;
        return sign ? -x : x;
    }
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
