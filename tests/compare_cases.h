/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs of sounds for tests/test_compare.c. In a header of their own, so that another program can write them to files
 * for an independent implementation. */
#ifndef TIMBREL_TESTS_COMPARE_CASES_H
#define TIMBREL_TESTS_COMPARE_CASES_H

#include "signals.h"

#include <string.h>

enum { N_COMPARE_CASES = 6 };

typedef struct {
    const char *name;
    int midi_pitch; /* -1: not pitched */
    float *reference, *test;
    size_t n_reference, n_test;
} CompareCase;

static inline CompareCase compare_case(int which) {
    CompareCase c = {.midi_pitch = 57, .n_reference = 30000, .n_test = 30000};
    float *other = NULL;
    switch (which) {
    case 0:
        c.name = "detuned by 80 cents, with noise";
        c.reference = signal_tone(30000, 220.0, 0.01, 1.5);
        c.test = signal_tone(30000, 220.0 * pow(2.0, 80.0 / 1200.0), 0.01, 1.5);
        other = signal_noise(30000, 1, 0.003, 1.0, 1e9);
        signal_add(c.test, other, c.n_test);
        break;
    case 1:
        c.name = "slower attack, longer decay";
        c.reference = signal_tone(30000, 221.0, 0.02, 1.0);
        c.test = signal_tone(30000, 221.5, 0.09, 1.6);
        break;
    case 2:
        c.name = "duller noise";
        c.midi_pitch = -1;
        c.reference = signal_noise(25000, 2, 0.3, 0.8, 0.7);
        c.test = signal_noise(25000, 3, 0.3, 0.3, 0.6);
        c.n_reference = c.n_test = 25000;
        break;
    case 3:
        c.name = "odd length, test shorter";
        c.reference = signal_tone(30001, 219.0, 0.005, 3.0);
        c.test = signal_tone(17003, 219.0, 0.005, 2.0);
        c.n_reference = 30001;
        c.n_test = 17003;
        break;
    case 4:
        c.name = "jumps an octave, then noise only";
        c.reference = signal_tone(40000, 220.0, 0.01, 5.0);
        c.test = signal_tone(40000, 220.0, 0.01, 5.0);
        other = signal_tone(40000, 440.0, 0.01, 5.0);
        memcpy(c.test + 12000, other + 12000, 14000 * sizeof(float));
        free(other);
        other = signal_noise(40000, 4, 0.05, 1.0, 1e9);
        memcpy(c.test + 26000, other + 26000, 14000 * sizeof(float));
        c.n_reference = c.n_test = 40000;
        break;
    default:
        c.name = "much quieter, very short";
        c.reference = signal_tone(5000, 220.0, 0.001, 0.5);
        c.test = signal_tone(5000, 220.0, 0.001, 0.5);
        for (int i = 0; c.test && i < 5000; i++)
            c.test[i] *= 0.1f;
        c.n_reference = c.n_test = 5000;
        break;
    }
    free(other);
    return c;
}

#endif
