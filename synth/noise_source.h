/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Precomputed spectra of white noise. Internal to synth/. */
#ifndef TIMBREL_SYNTH_NOISE_SOURCE_H
#define TIMBREL_SYNTH_NOISE_SOURCE_H

#include "base/arena.h"
#include "timbrel/audio.h"

enum { NOISE_LOOPS = 2, NOISE_LONGEST_LOOP = 512 };

/* Loops of white noise of length[i] hops; spectrum t of a loop is that of the four hops from hop t on. The noise is the
 * sum of both loops, with a power of 1. Each loop lasts three seconds, but their sum repeats after 25 minutes, and
 * notes that start at random positions are not audibly correlated. An FFT of fresh noise for each note and hop would
 * cost as much as all its partials. Immutable; shared by all synths of the same hop size. */
typedef struct NoiseSource {
    size_t hop, stride; /* samples; floats from one spectrum to the next */
    size_t length[NOISE_LOOPS];
    TbArena memory;              /* of the spectra */
    float *spectra[NOISE_LOOPS]; /* [length][stride] */
    int users;                   /* reference count */
    struct NoiseSource *next;
} NoiseSource;

/* Gets a reference to the source for `hop`, which is created if needed. `fft` has size 4 * hop. Thread-safe. OFF */
TB_NODISCARD TbStatus tbi_noise_source_get(size_t hop, const TbFft *fft, const NoiseSource **white);
void tbi_noise_source_release(const NoiseSource *white); /* drops a reference; NULL is allowed. OFF */

static inline const float *noise_source_spectrum(const NoiseSource *w, int loop, size_t t) {
    return w->spectra[loop] + t % w->length[loop] * w->stride;
}

#endif
