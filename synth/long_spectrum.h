/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean spectrum of a note at high resolution. Internal to synth/; OFF. */
#ifndef TIMBREL_SYNTH_LONG_SPECTRUM_H
#define TIMBREL_SYNTH_LONG_SPECTRUM_H

#include "synth/internal.h"

enum {
    LONG_FFT = 16384, /* 2.7 Hz */
    LONG_BINS = LONG_FFT / 2 + 1,
    LONG_LEAST = 8192, /* samples of a note that is worth it */
};

/* db[LONG_BINS]: the mean power spectrum of x[n], n >= LONG_LEAST, after its attack. */
TB_NODISCARD TbStatus tbi_long_spectrum(const float *x, size_t n, float *db);
/* The *pitch in Hz of a low stiff string in x[n], n >= LONG_LEAST, whose partials are at f0 k sqrt(1 + B k^2); 0 if it
 * is not one. */
TB_NODISCARD TbStatus tbi_stiff_string(const float *x, size_t n, float *pitch);
/* The root in Hz of a chord of two to five notes in x[n], n >= 2 LONG_LEAST, as it is usually named; 0 if it is not a
 * chord. */
TB_NODISCARD TbStatus tbi_chord_root(const float *x, size_t n, float *root);

#endif
