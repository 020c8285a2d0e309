/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/curves.h"
#include "base/no_memory.h"
#include "timbrel/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_DB -75.0f

TbStatus curves_new(const TbSound *sound, SoundCurves *c) {
    size_t n = 1, latent = (size_t)sound->latent_dim;
    *c = (SoundCurves){0};
    for (size_t i = 0; i < sound->n_notes; i++) {
        size_t end = (size_t)lrint(sound->notes[i].start / TB_HOP) + sound->notes[i].n_frames;
        n = end > n ? end : n;
    }
    c->f0 = calloc(n, sizeof *c->f0);
    c->loudness = malloc(n * sizeof *c->loudness);
    c->latents = malloc(n * latent * sizeof *c->latents);
    if (!c->f0 || !c->loudness || !c->latents) {
        curves_free(c);
        return tbi_no_memory("to draw this sound's curves");
    }
    for (size_t t = 0; t < n; t++)
        c->loudness[t] = NAN;
    for (size_t t = 0; t < n * latent; t++)
        c->latents[t] = NAN;
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *note = &sound->notes[i];
        size_t at = (size_t)lrint(note->start / TB_HOP);
        for (size_t t = 0; note->pitched && t < note->n_frames; t++)
            c->f0[at + t] = note->loudness[t] > SILENCE_DB ? note->f0_track[t] : 0;
        memcpy(c->loudness + at, note->loudness, note->n_frames * sizeof *c->loudness);
        memcpy(c->latents + at * latent, note->z, note->n_frames * latent * sizeof *c->latents);
    }
    c->curves = (TbCurves){
        .n_points = n, .hop = TB_HOP, .f0 = c->f0, .loudness = c->loudness, .latents = c->latents, .n_latents = latent};
    return TB_OK;
}

void curves_free(SoundCurves *c) {
    free(c->f0);
    free(c->loudness);
    free(c->latents);
    *c = (SoundCurves){0};
}
