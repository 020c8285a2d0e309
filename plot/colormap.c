/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colour maps, linearly interpolated between anchor colours. */
#include "plot/draw.h"

#include <math.h>

static uint32_t interpolate(const uint32_t *anchors, int n, double value) {
    double position = fmin(fmax(value, 0.0), 1.0) * (n - 1);
    int i = (int)position < n - 2 ? (int)position : n - 2;
    double part = position - i;
    uint32_t rgb = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        double a = anchors[i] >> shift & 255, b = anchors[i + 1] >> shift & 255;
        rgb |= (uint32_t)lround(a + (b - a) * part) << shift;
    }
    return rgb;
}

/* Twelve equally spaced colours of magma (van der Walt and Smith 2015, public domain). */
uint32_t tbi_magma(double value) {
    static const uint32_t anchors[] = {0x000004, 0x120d32, 0x331068, 0x5a167e, 0x7d2482, 0xa3307e,
                                       0xc83e73, 0xe95562, 0xf97c5d, 0xfea873, 0xfed395, 0xfcfdbf};
    return interpolate(anchors, sizeof anchors / sizeof *anchors, value);
}

uint32_t tbi_blue_red(double value) {
    static const uint32_t anchors[] = {0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7,
                                       0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b};
    return interpolate(anchors, sizeof anchors / sizeof *anchors, 0.5 + 0.5 * value);
}

/* Six of the colours of Okabe and Ito (2008). */
uint32_t tbi_contrast(size_t i) {
    static const uint32_t colours[TB_CONTRASTS] = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9};
    return colours[i % TB_CONTRASTS];
}
