/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perceptually even morphing: the path between two sounds is measured in log-mel distance at a few mixes and
 * reparameterized to constant speed. */
#include "sound/perceptual_spacing.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_TIMES = 40, MEL = 80, ROUNDS = 2 };
#define FLOOR_DB 80.0f /* below the loudest band of a mix */

static float mel(float hz) {
    return 2595 * log10f(1 + hz / 700);
}

/* Power of the frame in mel bands; a sinusoid is split between the two nearest bands. */
static void frame_mel(const TbFrame *f, float *power) {
    const float lo = mel(30), step = (mel(20000) - lo) / (MEL - 1);
    memset(power, 0, MEL * sizeof *power);
    for (int i = 0; i < TB_HARMONICS + TB_PARTIALS + TB_BANDS; i++) {
        float hz, p;
        if (i < TB_HARMONICS) {
            float k = (float)(i + 1);
            hz = f->f0 * k * sqrtf(1 + f->inharmonicity * k * k);
            p = f->harmonic[i] * f->harmonic[i] / 2;
        } else if (i < TB_HARMONICS + TB_PARTIALS) {
            hz = f->f0 * exp2f(f->ratio[i - TB_HARMONICS]);
            p = f->partial[i - TB_HARMONICS] * f->partial[i - TB_HARMONICS] / 2;
        } else {
            int b = i - TB_HARMONICS - TB_PARTIALS;
            hz = tb_band_hz(b);
            p = f->band[b];
        }
        float at = (mel(hz) - lo) / step;
        if (p <= 0 || at > MEL - 1)
            continue;
        at = at < 0 ? 0 : at;
        int j = (int)at < MEL - 1 ? (int)at : MEL - 2;
        power[j] += p * (1 - (at - (float)j));
        power[j + 1] += p * (at - (float)j);
    }
}

typedef float Spectra[N_TIMES][MEL]; /* dB */

/* Log-mel spectra of the morph at one mix. */
static TbStatus mix_spectra(const TbModel *model, const MorphNotes *notes, double mix, double timbre, Spectra db) {
    MorphWeights w = {{1 - timbre, timbre}, {1 - mix, mix}, {1 - mix, mix}};
    double end = notes->target.at[LANDMARKS - 1];
    float top = 1e-12f;
    for (int t = 0; t < N_TIMES; t++) {
        TbFrame frame;
        TbStatus status = tbi_morph_frame(model, notes, &w, end * (t + 0.5) / N_TIMES, &frame);
        if (status != TB_OK)
            return status;
        frame_mel(&frame, db[t]);
        for (int b = 0; b < MEL; b++)
            top = db[t][b] > top ? db[t][b] : top;
    }
    float threshold = top * powf(10, -FLOOR_DB / 10);
    for (int i = 0; i < N_TIMES * MEL; i++) {
        float *v = &db[0][0] + i;
        *v = 10 * log10f(fmaxf(*v, threshold));
    }
    return TB_OK;
}

static double distance(const float *a, const float *b) {
    double sum = 0;
    for (int i = 0; i < N_TIMES * MEL; i++)
        sum += (double)(a[i] - b[i]) * (double)(a[i] - b[i]);
    return sqrt(sum / (N_TIMES * MEL));
}

/* Values of `mix` that divide the path length into equal parts. */
static void divide_evenly(const double *path, double *mix) {
    double old[SPACING_POINTS];
    memcpy(old, mix, sizeof old);
    for (int i = 1, j = 1; i < SPACING_POINTS - 1; i++) {
        double want = path[SPACING_POINTS - 1] * i / (SPACING_POINTS - 1);
        while (j < SPACING_POINTS - 1 && path[j] < want)
            j++;
        double span = path[j] - path[j - 1], w = span > 0 ? (want - path[j - 1]) / span : 0;
        mix[i] = old[j - 1] + (w < 0 ? 0 : w > 1 ? 1 : w) * (old[j] - old[j - 1]);
    }
}

TbStatus tbi_spacing_map(const TbModel *model, const MorphNotes *notes, SpacingMap *map) {
    map->active = notes->n == 2;
    for (int i = 0; i < SPACING_POINTS; i++)
        map->mix[i] = (double)i / (SPACING_POINTS - 1);
    if (!map->active)
        return TB_OK;
    Spectra *spectra = malloc(2 * sizeof *spectra);
    if (!spectra)
        return tbi_no_memory("to morph");
    TbStatus status = TB_OK;
    for (int round = 0; round < ROUNDS && status == TB_OK; round++) { /* pitch moves with the plain mix: two rounds */
        double path[SPACING_POINTS] = {0};
        for (int i = 0; i < SPACING_POINTS && status == TB_OK; i++) {
            status = mix_spectra(model, notes, (double)i / (SPACING_POINTS - 1), map->mix[i], spectra[i & 1]);
            if (i > 0)
                path[i] = path[i - 1] + distance(&spectra[0][0][0], &spectra[1][0][0]);
        }
        if (status == TB_OK && path[SPACING_POINTS - 1] > 0)
            divide_evenly(path, map->mix);
    }
    free(spectra);
    return status;
}

void tbi_spacing_apply(const SpacingMap *map, double *weights) {
    if (!map->active)
        return;
    double p = weights[1] * (SPACING_POINTS - 1);
    int i = p < SPACING_POINTS - 1 ? (int)p : SPACING_POINTS - 2;
    double mix = map->mix[i] + (p - i) * (map->mix[i + 1] - map->mix[i]);
    weights[0] = 1 - mix;
    weights[1] = mix;
}
