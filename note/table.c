/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Converts tracks to tables and interpolates tables. */
#include "note/note.h"

#include <math.h>
#include <string.h>

/* Every frame of a sharp attack, then at increasing intervals. */
const int tbi_note_held_frames[NOTE_HELD_POINTS] = {0,  1,  2,  3,  4,  5,   7,   9,   12,  16,         21,
                                                    28, 37, 49, 65, 86, 114, 150, 196, 250, NOTE_FREEZE};
const int tbi_note_release_frames[NOTE_RELEASE_POINTS] = {1, 3, 6, 11, 19, 33, 54, 80};
const int tbi_note_mod_frames[NOTE_MOD_POINTS] = {30, 90, 250};

static float loudness_weight(float channel) {
    return fminf(fmaxf((tbi_note_channel_loudness(channel) + 75) / 40, 0.02f), 1);
}

size_t tbi_note_point_frame(const NoteTrack *t, int m) {
    if (m >= NOTE_HELD_POINTS)
        return t->release < t->n ? t->release - 1 + (size_t)tbi_note_release_frames[m - NOTE_HELD_POINTS] : SIZE_MAX;
    size_t f = (size_t)tbi_note_held_frames[m];
    return f < t->release || t->release == t->n ? f : t->release - 1;
}

/* Longer intervals weigh more than single frames of the attack, but less than in proportion to their length. */
static float duration_weight(int m) {
    const int *at = m < NOTE_HELD_POINTS ? tbi_note_held_frames : tbi_note_release_frames;
    int i = m < NOTE_HELD_POINTS ? m : m - NOTE_HELD_POINTS,
        n = m < NOTE_HELD_POINTS ? NOTE_HELD_POINTS : NOTE_RELEASE_POINTS;
    float before = i > 0 ? (float)(at[i] - at[i - 1]) : 1, after = i + 1 < n ? (float)(at[i + 1] - at[i]) : before;
    return 0.25f * sqrtf(0.5f * (before + after)) * (m < NOTE_HELD_POINTS ? 1 : 0.5f);
}

/* The value at `at` of a linear fit to the rows, weighted by a triangle that extends to the neighbouring time
 * points: these are not equally far, and a weighted mean would be biased on a decay. */
static void line_around(const float *rows, size_t row, size_t width, size_t at, size_t before, size_t after, size_t end,
                        float *out) {
    size_t first = at > before ? at - before + 1 : 0, stop = at + after < end ? at + after : end;
    double s0 = 0, s1 = 0, s2 = 0;
    for (size_t t = first; t < stop; t++) {
        double d = (double)t - (double)at, w = 1 - fabs(d) / (double)(d < 0 ? before : after);
        s0 += w;
        s1 += w * d;
        s2 += w * d * d;
    }
    double det = s0 * s2 - s1 * s1;
    memset(out, 0, width * sizeof *out);
    for (size_t t = first; t < stop; t++) {
        double d = (double)t - (double)at, w = 1 - fabs(d) / (double)(d < 0 ? before : after);
        float v = (float)(det > 1e-9 ? w * (s2 - s1 * d) / det : w / s0);
        for (size_t k = 0; k < width; k++)
            out[k] += v * rows[t * row + k];
    }
}

static void fill_point(const NoteTrack *t, const float *rows, int m, float *to, float *weight) {
    size_t width = (size_t)note_channels(t->latent), row = (size_t)note_row(t->latent), at = tbi_note_point_frame(t, m);
    const int *step = m < NOTE_HELD_POINTS ? tbi_note_held_frames : tbi_note_release_frames;
    int i = m < NOTE_HELD_POINTS ? m : m - NOTE_HELD_POINTS,
        n = m < NOTE_HELD_POINTS ? NOTE_HELD_POINTS : NOTE_RELEASE_POINTS;
    if (at == SIZE_MAX) { /* the end is unknown: repeat the last frame */
        memcpy(to, rows + (t->n - 1) * row, width * sizeof *to);
        *weight = 0;
        return;
    }
    size_t end = m < NOTE_HELD_POINTS ? t->release : t->n;
    if (at >= t->n) {
        memcpy(to, rows + (t->n - 1) * row, width * sizeof *to);
        to[t->latent] = tbi_note_loudness_channel(NOTE_SILENCE_DB);
        *weight = 0;
        return;
    }
    size_t before = i > 0 ? (size_t)(step[i] - step[i - 1]) : 1,
           after = i + 1 < n ? (size_t)(step[i + 1] - step[i]) : 1;
    after = m == NOTE_HELD_POINTS - 1 ? 34 : after; /* beyond the last time point */
    before = m >= NOTE_HELD_POINTS && i == 0 ? 1 : before;
    line_around(rows, row, width, at, before, after, end, to);
    *weight = duration_weight(m) * loudness_weight(to[t->latent]);
}

void tbi_note_table(const NoteTrack *t, const float *rows, float *table, float *weight) {
    size_t width = (size_t)note_channels(t->latent), row = (size_t)note_row(t->latent);
    for (int m = 0; m < NOTE_POINTS; m++)
        fill_point(t, rows, m, table + (size_t)m * width, &weight[m]);
    if (t->release <
        t->n) { /* Continue from the held note's last time point: shift the release to start at its level. */
        float release_offset =
            table[(NOTE_HELD_POINTS - 1) * width + width - 2] - rows[(t->release - 1) * row + width - 2];
        for (size_t m = NOTE_HELD_POINTS; m < NOTE_POINTS; m++) {
            float *loudness = &table[m * width + width - 2];
            *loudness =
                fmaxf(*loudness + (weight[m] > 0 ? release_offset : 0), tbi_note_loudness_channel(NOTE_SILENCE_DB));
        }
    }
    for (int m = 0; m < NOTE_MOD_POINTS; m++) {
        size_t at = (size_t)tbi_note_mod_frames[m], reach = at / 2;
        bool known = at + 10 < t->release;
        float *to = table + note_table_modulation(t->latent) + 3 * (size_t)m * width;
        line_around(rows + width, row, 3 * width, known ? at : t->release / 2, reach, reach, t->release, to);
        weight[NOTE_POINTS + m] = known ? loudness_weight(rows[at * row + (size_t)t->latent]) : 0;
    }
    table[note_table_rate(t->latent)] = rows[4 * width];
}

/* ---- reading ---- */

/* x = a + w (b - a) over n numbers. */
static void between(const float *a, const float *b, float w, int n, float *x) {
    for (int k = 0; k < n; k++)
        x[k] = a[k] + w * (b[k] - a[k]);
}

/* The time point at or before a frame, and the interpolation weight of the next one. */
static int find(const int *at, int n, float frame, float *w) {
    int i = 0;
    while (i + 2 < n && frame >= (float)at[i + 1])
        i++;
    *w = fminf(fmaxf((frame - (float)at[i]) / (float)(at[i + 1] - at[i]), 0), 1);
    return i;
}

void tbi_note_table_held(const float *table, int latent, float frame, float *x) {
    int width = note_channels(latent);
    float w;
    const float *a = table + find(tbi_note_held_frames, NOTE_HELD_POINTS, frame, &w) * width;
    between(a, a + width, w, width, x);
}

void tbi_note_table_released(const float *table, int latent, float frames, float *x) {
    int width = note_channels(latent);
    const float *last = table + (NOTE_HELD_POINTS - 1) * width, *up = table + NOTE_HELD_POINTS * width;
    float w = fmaxf(frames, 0) / (float)tbi_note_release_frames[0];
    if (w < 1) {
        between(last, up, w, width, x);
    } else {
        const float *a = up + find(tbi_note_release_frames, NOTE_RELEASE_POINTS, frames, &w) * width;
        between(a, a + width, w, width, x);
    }
    for (int k = 0; k < width; k++)
        x[k] -= last[k];
}

void tbi_note_table_modulation(const float *table, int latent, float frame, float *m) {
    int width = 3 * note_channels(latent);
    const float *moves = table + note_table_modulation(latent);
    float w;
    if (frame < (float)tbi_note_mod_frames[0]) { /* modulation fades in from the start of the note */
        between(moves, moves, 0, width, m);
        for (int k = 0; k < width * 2 / 3; k++)
            m[k] *= frame / (float)tbi_note_mod_frames[0];
        return;
    }
    const float *a = moves + find(tbi_note_mod_frames, NOTE_MOD_POINTS, frame, &w) * width;
    between(a, a + width, w, width, m);
}
