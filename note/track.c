/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Converts an encoded note to the track that the note network learns from. */
#include "base/no_memory.h"
#include "note/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BEND 20.0              /* dB/s by which a release is steeper than the decay before it ... */
#define HELD_FALL -45.0        /* ... which counts as held only if it falls less steeply than this, dB/s ... */
#define RELEASED_FALL -25.0    /* ... and as released only if it falls more steeply */
#define AUDIBLE_DB 65.0f       /* below the loudest frame */
#define MAX_ERROR_SHARE 0.6    /* two lines must leave at most this share of the error of one */
#define RELEASE_RANGE_DB 25.0f /* below the start of a release */
enum { REFITS = 3, BEFORE = 35, AFTER = 10, FADE = 3 }; /* frames: refits; 200 ms; 58 ms; 17 ms */

float tbi_note_loudness_channel(float db) {
    return fmaxf(db, NOTE_SILENCE_DB) / 20 + 2;
}
float tbi_note_channel_loudness(float channel) {
    return (channel - 2) * 20;
}
/* Cents matter in a held tone, octaves in a drum: linear near zero, logarithmic beyond. */
float tbi_note_pitch_channel(float semitones) {
    return copysignf(log1pf(NOTE_CENT_SCALE * fabsf(semitones)), semitones);
}
float tbi_note_channel_pitch(float channel) {
    return copysignf(expm1f(fabsf(channel)) / NOTE_CENT_SCALE, channel);
}

/* Sums for a linear fit through points 0 .. n - 1 of a curve. */
typedef struct {
    double n, x, y, xx, xy, yy;
} Sums;

static Sums sums_between(const Sums *a, const Sums *b) {
    return (Sums){b->n - a->n, b->x - a->x, b->y - a->y, b->xx - a->xx, b->xy - a->xy, b->yy - a->yy};
}

/* Squared error of the best line, and its slope. */
static double line(Sums s, double *slope) {
    double xx = s.xx - s.x * s.x / s.n, xy = s.xy - s.x * s.y / s.n, yy = s.yy - s.y * s.y / s.n;
    *slope = xx > 1e-9 ? xy / xx : 0;
    return fmax(yy - *slope * xy, 0);
}

/* The breakpoint of the best fit of two lines to the first `points` points, if the second is so much steeper that it
 * must be a release; otherwise 0. */
static size_t find_bend(const Sums *to, size_t points) {
    size_t best = 0;
    double slope, least = MAX_ERROR_SHARE * line(to[points], &slope);
    for (size_t k = BEFORE; k + AFTER <= points; k++) {
        double before, after, error = line(to[k], &before) + line(sums_between(&to[k], &to[points]), &after);
        before /= TB_HOP;
        after /= TB_HOP;
        if (error < least && before > HELD_FALL && after < RELEASED_FALL && after < before - BEND) {
            least = error;
            best = k;
        }
    }
    return best;
}

/* Fits two lines to the loudness in dB, from its maximum to where it becomes inaudible: their breakpoint is the note
 * off. In a reverberant room the release is not a line: then the fit is repeated on its beginning alone. */
size_t tbi_note_find_release(const float *loudness, size_t n) {
    size_t first = 0, end = n > FADE ? n - FADE : 0;
    for (size_t t = 0; t < n; t++)
        first = loudness[t] > loudness[first] ? t : first;
    float threshold = n ? loudness[first] - AUDIBLE_DB : 0;
    while (end > first && loudness[end - 1] < threshold)
        end--;
    first = first > BEFORE ? first - BEFORE : 0; /* a sound with a crescendo is loudest when it is released */
    first = first < 9 && end > 9 ? 9 : first;    /* after a sharp attack */
    if (end < first + BEFORE + AFTER)
        return n;
    Sums *to = malloc((end - first + 1) * sizeof *to);
    if (!to)
        return n; /* treating the release as unknown does little harm */
    to[0] = (Sums){0};
    for (size_t i = first; i < end; i++) {
        const Sums *s = &to[i - first];
        double x = (double)(i - first), y = fmaxf(loudness[i], threshold);
        to[i - first + 1] = (Sums){s->n + 1, s->x + x, s->y + y, s->xx + x * x, s->xy + x * y, s->yy + y * y};
    }
    size_t bend = find_bend(to, end - first), found = bend;
    for (int again = 0; bend > 0 && again < REFITS; again++) {
        size_t points = bend + AFTER;
        while (points < end - first && loudness[first + points] > loudness[first + bend] - RELEASE_RANGE_DB)
            points++;
        bend = find_bend(to, points);
        found = bend > 0 ? bend : found;
    }
    free(to);
    return found > 0 ? first + found : n;
}

TbStatus tbi_note_track_new(const TbEncodedNote *note, int latent, double hold, float velocity, NoteTrack *track) {
    size_t n = note->n_frames, width = (size_t)note_channels(latent);
    *track = (NoteTrack){.latent = latent, .n = n, .pitched = note->pitched, .velocity = velocity};
    track->key = note->pitched ? 69 + 12 * log2f(note->f0 / 440) : NOTE_NO_KEY;
    track->channels = malloc(n * width * sizeof *track->channels);
    if (!track->channels)
        return tbi_no_memory("for the notes of these sounds");
    for (size_t t = 0; t < n; t++) {
        float *c = track->channels + t * width;
        memcpy(c, note->z + t * (size_t)latent, (size_t)latent * sizeof *c);
        c[latent] = tbi_note_loudness_channel(note->loudness[t]);
        c[latent + 1] = tbi_note_pitch_channel(12 * log2f(note->f0_track[t] / note->f0));
    }
    double up = (hold - note->start) / TB_HOP;
    track->release = hold <= 0                   ? tbi_note_find_release(note->loudness, n)
                     : up >= 1 && up < (double)n ? (size_t)rint(up)
                                                 : n;
    return TB_OK;
}

void tbi_note_track_free(NoteTrack *track) {
    free(track->channels);
    memset(track, 0, sizeof *track);
}
