/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interprets a recording's f0 as perceived pitch. The analyser assigns one pitch to a note, but not always in the
 * same octave: an organ that starts without its odd harmonics starts an octave higher, a bell moves from one of its
 * partials to another. Played as recorded that is right, since the harmonics move along; but it is not a deviation
 * from the pitch that can be averaged or mixed with another recording's. */
#include "instrument/recorded_layer.h"

#include <math.h>

#define FAR 2.5f           /* semitones: beyond any vibrato */
#define STEADY 1.0f        /* semitones within which a steady pitch stays, vibrato included */
#define NEARLY 0.6f        /* semitones: tolerance for a simple ratio */
#define NEAR 1.0f          /* semitones from the mean: within a vibrato */
#define MAX_MISTUNING 0.6f /* semitones */
#define AUDIBLE_DB 40.0f   /* below the loudest frame */
enum { NEIGHBOURS = 4 };   /* frames to each side: the analyser's smoothing of f0 */
enum { SETTLED = 30 };     /* frames, 0.17 s: until a pitch has settled */
enum { ROUNDS = 4 };       /* iterations of the mean */
enum { HIGHEST = 6 };      /* largest term of a ratio */

static float deviation(const NoteTrack *t, size_t i) {
    size_t width = (size_t)note_channels(t->latent);
    return tbi_note_channel_pitch(t->channels[i * width + width - 1]);
}

/* The interval of a simple ratio nearest to a distance in semitones; 0 when none is near. */
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

/* The jump at frame i, where the pitch is far off and steady; 0 elsewhere. */
static float jump_at(const NoteTrack *t, size_t i) {
    float here = deviation(t, i), least = here, most = here;
    size_t from = i > NEIGHBOURS ? i - NEIGHBOURS : 0, to = i + NEIGHBOURS < t->n ? i + NEIGHBOURS : t->n - 1;
    for (size_t j = from; j <= to; j++) {
        least = fminf(least, deviation(t, j));
        most = fmaxf(most, deviation(t, j));
    }
    return t->pitched && fabsf(here) > FAR && most - least < STEADY ? interval(here) : 0;
}

/* The mean of the deviations within NEAR of `around`, over the audible frames. */
static float mean_around(const NoteTrack *t, const float *jump, float around) {
    size_t width = (size_t)note_channels(t->latent), n = 0;
    float loudest = NOTE_SILENCE_DB, sum = 0;
    for (size_t i = SETTLED; i < t->release; i++)
        loudest = fmaxf(loudest, tbi_note_channel_loudness(t->channels[i * width + width - 2]));
    for (size_t i = SETTLED; i < t->release; i++) {
        float d = deviation(t, i) - jump[i];
        if (tbi_note_channel_loudness(t->channels[i * width + width - 2]) > loudest - AUDIBLE_DB &&
            fabsf(d - around) < NEAR) {
            sum += d;
            n++;
        }
    }
    return n > 0 ? sum / (float)n : around;
}

/* The mean deviation of a held note from its pitch, semitones; its correction puts notes in tune and preserves
 * vibrato. Glides do not count, nor does the inaudible end. 0 for notes that are never steady. */
static float mistuning(const NoteTrack *t, const float *jump) {
    float mean = 0;
    for (int round = 0; round < ROUNDS && t->pitched; round++)
        mean = mean_around(t, jump, mean);
    return fabsf(mean) < MAX_MISTUNING ? mean : 0;
}

void tbi_layer_pitch(const NoteTrack *t, float *jump, float *pitch) {
    for (size_t i = 0; i < t->n; i++)
        jump[i] = jump_at(t, i);
    float off = mistuning(t, jump);
    for (size_t i = 0; i < t->n; i++)
        pitch[i] = tbi_note_pitch_channel(deviation(t, i) - jump[i] - off);
}
