/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sounds whose notes, pitches and onsets follow from how they are made, for the tests of hearing. */
#ifndef TIMBREL_TESTS_HEARING_MAKER_H
#define TIMBREL_TESTS_HEARING_MAKER_H

#include "tests/tones.h"

#include <complex.h>

enum { MAKER_HARMONICS = 128, MAKER_NOTES = 64, MAKER_STEP = 64 };

/* One tone. Zeros mean: no glide, no vibrato, no decay, all harmonics below 19 kHz. */
typedef struct {
    double start, stop; /* seconds */
    double hz;
    double to_hz, glide_start, glide_stop; /* moves to to_hz, evenly in cents, between these two times */
    double vibrato_hz, vibrato_cents;      /* cents to each side */
    double attack, release;                /* seconds, linear; at least 1 ms */
    double from_db, rise;                  /* starts at from_db < 0, rises to 0 dB in `rise` seconds */
    double decay, damping;                 /* dB/s; more for each harmonic */
    double tremolo_hz, tremolo_db;         /* peak to peak */
    double level;                          /* of the fundamental; 0: 1 */
    double slope;                          /* harmonic k has the amplitude k^-slope */
    double stretch;                        /* inharmonicity */
    double breath;                         /* noise, relative to the fundamental */
    int harmonics;
    bool odd;       /* odd harmonics only */
    bool scattered; /* phases as if random, not those of a saw */
    bool joins;     /* belongs to the note before: a chord, or the tail of an earlier note */
    bool unpitched; /* its pitch is not asked for */
} Voice;

typedef struct {
    double onset;       /* seconds */
    double hz, low, up; /* pitch 0: not asked for; -1: has none */
    bool chord;
} RightNote;

typedef struct {
    float *x; /* [n] */
    size_t n;
    float *hz; /* [n / MAKER_STEP + 1] the pitch at each time, 0 where it is not asked for */
    RightNote right[MAKER_NOTES];
    int n_right;
    TbRng rng;
} Made;

static inline double voice_hz(const Voice *v, double t) {
    double octaves = 0;
    if (v->to_hz > 0)
        octaves = log2(v->to_hz / v->hz) * fmin(1, fmax(0, (t - v->glide_start) / (v->glide_stop - v->glide_start)));
    return v->hz * exp2(octaves + v->vibrato_cents / 1200 * sin(2 * TB_PI * v->vibrato_hz * (t - v->start)));
}

static inline double voice_gain(const Voice *v, double t) {
    double db = v->rise > 0 ? fmin(0, v->from_db * (1 - (t - v->start) / v->rise)) : 0;
    db -= v->decay * (t - v->start);
    db -= v->tremolo_db * (0.5 - 0.5 * cos(2 * TB_PI * v->tremolo_hz * (t - v->start)));
    double ends = fmin(1, fmin((t - v->start) / fmax(v->attack, 1e-3), (v->stop - t) / fmax(v->release, 1e-3)));
    return (v->level > 0 ? v->level : 1) * pow(10, db / 20) * fmax(0, ends);
}

static inline void made_note(Made *m, double onset, double hz) {
    assert_true(m->n_right < MAKER_NOTES);
    m->right[m->n_right++] = (RightNote){.onset = onset, .hz = hz};
}

static inline void made_pitch(Made *m, double t, double hz) {
    m->hz[(size_t)(t * RATE) / MAKER_STEP] = (float)hz;
}

static inline void add_voice(Made *m, const Voice *v) {
    size_t from = (size_t)(v->start * RATE), to = (size_t)(v->stop * RATE);
    double amplitude[MAKER_HARMONICS + 1], gain = 0, step = 0, phase = 0;
    double complex start[MAKER_HARMONICS + 1], state[MAKER_HARMONICS + 1], rotate[MAKER_HARMONICS + 1];
    double top = fmax(v->hz, v->to_hz) * exp2(v->vibrato_cents / 1200);
    int count = v->harmonics ? v->harmonics : MAKER_HARMONICS;
    for (int k = 1; k <= count; k++) {
        double ratio = k * sqrt(1 + v->stretch * k * k);
        amplitude[k] = (k % 2 || !v->odd) && ratio * top < 19000 ? pow(k, -v->slope) : 0;
        start[k] = cexp(I * (v->scattered ? 1.7 * k * k : 0));
        state[k] = start[k];
        rotate[k] = cexp(2 * TB_PI * I * ratio * v->hz / RATE) * pow(10, -v->damping * (k - 1) / 20 / RATE);
    }
    if (!v->joins)
        made_note(m, v->start, v->unpitched ? 0 : v->hz);
    for (size_t i = from; i < to && i < m->n; i++) {
        double t = (double)i / RATE, sum = 0;
        if ((i - from) % MAKER_STEP == 0) {
            gain = voice_gain(v, t);
            step = (voice_gain(v, t + (double)MAKER_STEP / RATE) - gain) / MAKER_STEP;
        }
        if (!v->joins)
            made_pitch(m, t, v->unpitched ? 0 : voice_hz(v, t));
        if (v->stretch > 0 || v->damping > 0) { /* steady pitch */
            for (int k = 1; k <= count; k++) {
                sum += amplitude[k] * cimag(state[k]);
                state[k] *= rotate[k];
            }
        } else {
            double complex z = cexp(2 * TB_PI * I * phase), power = 1;
            for (int k = 1; k <= count && amplitude[1] > 0; k++) {
                power *= z;
                sum += amplitude[k] * cimag(power * start[k]);
            }
            phase += voice_hz(v, t) / RATE;
        }
        if (v->breath > 0)
            sum += v->breath * (double)tb_rng_normal(&m->rng);
        m->x[i] += (float)(gain * sum);
        gain += step;
    }
}

/* Noise from `start`, decaying by `decay` dB/s: `high` 0: white, 1: without lows; into x from its onset on. */
static inline void add_hit_noise(Made *m, double start, double decay, double level, bool high) {
    double last = 0;
    for (size_t i = (size_t)(start * RATE), from = i; i < m->n && i < from + 2 * RATE; i++) {
        double v = (double)tb_rng_normal(&m->rng), t = (double)(i - from) / RATE, y = high ? v - last : v;
        last = v;
        m->x[i] += (float)(level * y * fmin(1, t / 5e-4) * pow(10, -decay * t / 20));
    }
}

/* A drum of falling pitch. */
static inline void add_hit_tone(Made *m, double start, double from_hz, double to_hz, double decay, double level) {
    double phase = 0;
    for (size_t i = (size_t)(start * RATE), from = i; i < m->n && i < from + RATE; i++) {
        double t = (double)(i - from) / RATE;
        phase += (to_hz + (from_hz - to_hz) * exp(-t / 0.025)) / RATE;
        m->x[i] += (float)(level * sin(2 * TB_PI * phase) * fmin(1, t / 1e-3) * pow(10, -decay * t / 20));
    }
}

static inline void add_kick(Made *m, double at) {
    add_hit_tone(m, at, 180, 50, 110, 1);
    add_hit_noise(m, at, 4000, 0.1, true);
}
static inline void add_snare(Made *m, double at, double level) {
    add_hit_tone(m, at, 240, 190, 200, 0.5 * level);
    add_hit_noise(m, at, 180, 0.25 * level, false);
}
static inline void add_hat(Made *m, double at, double level) {
    add_hit_noise(m, at, 600, 0.12 * level, true);
}

/* ---- speech ---- */

/* A speech sound: voiced with formants, or the noise of a fricative, or silence before a burst. */
typedef struct {
    double seconds;
    double formant[3]; /* Hz; 0: not voiced */
    double level;
    double hiss; /* level of high noise */
} SpeechSound;

/* Voiced sounds with a falling pitch from hz down by `fall` cents over the phrase. One note. */
static inline void add_phrase(Made *m, double start, const SpeechSound *s, int count, double hz, double fall) {
    double seconds = 0, phase = 0, level = 0, hiss = 0, f[3], last = 0;
    double complex mouth[3] = {0};
    for (int i = 0; i < count; i++)
        seconds += s[i].seconds;
    memcpy(f, s[0].formant[0] > 0 ? s[0].formant : s[1].formant, sizeof f);
    made_note(m, start, 0);
    size_t i = (size_t)(start * RATE);
    for (int j = 0; j < count; j++)
        for (size_t end = i + (size_t)(s[j].seconds * RATE); i < end && i < m->n; i++) {
            double t = (double)i / RATE - start, now = hz * exp2(-fall * t / seconds / 1200), sum = 0;
            bool voiced = s[j].formant[0] > 0;
            level += ((voiced ? s[j].level : 0) - level) / (0.008 * RATE);
            hiss += (s[j].hiss - hiss) / (0.004 * RATE);
            phase += now / RATE;
            double pulse = phase >= 1;
            phase -= phase >= 1 ? 1 : 0;
            for (int k = 0; k < 3; k++) {
                if (voiced)
                    f[k] += (s[j].formant[k] - f[k]) / (0.02 * RATE);
                mouth[k] = mouth[k] * cexp((-TB_PI * (60 + 30 * k) + 2 * TB_PI * I * f[k]) / RATE) + pulse;
                sum += cimag(mouth[k]) / (k + 1);
            }
            double noise = (double)tb_rng_normal(&m->rng);
            m->x[i] += (float)(level * sum + hiss * (noise - last));
            last = noise;
            if (voiced && level > 0.5 * s[j].level)
                made_pitch(m, (double)i / RATE, now);
        }
}

#endif
