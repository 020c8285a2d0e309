/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits the harmonics of a note: f0 of each frame, one inharmonicity for all, then amplitude and phase of each harmonic.
 *
 * Frequencies are refined by phase difference: the phase advance of a partial demodulated at two times 64 samples apart
 * gives its true frequency. Harmonic k is expected at f0 k sqrt(1 + B k^2) (Fletcher 1964). */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_LENGTH = 512,
    MAX_LENGTH = DEMODULATE_LONGEST,
    GLOBAL_LENGTH = 4096, /* minimum window length for the fit over the whole note */
    GLOBAL_FRAMES = 14,
    GAP = 64, /* samples between the two times of a phase difference */
    TRACK_HARMONICS = 12,
    SMOOTH = 4, /* half width in frames of the f0 smoothing window */
};
#define PERIODS 4.0f
#define GLOBAL_SECONDS 1.8f
#define MAX_INHARMONICITY 0.02
#define MAX_RETUNE 0.045 /* maximum relative correction of f0 by the fit */

int tbi_harmonic_window(float f0, int at_least) {
    int length = (int)clampf(PERIODS * TB_RATE / f0, MIN_LENGTH, MAX_LENGTH);
    length = length > at_least ? length : at_least;
    return length + (length & 1);
}

/* The window's centre for sample t, shifted so that the window barely extends past the note's ends. */
static long centre_for(const Note *note, long t, int length) {
    long reach = length / 2 - length / 8, last = (long)note->n - 1;
    long c = t > reach ? t : reach;
    if (note->cut && c > last - reach)
        c = last - reach > reach ? last - reach : (last - reach + reach) / 2;
    return c < last ? c : last > 0 ? last : 0;
}

static float f0_at(const Note *note, long sample) {
    float p = clampf((float)sample / TB_HOP_SIZE, 0, (float)(note->n_frames - 1));
    size_t i = (size_t)p;
    size_t j = i + 1 < note->n_frames ? i + 1 : i;
    return note->f0[i] + (p - (float)i) * (note->f0[j] - note->f0[i]);
}

static float stretch(int k, float inharmonicity) {
    return (float)k * sqrtf(1 + inharmonicity * (float)(k * k));
}

/* Frequency deviation hz[count] of each partial from freq[count] around `centre`, and its power weight[count]. */
static void deviations(const Note *note, long centre, int length, const float *freq, int count, float *hz,
                       float *weight, float *scratch) {
    Cpx a[TB_HARMONICS], b[TB_HARMONICS];
    tbi_demodulate(note->x, note->n, centre - GAP / 2, length, freq, count, a, scratch);
    tbi_demodulate(note->x, note->n, centre + GAP / 2, length, freq, count, b, scratch);
    for (int k = 0; k < count; k++) {
        float re = b[k].re * a[k].re + b[k].im * a[k].im, im = b[k].im * a[k].re - b[k].re * a[k].im;
        float advance = atan2f(im, re) / (2 * (float)TB_PI);
        hz[k] = (float)wrap_turns(advance - freq[k] * GAP / TB_RATE) * TB_RATE / GAP;
        weight[k] = sqrtf(re * re + im * im);
    }
}

/* Weighted least squares of y = a + b k^2. */
static bool line_fit(const double *y, const double *w, int count, double *a, double *b) {
    double s = 0, sx = 0, sxx = 0, sy = 0, sxy = 0;
    for (int k = 0; k < count; k++) {
        double x = (double)(k + 1) * (k + 1), ww = w[k] * w[k];
        s += ww;
        sx += ww * x;
        sxx += ww * x * x;
        sy += ww * y[k];
        sxy += ww * x * y[k];
    }
    double det = s * sxx - sx * sx;
    if (det <= 1e-12 * s * sxx)
        return false;
    *a = (sxx * sy - sx * sxy) / det;
    *b = (s * sxy - sx * sy) / det;
    return true;
}

/* The frames used by the fit over the whole note. */
typedef struct {
    long centre[GLOBAL_FRAMES]; /* [n] samples */
    int n, length;
    float *scratch;
} FitFrames;

static void place_fit_frames(const Note *note, FitFrames *p, float f0) {
    p->length = tbi_harmonic_window(f0, GLOBAL_LENGTH);
    p->length = p->length > MAX_LENGTH ? MAX_LENGTH : p->length;
    long first = p->length / 2, last = (long)note->n - p->length / 2;
    long limit = (long)(GLOBAL_SECONDS * TB_RATE);
    last = last < limit ? last : limit;
    if (last - first < 3 * 1024) { /* a short note: let the windows extend past its ends */
        first = p->length / 4;
        last = (long)note->n;
    }
    int n = (int)((last - first + 1023) / 1024);
    p->n = n < 1 ? 1 : n > GLOBAL_FRAMES ? GLOBAL_FRAMES : n;
    for (int i = 0; i < p->n; i++)
        p->centre[i] = p->n > 1 ? first + (last - 1 - first) * i / (p->n - 1) : clampl(first, 0, (long)note->n - 1);
}

/* One iteration of the whole-note fit with the first `count` harmonics: updates *scale (a factor of f0) and *b. */
static void fit_round(const Note *note, const FitFrames *p, int count, bool inharmonic, double *scale, double *b) {
    double dev[TB_HARMONICS] = {0}, power[TB_HARMONICS] = {0}, noise[TB_HARMONICS] = {0};
    float f0 = 0;
    int used = count;
    for (int i = 0; i < p->n; i++) {
        float freq[TB_HARMONICS], half[TB_HARMONICS], hz[TB_HARMONICS], w[TB_HARMONICS];
        Cpx between[TB_HARMONICS];
        f0 = f0_at(note, p->centre[i]) * (float)*scale;
        for (int k = 0; k < count; k++) {
            freq[k] = f0 * stretch(k + 1, (float)*b);
            half[k] = freq[k] + 0.5f * f0;
            if (freq[k] > 0.45f * TB_RATE)
                used = k < used ? k : used;
        }
        deviations(note, p->centre[i], p->length, freq, used, hz, w, p->scratch);
        tbi_demodulate(note->x, note->n, p->centre[i], p->length, half, used, between, p->scratch);
        for (int k = 0; k < used; k++) {
            dev[k] += (double)w[k] * hz[k] / f0;
            power[k] += w[k];
            noise[k] += between[k].re * between[k].re + between[k].im * between[k].im;
        }
    }
    double loudest = 0, y[TB_HARMONICS], weight[TB_HARMONICS];
    int n_good = 0;
    for (int k = 0; k < used; k++)
        loudest = power[k] > loudest ? power[k] : loudest;
    for (int k = 0; k < used; k++) {
        double d = dev[k] / (power[k] + 1e-20), r = (stretch(k + 1, (float)*b) + d) / (k + 1);
        bool good = power[k] > loudest * 1e-7 && power[k] > 4 * noise[k] && fabs(d) < 0.3;
        y[k] = r * r; /* (f_k / k)^2 over f0^2 = 1 + B k^2 */
        weight[k] = good ? (sqrt(power[k] / loudest) + 1e-3) * sqrt(k < 19 ? k + 1 : 20) : 0;
        n_good += good;
    }
    if (n_good < 1)
        return;
    if (inharmonic && n_good >= 4 && count >= 8) {
        double a = 1, c = *b;
        for (int round = 0; round < 3; round++) {
            if (!line_fit(y, weight, used, &a, &c))
                return;
            for (int k = 0; k < used; k++) {
                double model = sqrt(fmax(a + c * (k + 1) * (k + 1), 1e-9)) * (k + 1);
                weight[k] *= fabs(model - sqrt(y[k]) * (k + 1)) < 0.2;
            }
        }
        if (a > 0 && fabs(*scale * sqrt(a) - 1) < MAX_RETUNE) {
            *scale *= sqrt(a);
            *b = fmin(fmax(c / a, 0), MAX_INHARMONICITY);
        }
    } else {
        double sum = 0, all = 0;
        for (int k = 0; k < used; k++) {
            sum += weight[k] * sqrt(y[k]) * (k + 1) / stretch(k + 1, (float)*b);
            all += weight[k];
        }
        double s = *scale * sum / all;
        if (all > 0 && fabs(s - 1) < MAX_RETUNE)
            *scale = s;
    }
}

/* Mean log power at the harmonics' frequencies, to compare two fits. */
static double fit_score(const Note *note, const FitFrames *p, double scale, double b) {
    enum { COUNT = 64 };
    double power[COUNT] = {0}, top = 0, score = 0;
    int used = COUNT;
    for (int i = 0; i < p->n; i++) {
        float freq[COUNT];
        Cpx c[COUNT];
        for (int k = 0; k < used; k++) {
            freq[k] = f0_at(note, p->centre[i]) * (float)scale * stretch(k + 1, (float)b);
            if (freq[k] > 0.45f * TB_RATE)
                used = k;
        }
        tbi_demodulate(note->x, note->n, p->centre[i], p->length, freq, used, c, p->scratch);
        for (int k = 0; k < used; k++)
            power[k] += c[k].re * c[k].re + c[k].im * c[k].im;
    }
    for (int k = 0; k < used; k++)
        top = power[k] > top ? power[k] : top;
    for (int k = 0; k < used; k++)
        score += log10(power[k] + top * 1e-8 + 1e-30);
    return used > 0 ? score / used : -INFINITY;
}

static void fit_whole_note(Note *note, float *scratch, bool steady) {
    static const int counts[] = {2, 4, 8, 12, 18, 26, 36, 48, 64, 96};
    FitFrames p = {.scratch = scratch};
    double scale = 1, b = 0, first_scale = 1;
    place_fit_frames(note, &p, f0_at(note, (long)note->n / 4));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        fit_round(note, &p, counts[i], steady, &scale, &b);
        if (counts[i] == 4)
            first_scale = scale;
        if (!steady && counts[i] >= 12)
            break;
    }
    if (b > 0) { /* keep B only if it scores clearly better than the best of a few fits with B = 0 */
        static const double nudge[] = {1, 1.0007, 0.9993, 1.0015, 0.9985};
        double best = -INFINITY, best_scale = scale;
        for (size_t i = 0; i < 10; i++) {
            double s = (i < 5 ? scale : first_scale) * nudge[i % 5], score = fit_score(note, &p, s, 0);
            if (score > best) {
                best = score;
                best_scale = s;
            }
        }
        if (fit_score(note, &p, scale, b) < best + 0.05) {
            scale = best_scale;
            b = 0;
        }
    }
    note->inharmonicity = b < 3e-6 ? 0 : (float)b;
    for (size_t t = 0; t < note->n_frames; t++)
        note->f0[t] *= (float)scale;
}

/* Refines the f0 of each frame from its harmonics, smoothed over neighbouring frames weighted by power. */
static void track_frames(Note *note, const float *guide, float *scratch, float *fresh, float *weight) {
    size_t n = note->n_frames;
    for (int round = 0; round < 2; round++) {
        float heaviest = 0;
        for (size_t t = 0; t < n; t++) {
            float freq[TRACK_HARMONICS], hz[TRACK_HARMONICS], w[TRACK_HARMONICS];
            int length = tbi_harmonic_window(note->f0[t], 1024);
            for (int k = 0; k < TRACK_HARMONICS; k++)
                freq[k] = note->f0[t] * stretch(k + 1, note->inharmonicity);
            deviations(note, centre_for(note, (long)(t * TB_HOP_SIZE), length), length, freq, TRACK_HARMONICS, hz, w,
                       scratch);
            float sum = 0, all = 0;
            for (int k = 0; k < TRACK_HARMONICS; k++) {
                float r = stretch(k + 1, note->inharmonicity);
                sum += w[k] * hz[k];
                all += w[k] * r;
            }
            float limit = 0.04f * note->f0[t];
            fresh[t] = note->f0[t] + (all > 0 ? clampf(sum / all, -limit, limit) : 0);
            weight[t] = all;
            heaviest = all > heaviest ? all : heaviest;
        }
        for (size_t t = 0; t < n; t++) {
            double sum = 0, all = 0;
            for (long j = -SMOOTH + 1; j < SMOOTH; j++) {
                size_t i = (size_t)clampl((long)t + j, 0, (long)n - 1);
                double w = (weight[i] + 1e-9 * heaviest + 1e-30) * (0.5 + 0.5 * cos(TB_PI * (double)j / SMOOTH));
                sum += w * fresh[i];
                all += w;
            }
            float f = (float)(sum / all);
            note->f0[t] = fabsf(f - guide[t]) < 0.08f * guide[t] ? f : guide[t];
        }
    }
    /* Nearly silent frames cannot be tracked: copy f0 from the last frame that can, or the first. */
    float heaviest = 0;
    for (size_t t = 0; t < n; t++)
        heaviest = weight[t] > heaviest ? weight[t] : heaviest;
    long last = -1;
    for (size_t t = 0; t < n; t++) {
        if (weight[t] >= 1e-5f * heaviest) {
            if (last < 0)
                for (size_t i = 0; i < t; i++)
                    note->f0[i] = note->f0[t];
            last = (long)t;
        } else if (last >= 0) {
            note->f0[t] = note->f0[last];
        }
    }
}

/* Advances the phase of a partial of frequency f from sample `from` to sample `to`. */
static Cpx advance_phase(Cpx c, float f, long from, long to) {
    double a = 2 * TB_PI * fmod((double)f * (double)(to - from) / (double)TB_RATE, 1.0);
    float re = (float)cos(a), im = (float)sin(a);
    return (Cpx){c.re * re - c.im * im, c.re * im + c.im * re};
}

static void harmonic_frequencies(const Note *note, size_t t, float *freq) {
    for (int k = 0; k < note->n_harmonics; k++)
        freq[k] = note->f0[t] * stretch(k + 1, note->inharmonicity);
}

static void measure_frame(const Note *note, size_t t, int length, Cpx *c, float *scratch) {
    float freq[TB_HARMONICS];
    long at = (long)(t * TB_HOP_SIZE), centre = centre_for(note, at, length);
    harmonic_frequencies(note, t, freq);
    tbi_demodulate(note->x, note->n, centre, length, freq, note->n_harmonics, c, scratch);
    for (int k = 0; k < note->n_harmonics && centre != at; k++)
        c[k] = advance_phase(c[k], freq[k], centre, at);
}

TbStatus tbi_tune_harmonics(Note *note) {
    size_t n = note->n_frames;
    float *scratch = malloc((MAX_LENGTH + DEMODULATE_SCRATCH + 3 * n) * sizeof *scratch);
    if (!scratch)
        return tbi_no_memory("to analyse this sound");
    float *fresh = scratch + MAX_LENGTH + DEMODULATE_SCRATCH, *weight = fresh + n, *guide = weight + n;
    float lo = note->f0[0], hi = note->f0[0];
    for (size_t t = 0; t < n; t++) {
        lo = note->f0[t] < lo ? note->f0[t] : lo;
        hi = note->f0[t] > hi ? note->f0[t] : hi;
    }
    fit_whole_note(note, scratch, hi < 1.08f * lo);
    memcpy(guide, note->f0, n * sizeof *guide);
    track_frames(note, guide, scratch, fresh, weight);
    note->n_harmonics = TB_HARMONICS;
    for (size_t t = 0; t < n; t++)
        while (note->n_harmonics > 1 && note->f0[t] * stretch(note->n_harmonics, note->inharmonicity) > 0.49f * TB_RATE)
            note->n_harmonics--;
    free(scratch);
    return TB_OK;
}

void tbi_measure_harmonics(Note *note) {
    float scratch[MAX_LENGTH + DEMODULATE_SCRATCH];
    for (size_t t = 0; t < note->n_frames; t++)
        measure_frame(note, t, tbi_harmonic_window(note->f0[t], 0), note->harmonic + t * TB_HARMONICS, scratch);
}

TbStatus tbi_fit_harmonic_attack(Note *note) {
    int length = tbi_harmonic_window(note->f0[0], 0), shifted = (length / 2 - length / 8) / TB_HOP_SIZE + 1;
    PartialSet set = {.note = note,
                      .c = note->harmonic,
                      .stride = TB_HARMONICS,
                      .count = note->n_harmonics,
                      .frequencies = harmonic_frequencies};
    return tbi_fit_attack(&set, note->x, shifted);
}

/* Subtracts the harmonics from x[n], with amplitudes and phases from `measure` every `step` frames. */
static void subtract_every(const Note *note, size_t step, void (*measure)(const Note *, size_t, Cpx *), float *x) {
    Partials p[2];
    Cpx c[TB_HARMONICS];
    size_t hop = step * TB_HOP_SIZE;
    for (size_t t = 0, parity = 0; t < note->n_frames; t += step, parity ^= 1) {
        for (size_t i = t == 0 ? 0 : 1; i < 2 && t + i * step < note->n_frames; i++) {
            Partials *q = &p[parity ^ i];
            harmonic_frequencies(note, t + i * step, q->freq);
            measure(note, t + i * step, c);
            tbi_to_polar(c, note->n_harmonics, q->amplitude, q->turns);
        }
        size_t at = t * TB_HOP_SIZE;
        tbi_subtract_partials(x + at, note->n - at < hop ? (int)(note->n - at) : (int)hop, (int)hop, t == 0, &p[parity],
                              t + step < note->n_frames ? &p[parity ^ 1] : NULL, note->n_harmonics);
    }
}

static void measure_long(const Note *note, size_t t, Cpx *c) {
    float scratch[MAX_LENGTH + DEMODULATE_SCRATCH];
    measure_frame(note, t, tbi_harmonic_window(note->f0[t], GLOBAL_LENGTH), c, scratch);
}

static void load_measured(const Note *note, size_t t, Cpx *c) {
    memcpy(c, note->harmonic + t * TB_HARMONICS, (size_t)note->n_harmonics * sizeof *c);
}

TbStatus tbi_harmonics_explain(const Note *note, float *explained) {
    float *rest = malloc(note->n * sizeof *rest);
    if (!rest)
        return tbi_no_memory("to analyse this sound");
    memcpy(rest, note->x, note->n * sizeof *rest);
    double before = 1e-20, after = 1e-20;
    subtract_every(note, 2, measure_long, rest); /* with windows this long, every second frame is enough */
    for (size_t i = 0; i < note->n; i++) {
        before += (double)note->x[i] * note->x[i];
        after += (double)rest[i] * rest[i];
    }
    free(rest);
    *explained = (float)(10 * log10(before / after));
    return TB_OK;
}

void tbi_subtract_harmonics(Note *note) {
    memcpy(note->residual, note->x, note->n * sizeof *note->x);
    subtract_every(note, 1, load_measured, note->residual);
}
