/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sound/moved_width.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t step_at(const TbWidth *width, double seconds) {
    return (size_t)fmin(fmax(rint(seconds / TB_WIDTH_STEP), 0), (double)(width->n - 1));
}

TbStatus tbi_width_stretch(const TbWidth *from, double stretch, TbWidth *to) {
    size_t n = from->n ? (size_t)ceil((double)from->n * stretch) : 0;
    *to = (TbWidth){.bands = n ? malloc(n * TB_WIDTH_BANDS * sizeof *to->bands) : NULL};
    if (n > 0 && !to->bands)
        return tbi_no_memory("for the width of a sound");
    to->n = n;
    for (size_t i = 0; i < n; i++)
        memcpy(to->bands + i * TB_WIDTH_BANDS,
               from->bands + step_at(from, (double)i * TB_WIDTH_STEP / stretch) * TB_WIDTH_BANDS,
               TB_WIDTH_BANDS * sizeof *to->bands);
    return TB_OK;
}

TbStatus tbi_width_reach(TbWidth *width, size_t n) {
    if (n <= width->n)
        return TB_OK;
    TbWidthBand *bands = realloc(width->bands, n * TB_WIDTH_BANDS * sizeof *bands);
    if (!bands)
        return tbi_no_memory("for the width of a sound");
    for (size_t i = width->n * TB_WIDTH_BANDS; i < n * TB_WIDTH_BANDS; i++)
        bands[i] = tb_width_band(1, 1, 1);
    *width = (TbWidth){n, bands};
    return TB_OK;
}

void tbi_width_mix(const TbWidth *const *widths, const double *weight, const double *at, size_t n, TbWidthBand *band) {
    for (size_t b = 0; b < TB_WIDTH_BANDS; b++) {
        double left = 0, right = 0, alike = 0; /* levels in dB */
        for (size_t i = 0; i < n; i++) {
            TbWidthBand of = widths[i]->n ? widths[i]->bands[step_at(widths[i], at[i]) * TB_WIDTH_BANDS + b]
                                          : tb_width_band(1, 1, 1);
            left += weight[i] * fmax(20 * log10(tb_width_level(of.left)), TB_WIDTH_LOWEST);
            right += weight[i] * fmax(20 * log10(tb_width_level(of.right)), TB_WIDTH_LOWEST);
            alike += weight[i] * (of.likeness - 127.0) / 127;
        }
        band[b] = tb_width_band(pow(10, left / 20), pow(10, right / 20), alike);
    }
}
