// SPDX-License-Identifier: GPL-3.0-or-later
/* An encoded note -> the track that the note network learns from. */
#include "sound/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FASTEST_FALL 25.0 /* dB/s by which a release is steeper than what went before */
enum { BEFORE = 43, BEHIND = 20 }; /* frames: 250 ms, 116 ms */

float note_loudness_channel(float db) {
    return fmaxf(db, NOTE_SILENCE_DB) / 20 + 2;
}
float note_channel_loudness(float channel) {
    return (channel - 2) * 20;
}
/* Cents count in a held tone, octaves in a drum: linear near zero, logarithmic beyond. */
float note_pitch_channel(float semitones) {
    return copysignf(log1pf(NOTE_CENT_SCALE * fabsf(semitones)), semitones);
}
float note_channel_pitch(float channel) {
    return copysignf(expm1f(fabsf(channel)) / NOTE_CENT_SCALE, channel);
}

/* dB per frame over loudness[n]: least squares. */
static double slope(const float *loudness, size_t n) {
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < n; i++) {
        double x = (double)i, y = fmax(loudness[i], NOTE_SILENCE_DB);
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double d = (double)n * sxx - sx * sx;
    return d > 0 ? ((double)n * sxy - sx * sy) / d : 0;
}

size_t find_release(const float *loudness, size_t n) {
    size_t best = n;
    double steepest = FASTEST_FALL * TB_HOP, loudest = NOTE_SILENCE_DB;
    for (size_t t = 0; t < n; t++) {
        loudest = fmax(loudest, loudness[t]);
    }
    /* A held note sounds for a while before it is let go; what falls at once is a decay. */
    for (size_t t = BEFORE; t + BEHIND / 2 < n; t++) {
        size_t behind = n - t < BEHIND ? n - t : BEHIND;
        if (loudness[t] < loudest - 50) {
            break;
        }
        double bend = slope(loudness + t - BEFORE, BEFORE) - slope(loudness + t, behind);
        if (bend > steepest) {
            steepest = bend;
            best = t;
        }
    }
    return best;
}

TbStatus note_track_new(const TbEncodedNote *note, int latent, double hold, float velocity, NoteTrack *track) {
    size_t n = note->n_frames, width = (size_t)note_channels(latent);
    *track = (NoteTrack){.latent = latent, .n = n, .pitched = note->pitched, .velocity = velocity};
    track->key = note->pitched ? 69 + 12 * log2f(note->f0 / 440) : 60;
    track->channels = malloc(n * width * sizeof *track->channels);
    if (!track->channels) {
        return tb_fail(TB_ERR_NO_MEMORY, "not enough memory for the notes of these sounds");
    }
    for (size_t t = 0; t < n; t++) {
        float *c = track->channels + t * width;
        memcpy(c, note->z + t * (size_t)latent, (size_t)latent * sizeof *c);
        c[latent] = note_loudness_channel(note->loudness[t]);
        c[latent + 1] = note_pitch_channel(12 * log2f(note->f0_track[t] / note->f0));
    }
    double up = (hold - note->start) / TB_HOP;
    track->release = hold <= 0 ? find_release(note->loudness, n) : up >= 1 && up < (double)n ? (size_t)rint(up) : n;
    return TB_OK;
}

void note_track_free(NoteTrack *track) {
    free(track->channels);
    memset(track, 0, sizeof *track);
}
