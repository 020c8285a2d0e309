/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attacks. No analysis window reaches across the onset of a note, so the partials of the first frames are measured a
 * little later, and would begin at once with the amplitude that they have there: a click, and noise in the residual to
 * cancel it. Here the measured partials get the amplitude envelope with which the synth, which interpolates linearly
 * between frames, comes nearest to the sound: linear least squares, one gain per frame and octave of partials. */
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <string.h>

enum {
    HOP = TB_HOP_SIZE,
    OCTAVES = 6, /* groups of partials, from the lowest on; the last one has all above */
    ROUNDS = 8,  /* of Gauss-Seidel over the groups, which are nearly orthogonal */
    MOST = 16,   /* frames: the longest window shifts the first 12 */
};
#define LEAST_GAIN 1e-4f /* not 0: a frame keeps its phases */
#define MOST_GAIN 2.0f
#define TOWARDS_ONE                                                                                                    \
    0.02 /* weight of the gain 1, relative to the energy of the group: for groups that are not heard                   \
          */

/* A group's partials in the hop after each frame: with the amplitudes of the frame falling to 0, and those of the next
 * rising from 0. */
typedef struct {
    float fall[MOST][HOP], rise[MOST][HOP];
    double gain[MOST + 1];
} Group;

static double dot(const float *a, const float *b) {
    double sum = 0;
    for (int i = 0; i < HOP; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static int octave_of(float hz, float lowest) {
    return (int)clampf(log2f(hz / lowest) + 0.02f, 0, OCTAVES - 1);
}

/* p: the partials of one frame, of which only those of `octave` sound. */
static void pick(const PartialSet *set, size_t t, float lowest, int octave, Partials *p) {
    const Cpx *c = set->c + t * set->stride;
    set->frequencies(set->note, t, p->freq);
    tbi_to_polar(c, set->count, p->amplitude, p->turns);
    for (int k = 0; k < set->count; k++)
        if (octave_of(p->freq[k], lowest) != octave)
            p->amplitude[k] = 0;
}

/* Fills g's waveforms for hops 0 .. n - 1. Returns the energy. */
static double render_group(const PartialSet *set, int n, float lowest, int octave, Group *g) {
    Partials a, b, silent;
    double energy = 0;
    memset(g, 0, sizeof *g);
    for (int t = 0; t < n; t++) {
        g->gain[t] = 1;
        pick(set, (size_t)t, lowest, octave, &a);
        pick(set, (size_t)t + 1, lowest, octave, &b);
        silent = b;
        memset(silent.amplitude, 0, sizeof silent.amplitude);
        tbi_subtract_partials(g->fall[t], HOP, HOP, t == 0, &a, &silent, set->count);
        silent = a;
        memset(silent.amplitude, 0, sizeof silent.amplitude);
        tbi_subtract_partials(g->rise[t], HOP, HOP, t == 0, &silent, &b, set->count);
        for (int i = 0; i < HOP; i++) {
            g->fall[t][i] = -g->fall[t][i];
            g->rise[t][i] = -g->rise[t][i];
        }
        energy += dot(g->fall[t], g->fall[t]) + dot(g->rise[t], g->rise[t]);
    }
    g->gain[n] = 1;
    return energy;
}

/* Adds `sign` times the group, with its gains, to rest[n][HOP]. */
static void add_group(const Group *g, int n, float sign, float (*rest)[HOP]) {
    for (int t = 0; t < n; t++)
        for (int i = 0; i < HOP; i++)
            rest[t][i] += sign * ((float)g->gain[t] * g->fall[t][i] + (float)g->gain[t + 1] * g->rise[t][i]);
}

/* The gains 0 .. n - 1 that bring the group nearest to rest[n][HOP]; gain n stays 1. A tridiagonal system, one sweep of
 * which is solved directly (Thomas). */
static void solve_group(Group *g, int n, double energy, float (*rest)[HOP]) {
    double diagonal[MOST], upper[MOST], right[MOST], prior = TOWARDS_ONE * energy / (2 * n);
    for (int t = 0; t < n; t++) {
        diagonal[t] = prior + dot(g->fall[t], g->fall[t]) + (t > 0 ? dot(g->rise[t - 1], g->rise[t - 1]) : 0);
        right[t] = prior + dot(g->fall[t], rest[t]) + (t > 0 ? dot(g->rise[t - 1], rest[t - 1]) : 0);
        upper[t] = dot(g->fall[t], g->rise[t]);
    }
    right[n - 1] -= upper[n - 1];
    for (int t = 1; t < n; t++) {
        double f = upper[t - 1] / diagonal[t - 1];
        diagonal[t] -= f * upper[t - 1];
        right[t] -= f * right[t - 1];
    }
    for (int t = n - 1; t >= 0; t--) {
        double v = (right[t] - (t + 1 < n ? upper[t] * g->gain[t + 1] : 0)) / diagonal[t];
        g->gain[t] = fmin(fmax(v, (double)LEAST_GAIN), (double)MOST_GAIN);
    }
}

TbStatus tbi_fit_attack(const PartialSet *set, const float *x, int n) {
    n = n > MOST ? MOST : n;
    while (n > 0 && ((size_t)n >= set->note->n_frames || (size_t)(n + 1) * HOP > set->note->n))
        n--;
    if (n == 0)
        return TB_OK;
    TbArena memory = {0};
    Group *group = tbi_arena_alloc(&memory, OCTAVES, sizeof *group);
    float(*rest)[HOP] = tbi_arena_alloc(&memory, MOST, sizeof *rest);
    if (memory.failed) {
        tbi_arena_free(&memory);
        return tbi_no_memory("to analyse this sound");
    }
    float freq[TB_HARMONICS], lowest = TB_RATE;
    double energy[OCTAVES];
    set->frequencies(set->note, 0, freq);
    for (int k = 0; k < set->count; k++)
        lowest = fminf(lowest, freq[k]);
    memcpy(rest, x, (size_t)n * sizeof *rest);
    for (int o = 0; o < OCTAVES; o++) {
        energy[o] = render_group(set, n, lowest, o, &group[o]);
        if (energy[o] > 0)
            add_group(&group[o], n, -1, rest);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int o = 0; o < OCTAVES; o++) {
            if (energy[o] > 0) {
                add_group(&group[o], n, 1, rest);
                solve_group(&group[o], n, energy[o], rest);
                add_group(&group[o], n, -1, rest);
            }
        }
    }
    for (int t = 0; t < n; t++) {
        set->frequencies(set->note, (size_t)t, freq);
        for (int k = 0; k < set->count; k++) {
            Cpx *c = &set->c[(size_t)t * set->stride + (size_t)k];
            float gain = (float)group[octave_of(freq[k], lowest)].gain[t];
            *c = (Cpx){c->re * gain, c->im * gain};
        }
    }
    tbi_arena_free(&memory);
    return TB_OK;
}
