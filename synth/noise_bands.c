/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The noise bands: triangular filters equally spaced in ERB number (Moore and Glasberg 1990). They sum to 1 at each
 * frequency, so the same table distributes band powers to bins and collects bins into bands. */
#include "audio/erb.h"
#include "synth/internal.h"

#include <math.h>

double tbi_band_centre(int i) {
    double lo = tbi_erb_number(TB_LOWEST_BAND), hi = tbi_erb_number(TB_HIGHEST_BAND);
    return tbi_erb_hz(lo + (hi - lo) * i / (TB_BANDS - 1));
}

void tbi_band_position(double f, int *i, float *w) {
    double lo = tbi_erb_number(TB_LOWEST_BAND), hi = tbi_erb_number(TB_HIGHEST_BAND);
    double p = (tbi_erb_number(f) - lo) / (hi - lo) * (TB_BANDS - 1);
    if (p <= 0) {
        *i = 0;
        *w = 0;
    } else if (p >= TB_BANDS - 1) {
        *i = TB_BANDS - 2;
        *w = 1;
    } else {
        *i = (int)p;
        *w = (float)(p - *i);
    }
}

static double band_width(int i) {
    double lo = i > 0 ? tbi_band_centre(i - 1) : 0;
    double hi = i < TB_BANDS - 1 ? tbi_band_centre(i + 1) : TB_RATE / 2;
    return i == 0 ? hi / 2 + tbi_band_centre(0) / 2
                  : (hi - lo) / 2 + (i == TB_BANDS - 1 ? (hi - TB_HIGHEST_BAND) / 2 : 0);
}

float tbi_band_fraction(int i) {
    return (float)(band_width(i) / (TB_RATE / 2));
}

void tbi_band_map_init(BandMap *map) {
    const double bin = (double)TB_RATE / NOISE_FFT;
    for (int b = 0; b < NOISE_BINS; b++)
        tbi_band_position(b * bin, &map->band[b], &map->weight[b]);
    for (int i = 0; i < TB_BANDS; i++) {
        map->centre[i] = (float)(tbi_band_centre(i) / bin);
        map->width[i] = (float)(band_width(i) / bin);
        map->fraction[i] = tbi_band_fraction(i);
    }
}

void tbi_bands_from_psd(const BandMap *map, const float *psd, const float *trust, float *band) {
    float sum[TB_BANDS] = {0}, weight[TB_BANDS] = {0};
    for (int b = 0; b < NOISE_BINS; b++) {
        int i = map->band[b];
        float w = map->weight[b] * trust[b], v = trust[b] - w;
        sum[i] += v * psd[b];
        weight[i] += v;
        sum[i + 1] += w * psd[b];
        weight[i + 1] += w;
    }
    for (int i = 0; i < TB_BANDS; i++) {
        float level;
        if (map->width[i] > 1) {
            level = sum[i] / (weight[i] + 1e-30f);
        } else { /* narrower than a bin: interpolate the spectrum at the band's centre */
            int b = (int)map->centre[i];
            level = psd[b] + (map->centre[i] - (float)b) * (psd[b + 1] - psd[b]);
        }
        band[i] = level * map->fraction[i];
    }
}

float tb_band_hz(int band) {
    return (float)tbi_band_centre(band);
}
