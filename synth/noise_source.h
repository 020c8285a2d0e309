/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of synth/: white noise that is Fourier-transformed already. */
#ifndef TIMBREL_SYNTH_NOISE_SOURCE_H
#define TIMBREL_SYNTH_NOISE_SOURCE_H

#include "timbrel/audio.h"

enum { NOISE_LOOPS = 2, NOISE_LONGEST_LOOP = 512 };

/* Loops of white noise, each a ring of length[i] hops: spectrum `t` of one is that of the four hops from hop t on.
 * Noise is the sum of one stretch of each, of power 1 together: the loops last three seconds, their sum comes back
 * after 25 minutes, and notes that begin anywhere in them have nothing in common that could be heard. Transforming for
 * every note and hop anew would cost as much as all its partials. Immutable; shared by all synths of the same hop. */
typedef struct NoiseSource {
    size_t hop, stride; /* stride: floats from one spectrum to the next */
    size_t length[NOISE_LOOPS];
    float *spectra[NOISE_LOOPS];
    int users;
    struct NoiseSource *next;
} NoiseSource;

/* fft: of 4 * hop samples. OFF */
TB_NODISCARD TbStatus tbi_noise_source_get(size_t hop, const TbFft *fft, const NoiseSource **white);
void tbi_noise_source_release(const NoiseSource *white); /* NULL is fine. OFF */

static inline const float *noise_source_spectrum(const NoiseSource *w, int loop, size_t t) {
    return w->spectra[loop] + t % w->length[loop] * w->stride;
}

#endif
