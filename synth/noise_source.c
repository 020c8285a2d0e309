/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cache of noise loops, one for each hop size, with reference counts. */
#include "synth/noise_source.h"
#include "base/no_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static NoiseSource *sources;

static void destroy(NoiseSource *w) {
    tbi_arena_free(&w->memory);
    free(w);
}

static bool fill(NoiseSource *w, const TbFft *fft) {
    const size_t h = w->hop;
    TbArena memory = {0};
    float *ring = tbi_arena_floats(&memory, (NOISE_LONGEST_LOOP + 4) * h), *frame = tbi_arena_floats(&memory, 4 * h);
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int i = 0; !memory.failed && i < NOISE_LOOPS; i++) {
        size_t n = w->length[i] * h;
        tb_rng_white(&rng, ring, n);
        for (size_t k = 0; k < n; k++)
            ring[k] *= 0.70710678f;
        memcpy(ring + n, ring, 4 * h * sizeof *ring);
        for (size_t t = 0; t < w->length[i]; t++) {
            memcpy(frame, ring + t * h, 4 * h * sizeof *frame);
            tb_fft_forward(fft, frame, w->spectra[i] + t * w->stride);
        }
    }
    bool ok = !memory.failed;
    tbi_arena_free(&memory);
    return ok;
}

static NoiseSource *make(size_t hop, const TbFft *fft) {
    NoiseSource *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    *w = (NoiseSource){
        .hop = hop, .stride = (4 * hop + 2 + 15) / 16 * 16, .length = {NOISE_LONGEST_LOOP, NOISE_LONGEST_LOOP - 3}};
    for (int i = 0; i < NOISE_LOOPS; i++)
        w->spectra[i] = tbi_arena_floats(&w->memory, w->length[i] * w->stride);
    if (w->memory.failed || !fill(w, fft)) {
        destroy(w);
        return NULL;
    }
    return w;
}

TbStatus tbi_noise_source_get(size_t hop, const TbFft *fft, const NoiseSource **white) {
    pthread_mutex_lock(&lock);
    NoiseSource *w = sources;
    while (w && w->hop != hop)
        w = w->next;
    if (!w && (w = make(hop, fft))) {
        w->next = sources;
        sources = w;
    }
    if (w)
        w->users++;
    pthread_mutex_unlock(&lock);
    *white = w;
    return w ? TB_OK : tbi_no_memory("for a voice");
}

void tbi_noise_source_release(const NoiseSource *white) {
    pthread_mutex_lock(&lock);
    for (NoiseSource **at = &sources; white && *at; at = &(*at)->next) {
        NoiseSource *w = *at;
        if (w == white) {
            if (--w->users == 0) {
                *at = w->next;
                destroy(w);
            }
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}
