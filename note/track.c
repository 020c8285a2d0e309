/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An encoded note -> the track that the note network learns from. */
#include "note/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BEND 20.0          /* dB/s by which a release is steeper than what went before ... */
#define HELD_FALL -45.0    /* ... which is held only if it falls less than this, dB/s ... */
#define LET_GO_FALL -25.0  /* ... and let go only if it falls more */
#define HEARD_DB 65.0f     /* under the loudest moment */
#define BETTER 0.6         /* of the error of one line, at most, is left by two */
#define BEGINNING_DB 25.0f /* of a release */
enum { AGAIN = 3, BEFORE = 35, BEHIND = 10, FADE = 3 }; /* frames: 200 ms, 58 ms, 17 ms */

float tbi_note_loudness_channel(float db) {
    return fmaxf(db, NOTE_SILENCE_DB) / 20 + 2;
}
float tbi_note_channel_loudness(float channel) {
    return (channel - 2) * 20;
}
/* Cents count in a held tone, octaves in a drum: linear near zero, logarithmic beyond. */
float tbi_note_pitch_channel(float semitones) {
    return copysignf(log1pf(NOTE_CENT_SCALE * fabsf(semitones)), semitones);
}
float tbi_note_channel_pitch(float channel) {
    return copysignf(expm1f(fabsf(channel)) / NOTE_CENT_SCALE, channel);
}

/* Sums for a line through points 0 .. n - 1 of a curve. */
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

/* Where two lines through the first `points` points meet best, if the second falls so much more steeply that somebody
 * must have let go; 0: nowhere. */
static size_t find_bend(const Sums *to, size_t points) {
    size_t best = 0;
    double slope, least = BETTER * line(to[points], &slope);
    for (size_t k = BEFORE; k + BEHIND <= points; k++) {
        double before, behind, error = line(to[k], &before) + line(sums_between(&to[k], &to[points]), &behind);
        before /= TB_HOP;
        behind /= TB_HOP;
        if (error < least && before > HELD_FALL && behind < LET_GO_FALL && behind < before - BEND) {
            least = error;
            best = k;
        }
    }
    return best;
}

/* Two lines are drawn through the loudness, from its loudest moment to where it is heard no more: where they meet best
 * the key went up. In a room a release is no line: then only its beginning counts. */
size_t tbi_note_find_release(const float *loudness, size_t n) {
    size_t first = 0, end = n > FADE ? n - FADE : 0;
    for (size_t t = 0; t < n; t++)
        first = loudness[t] > loudness[first] ? t : first;
    float threshold = n ? loudness[first] - HEARD_DB : 0;
    while (end > first && loudness[end - 1] < threshold)
        end--;
    first = first > BEFORE ? first - BEFORE : 0; /* a sound that swells is loudest when it is let go */
    first = first < 9 && end > 9 ? 9 : first;    /* behind a sharp attack */
    if (end < first + BEFORE + BEHIND)
        return n;
    Sums *to = malloc((end - first + 1) * sizeof *to);
    if (!to)
        return n; /* not to know it does little harm */
    to[0] = (Sums){0};
    for (size_t i = first; i < end; i++) {
        const Sums *s = &to[i - first];
        double x = (double)(i - first), y = fmaxf(loudness[i], threshold);
        to[i - first + 1] = (Sums){s->n + 1, s->x + x, s->y + y, s->xx + x * x, s->xy + x * y, s->yy + y * y};
    }
    size_t bend = find_bend(to, end - first), found = bend;
    for (int again = 0; bend > 0 && again < AGAIN; again++) {
        size_t points = bend + BEHIND;
        while (points < end - first && loudness[first + points] > loudness[first + bend] - BEGINNING_DB)
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
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the notes of these sounds.");
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
