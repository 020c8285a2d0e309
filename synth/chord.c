/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells a chord from a note by the peaks of its spectrum: each note of a chord has harmonics of its own, and the notes
 * are semitones apart. */
#include "synth/long_spectrum.h"

#include <math.h>

enum {
    PEAKS = 192,
    NOTES = 5,
    BESIDE = 3,    /* bins on each side of a peak */
    HARMONICS = 5, /* of these ... */
    NEEDED = 2,    /* ... so many must be seen over a fundamental */
    SERIES = 16,
    WHOLE = 4 * LONG_FFT, /* samples: 1.5 s */
};
#define LOWEST 50.0f /* Hz */
#define HIGHEST 5000.0f
#define NOTE_DB 25.0f     /* a note's fundamental is at most so far below the highest peak */
#define PEAK_DB 45.0f     /* the same for a harmonic */
#define PROMINENT_DB 9.0f /* of a peak over what is beside it */
#define SAME_CENTS 22.0f
#define SAME_BINS 1.2f
#define IN_TUNE_CENTS 30.0f
#define SERIES_CENTS 18.0f
#define SERIES_SHARE 0.4f

typedef struct {
    float hz[PEAKS], db[PEAKS]; /* [n] in order of frequency */
    int n;
    float top; /* dB */
} Peaks;

static void find_peaks(const float *db, Peaks *p) {
    const float hz = TB_RATE / LONG_FFT;
    p->n = 0;
    p->top = -200;
    for (int b = (int)(LOWEST / hz); b < (int)(HIGHEST / hz); b++)
        p->top = fmaxf(p->top, db[b]);
    for (int b = (int)(LOWEST / hz); b < (int)(HIGHEST / hz) && p->n < PEAKS; b++) {
        bool peak = db[b] > p->top - PEAK_DB;
        for (int j = 1; j <= BESIDE && peak; j++)
            peak = db[b] > db[b - j] && db[b] >= db[b + j];
        if (!peak || db[b] < PROMINENT_DB + fmaxf(db[b - BESIDE], db[b + BESIDE]))
            continue;
        float q = db[b - 1] - 2 * db[b] + db[b + 1];
        p->hz[p->n] = hz * ((float)b + (q < 0 ? 0.5f * (db[b - 1] - db[b + 1]) / q : 0));
        p->db[p->n++] = db[b];
    }
}

static float cents_between(float from, float to) {
    return 1200 * log2f(to / from);
}

static bool same(float a, float b) {
    return fabsf(cents_between(a, b)) < SAME_CENTS || fabsf(a - b) < SAME_BINS * TB_RATE / LONG_FFT;
}

static bool has_peak(const Peaks *p, float hz) {
    for (int i = 0; i < p->n; i++)
        if (same(p->hz[i], hz))
            return true;
    return false;
}

static bool is_harmonic_of(const float *notes, int n, float hz) {
    for (int i = 0; i < n; i++)
        if (same(notes[i] * fmaxf(1, rintf(hz / notes[i])), hz))
            return true;
    return false;
}

static bool has_harmonics(const Peaks *p, float hz) {
    int seen = 0;
    for (int k = 2; k <= HARMONICS; k++)
        seen += has_peak(p, hz * (float)k);
    return seen >= NEEDED;
}

/* Whether the notes are harmonics of one tone whose fundamental is missing: then others of its harmonics are there that
 * belong to none of the notes. */
static bool is_one_series(const Peaks *p, const float *notes, int n) {
    for (int divisor = 2; divisor <= 6; divisor++) {
        float f0 = notes[0] / (float)divisor;
        bool series = true;
        int asked = 0, seen = 0;
        for (int i = 0; i < n; i++)
            series = series && fabsf(cents_between(f0 * rintf(notes[i] / f0), notes[i])) < SERIES_CENTS;
        for (int k = divisor + 1; k <= SERIES && series; k++)
            if (!is_harmonic_of(notes, n, f0 * (float)k)) {
                asked++;
                seen += has_peak(p, f0 * (float)k);
            }
        if (seen > SERIES_SHARE * (float)asked)
            return true;
    }
    return false;
}

/* Semitones over the root, as bits. */
#define BIT(s) (1u << (s))
static const unsigned chords[] = {
    BIT(0) | BIT(7),
    BIT(0) | BIT(4),
    BIT(0) | BIT(3),
    BIT(0) | BIT(4) | BIT(7),
    BIT(0) | BIT(3) | BIT(7),
    BIT(0) | BIT(4) | BIT(7) | BIT(10),
    BIT(0) | BIT(3) | BIT(7) | BIT(10),
    BIT(0) | BIT(4) | BIT(7) | BIT(11),
    BIT(0) | BIT(3) | BIT(6),
    BIT(0) | BIT(4) | BIT(8),
    BIT(0) | BIT(5) | BIT(7),
    BIT(0) | BIT(2) | BIT(7),
    BIT(0) | BIT(4) | BIT(7) | BIT(9),
};

/* The note that names the chord, that is the lowest over which the others are one of `chords`; otherwise the lowest. */
static float root_of(const float *notes, int n) {
    for (int r = 0; r < n; r++) {
        unsigned found = 0;
        for (int i = 0; i < n; i++)
            found |= BIT(((long)lrintf(cents_between(notes[r], notes[i]) / 100) + 120) % 12);
        for (size_t i = 0; i < sizeof chords / sizeof *chords; i++)
            if (found == chords[i])
                return notes[r];
    }
    return notes[0];
}

static float find_root(const float *db) {
    Peaks p;
    float notes[NOTES];
    int n = 0;
    find_peaks(db, &p);
    for (int i = 0; i < p.n; i++) {
        if (p.db[i] < p.top - NOTE_DB || is_harmonic_of(notes, n, p.hz[i]))
            continue;
        if (n == NOTES || !has_harmonics(&p, p.hz[i]))
            return 0;
        for (int j = 0; j < n; j++) {
            float cents = cents_between(notes[j], p.hz[i]);
            if (fabsf(cents - 100 * rintf(cents / 100)) > IN_TUNE_CENTS)
                return 0;
        }
        notes[n++] = p.hz[i];
    }
    return n > 1 && !is_one_series(&p, notes, n) ? root_of(notes, n) : 0;
}

TbStatus tbi_chord_root(const float *x, size_t n, float *root) {
    float db[LONG_BINS], found[2];
    *root = 0;
    n = n < WHOLE ? n : WHOLE;
    for (size_t half = 0; half < 2; half++) { /* in a glide, the notes sound one after the other */
        TbStatus status = tbi_long_spectrum(x + half * (n / 2), n / 2, db);
        if (status != TB_OK)
            return status;
        found[half] = find_root(db);
        if (found[half] <= 0)
            return TB_OK;
    }
    if (same(found[0], found[1]))
        *root = found[0];
    return TB_OK;
}
