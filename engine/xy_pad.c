/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bilinear weights of sounds on the corners of an XY pad. */
#include "timbrel/engine.h"

#include <math.h>

void tb_pad_weights(int n, float x, float y, float weight[TB_PARTS]) {
    x = n > 1 ? fminf(fmaxf(x, 0), 1) : 0; /* NaN becomes 0 */
    y = n > 2 ? fminf(fmaxf(y, 0), 1) : 0;
    weight[0] = (1 - x) * (1 - y);
    weight[1] = x * (1 - y);
    weight[2] = n > 3 ? (1 - x) * y : y;
    weight[3] = n > 3 ? x * y : 0;
}
