/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recording's f0 says of the pitch that is heard. The analyser takes one pitch for a note, but not always in the
 * same octave: an organ that begins without its odd harmonics begins an octave higher, a bell goes from one of its
 * partials to another. Played as it was recorded that is right, as its harmonics go with it; but it is no deviation
 * from the pitch, which may be averaged, or mixed with that of another recording. */
#include "instrument/recorded_layer.h"

#include <math.h>

#define FAR 2.5f           /* semitones: no vibrato goes there */
#define STEADY 1.0f        /* semitones within which it stays, about a moment, that stands, vibrato and all */
#define NEARLY 0.6f        /* semitones by which it may miss a simple ratio */
#define NEAR 1.0f          /* semitones from the mean: a vibrato goes there */
#define MOST_MISTUNED 0.6f /* semitones */
#define HEARD_DB 40.0f     /* under the loudest moment */
enum { AROUND = 4 };       /* frames to each side: as f0 is smoothed by the analyser */
enum { SETTLED = 30 };     /* frames, 0.17 s: a pitch has settled */
enum { ROUNDS = 4 };       /* until the mean stands */
enum { HIGHEST = 6 };      /* of the numbers of a ratio */

static float deviation(const NoteTrack *t, size_t i) {
    size_t width = (size_t)note_channels(t->latent);
    return tbi_note_channel_pitch(t->channels[i * width + width - 1]);
}

/* The interval of a simple ratio next to so many semitones; 0 when none is near. */
static float interval(float semitones) {
    float best = 0, least = NEARLY;
    for (int p = 1; p <= HIGHEST; p++) {
        for (int q = 1; q <= HIGHEST; q++) {
            float interval = 12 * log2f((float)p / (float)q), off = fabsf(semitones - interval);
            if (off < least) {
                least = off;
                best = interval;
            }
        }
    }
    return best;
}

/* Where the pitch stands far away, and stands still. */
static float jump_at(const NoteTrack *t, size_t i) {
    float here = deviation(t, i), least = here, most = here;
    size_t from = i > AROUND ? i - AROUND : 0, to = i + AROUND < t->n ? i + AROUND : t->n - 1;
    for (size_t j = from; j <= to; j++) {
        least = fminf(least, deviation(t, j));
        most = fmaxf(most, deviation(t, j));
    }
    return t->pitched && fabsf(here) > FAR && most - least < STEADY ? interval(here) : 0;
}

/* The mean of what lies within NEAR of `around`, of the frames that are heard. */
static float mean_around(const NoteTrack *t, const float *jump, float around) {
    size_t width = (size_t)note_channels(t->latent), n = 0;
    float loudest = NOTE_SILENCE_DB, sum = 0;
    for (size_t i = SETTLED; i < t->release; i++)
        loudest = fmaxf(loudest, tbi_note_channel_loudness(t->channels[i * width + width - 2]));
    for (size_t i = SETTLED; i < t->release; i++) {
        float d = deviation(t, i) - jump[i];
        if (tbi_note_channel_loudness(t->channels[i * width + width - 2]) > loudest - HEARD_DB &&
            fabsf(d - around) < NEAR) {
            sum += d;
            n++;
        }
    }
    return n > 0 ? sum / (float)n : around;
}

/* How far a held note lies from its pitch in the mean, semitones: what is played shall be in tune, while vibrato stays.
 * Slides from one pitch to another do not count, nor does what has died away. Nothing for those that were never
 * steady. */
static float mistuning(const NoteTrack *t, const float *jump) {
    float mean = 0;
    for (int round = 0; round < ROUNDS && t->pitched; round++)
        mean = mean_around(t, jump, mean);
    return fabsf(mean) < MOST_MISTUNED ? mean : 0;
}

void tbi_layer_pitch(const NoteTrack *t, float *jump, float *pitch) {
    for (size_t i = 0; i < t->n; i++)
        jump[i] = jump_at(t, i);
    float off = mistuning(t, jump);
    for (size_t i = 0; i < t->n; i++)
        pitch[i] = tbi_note_pitch_channel(deviation(t, i) - jump[i] - off);
}
