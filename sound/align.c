/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sound/align.h"
#include "base/no_memory.h"
#include "note/detail.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SMOOTH = 4 };          /* frames to each side */
#define ATTACK_WITHIN_DB 2.0f /* the attack ends this close to the maximum of ... */
#define ATTACK_SECONDS 0.3    /* ... the note's first part */
#define SOUNDING_DB 60.0f     /* below the maximum: the note is over */
#define RELEASE_STEEPER 60.0  /* dB per second: a release falls this much faster than the decay before it */
#define SILENCE_DB -120.0f

static void smooth(const float *db, size_t n, float *out) {
    for (size_t t = 0; t < n; t++) {
        double sum = 0, all = 0;
        for (long j = -SMOOTH; j <= SMOOTH; j++) {
            long i = (long)t + j;
            if (i >= 0 && i < (long)n) {
                sum += pow(10, db[i] / 10);
                all++;
            }
        }
        out[t] = (float)(10 * log10(sum / all + 1e-12));
    }
}

/* Sums that give the squared error and slope of a linear fit over any range in constant time. */
typedef struct {
    double n, x, y, xx, xy, yy;
} Sums;

static Sums sums_add(Sums s, double x, double y) {
    return (Sums){s.n + 1, s.x + x, s.y + y, s.xx + x * x, s.xy + x * y, s.yy + y * y};
}

static Sums sums_sub(Sums a, Sums b) {
    return (Sums){a.n - b.n, a.x - b.x, a.y - b.y, a.xx - b.xx, a.xy - b.xy, a.yy - b.yy};
}

static double line_error(Sums s, double *slope) {
    double vx = s.xx - s.x * s.x / s.n, vxy = s.xy - s.x * s.y / s.n, vy = s.yy - s.y * s.y / s.n;
    *slope = vx > 0 ? vxy / vx : 0;
    return vy - (vx > 0 ? vxy * vxy / vx : 0);
}

/* Fits two lines to dB in [from, to): their breakpoint; `to` when the second does not fall more steeply. */
static TbStatus find_release(const float *db, size_t from, size_t to, double *release) {
    enum { SHORTEST = 6 };
    *release = (double)to;
    if (to < from + 2 * SHORTEST + 2)
        return TB_OK;
    Sums *sums = malloc((to - from + 1) * sizeof *sums);
    if (!sums)
        return tbi_no_memory("to line up the sounds");
    sums[0] = (Sums){0};
    for (size_t t = from; t < to; t++)
        sums[t - from + 1] = sums_add(sums[t - from], (double)(t - from) * TB_HOP, db[t]);
    size_t n = to - from, best = n;
    double least = INFINITY;
    for (size_t k = SHORTEST; k + SHORTEST <= n; k++) {
        double before, after;
        double e = line_error(sums[k], &before) + line_error(sums_sub(sums[n], sums[k]), &after);
        if (e < least && after < before - RELEASE_STEEPER) {
            least = e;
            best = k;
        }
    }
    free(sums);
    *release = (double)(from + best);
    return TB_OK;
}

TbStatus tbi_landmarks_find(const TbEncodedNote *note, Landmarks *landmarks) {
    size_t n = note->n_frames, early = (size_t)(ATTACK_SECONDS / TB_HOP) + 1, end = n - 1, attack = 0;
    float *db = calloc(n, sizeof *db);
    if (!db)
        return tbi_no_memory("to line up the sounds");
    smooth(note->loudness, n, db);
    float loudest = db[0], loudest_early = db[0];
    for (size_t t = 0; t < n; t++) {
        loudest = db[t] > loudest ? db[t] : loudest;
        loudest_early = t < early && db[t] > loudest_early ? db[t] : loudest_early;
    }
    while (end > 0 && db[end] < loudest - SOUNDING_DB)
        end--;
    while (attack < end && db[attack] < loudest_early - ATTACK_WITHIN_DB)
        attack++;
    double release;
    TbStatus status = find_release(db, attack, end + 1, &release);
    free(db);
    double at[LANDMARKS] = {0, (double)attack, release, (double)end + 1};
    landmarks->at[0] = 0;
    for (int i = 1; i < LANDMARKS; i++) /* strictly increasing, so that the warp can divide */
        landmarks->at[i] = fmax(at[i], landmarks->at[i - 1] + 0.5);
    return status;
}

double tbi_warp(const Landmarks *from, const Landmarks *to, double t) {
    for (int i = 1; i < LANDMARKS; i++) {
        if (t <= from->at[i]) {
            double w = (t - from->at[i - 1]) / (from->at[i] - from->at[i - 1]);
            return to->at[i - 1] + w * (to->at[i] - to->at[i - 1]);
        }
    }
    return to->at[LANDMARKS - 1] + (t - from->at[LANDMARKS - 1]);
}

TbStatus tbi_flatten_sound(const TbSound *sound, TbSound *flat) {
    memset(flat, 0, sizeof *flat);
    const TbEncodedNote *first = &sound->notes[0], *last = &sound->notes[sound->n_notes - 1], *main_note = first;
    size_t latent = (size_t)sound->latent_dim;
    size_t n = (size_t)rint((last->start - first->start) / TB_HOP) + last->n_frames;
    bool detail = true;
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *note = &sound->notes[i];
        detail = detail && note->detail;
        if (note->pitched > main_note->pitched ||
            (note->pitched == main_note->pitched && note->seconds > main_note->seconds))
            main_note = note;
    }
    TbEncodedNote *to = calloc(1, sizeof *to);
    flat->notes = to;
    flat->n_notes = to ? 1 : 0;
    flat->seconds = sound->seconds;
    flat->latent_dim = sound->latent_dim;
    flat->model = sound->model;
    if (to) {
        *to = *main_note;
        to->start = first->start;
        to->seconds = last->start + last->seconds - first->start;
        to->n_frames = n;
        to->start_phases = first->start_phases;
        to->z = calloc(n * latent, sizeof *to->z);
        to->f0_track = calloc(n, sizeof *to->f0_track);
        to->loudness = calloc(n, sizeof *to->loudness);
        to->detail = detail ? calloc(n, TB_FEATURES) : NULL;
        to->phase_detail = NULL;
    }
    if (!to || !to->z || !to->f0_track || !to->loudness || (detail && !to->detail)) {
        tb_sound_free(flat);
        return tbi_no_memory("to line up the sounds");
    }
    size_t t = 0;
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *note = &sound->notes[i];
        size_t begin = (size_t)rint((note->start - first->start) / TB_HOP);
        size_t stop = i + 1 < sound->n_notes ? (size_t)rint((note[1].start - first->start) / TB_HOP) : n;
        for (t = begin; t < stop && t < n; t++) {
            size_t from = t - begin < note->n_frames ? t - begin : note->n_frames - 1;
            bool silent = t - begin >= note->n_frames;
            memcpy(to->z + t * latent, note->z + from * latent, latent * sizeof *to->z);
            to->f0_track[t] = note->pitched ? note->f0_track[from] : main_note->f0;
            to->loudness[t] = silent ? SILENCE_DB : note->loudness[from];
            if (detail)
                memcpy(to->detail + t * TB_FEATURES, note->detail + from * TB_FEATURES, TB_FEATURES);
        }
    }
    return TB_OK;
}
