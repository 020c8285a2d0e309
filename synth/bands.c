// SPDX-License-Identifier: GPL-3.0-or-later
/* The noise bands: triangles spaced evenly in ERB number (Moore and Glasberg 1990), a partition of unity, so that the
 * same table spreads band powers over bins and gathers bins into bands. */
#include "synth/internal.h"

#include <math.h>

#define LOWEST 20.0
#define HIGHEST 20000.0

static double erb_number(double f) {
    return 21.4 * log10(1 + 0.00437 * f);
}

double band_centre(int i) {
    double lo = erb_number(LOWEST), hi = erb_number(HIGHEST);
    return (pow(10, (lo + (hi - lo) * i / (TB_BANDS - 1)) / 21.4) - 1) / 0.00437;
}

void band_position(double f, int *i, float *w) {
    double lo = erb_number(LOWEST), hi = erb_number(HIGHEST);
    double p = (erb_number(f) - lo) / (hi - lo) * (TB_BANDS - 1);
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
    double lo = i > 0 ? band_centre(i - 1) : 0;
    double hi = i < TB_BANDS - 1 ? band_centre(i + 1) : TB_RATE / 2;
    return i == 0 ? hi / 2 + band_centre(0) / 2 : (hi - lo) / 2 + (i == TB_BANDS - 1 ? (hi - HIGHEST) / 2 : 0);
}

float band_fraction(int i) {
    return (float)(band_width(i) / (TB_RATE / 2));
}

void bands_from_psd(const float *psd, int fft_size, const float *trust, float *band) {
    double sum[TB_BANDS] = {0}, weight[TB_BANDS] = {0};
    for (int b = 0; b <= fft_size / 2; b++) {
        int i;
        float w;
        band_position(b * (double)TB_RATE / fft_size, &i, &w);
        sum[i] += (1 - w) * trust[b] * psd[b];
        weight[i] += (1 - w) * trust[b];
        sum[i + 1] += w * trust[b] * psd[b];
        weight[i + 1] += w * trust[b];
    }
    for (int i = 0; i < TB_BANDS; i++) {
        double level;
        double p = band_centre(i) * fft_size / (double)TB_RATE;
        double bins = band_width(i) * fft_size / (double)TB_RATE;
        if (bins > 1) {
            level = sum[i] / (weight[i] + 1e-30);
        } else { /* narrower than a bin: read the spectrum at the band's centre */
            int b = (int)p;
            level = psd[b] + (p - b) * (psd[b + 1] - psd[b]);
        }
        band[i] = (float)level * band_fraction(i);
    }
}
