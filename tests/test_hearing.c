/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes, onsets and pitch of sounds that people bring, against how these are made. HEARING_WAV=FOLDER writes them. */
#include "tests/hearing_cases.h"

#include <stdio.h>

enum { CASES = sizeof hearing_cases / sizeof *hearing_cases };
#define PITCH_CENTS 10.0
#define ONSET_SECONDS 0.010
#define HEARD_SHARE 0.003f /* of a note's loudest frame, -25 dB: where its pitch counts */
#define RIGHT_SHARE 0.95

static Made make(const HearingCase *c) {
    Made m = {.n = (size_t)(c->seconds * RATE)};
    m.x = silence(m.n);
    m.hz = silence(m.n / MAKER_STEP + 1);
    tb_rng_seed(&m.rng, 1);
    for (int i = 0; i < CASE_VOICES && c->voice[i].stop > 0; i++)
        add_voice(&m, &c->voice[i]);
    if (c->make)
        c->make(&m);
    float peak = 0;
    for (size_t i = 0; i < m.n; i++)
        peak = fmaxf(peak, fabsf(m.x[i]));
    for (size_t i = 0; i < m.n; i++)
        m.x[i] *= 0.5f / peak;
    return m;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median distance in cents of a note's pitch from the right one; 0 where no pitch is asked for. */
static double pitch_error(const Made *m, const TbNote *note) {
    double *off = malloc((note->n_frames + 1) * sizeof *off);
    size_t n = 0;
    float loudest = 0;
    assert_non_null(off);
    for (size_t t = 0; t < note->n_frames; t++)
        loudest = fmaxf(loudest, note->frames[t].power);
    for (size_t t = 0; t < note->n_frames; t++) {
        size_t at = (size_t)(note->start * RATE + (double)(t * TB_HOP_SIZE)) / MAKER_STEP;
        if (at < m->n / MAKER_STEP && m->hz[at] > 0 && note->frames[t].power > HEARD_SHARE * loudest)
            off[n++] = fabs(cents((double)note->frames[t].f0, (double)m->hz[at]));
    }
    qsort(off, n, sizeof *off, ascending);
    double median = n < 4 ? 0 : note->pitched ? off[n / 2] : INFINITY;
    free(off);
    return median;
}

static bool judge(const HearingCase *c, char *text, size_t size) {
    Made m = make(c);
    TbAnalysis a = analyse(m.x, m.n, RATE);
    const char *folder = getenv("HEARING_WAV");
    if (folder) {
        char path[500];
        snprintf(path, sizeof path, "%s/%s, %s.wav", folder, c->kind, c->name);
        assert_int_equal(tb_audio_write(path, m.x, m.n, RATE, TB_BITS_32F), TB_OK);
    }
    bool ok = a.n_notes == (size_t)m.n_right;
    double late = 0, off = 0;
    for (size_t i = 0; ok && i < a.n_notes; i++)
        late = fmax(late, fabs(a.notes[i].start - m.right[i].onset));
    for (size_t i = 0; i < a.n_notes; i++) {
        const TbNote *note = &a.notes[i];
        double e = c->no_pitch    ? (note->pitched ? INFINITY : 0)
                   : c->chord > 0 ? (note->chord ? fabs(cents((double)note->root, c->chord)) : INFINITY)
                                  : pitch_error(&m, note);
        if (note->chord && c->chord == 0 && e > 0)
            e = INFINITY;
        off = fmax(off, e);
    }
    snprintf(text, size, "%zu of %d notes, onset %.1f ms, %.1f cents", a.n_notes, m.n_right, 1000 * late, off);
    ok = ok && late <= ONSET_SECONDS && off <= PITCH_CENTS;
    tb_analysis_free(&a);
    free(m.x);
    free(m.hz);
    return ok;
}

static void test_hearing(void **state) {
    (void)state;
    int right = 0;
    const char *only = getenv("HEARING");
    for (int i = 0; i < CASES; i++) {
        if (only && !strstr(only, hearing_cases[i].kind))
            continue;
        char text[200];
        bool ok = judge(&hearing_cases[i], text, sizeof text);
        printf("%s %s, %s: %s\n", ok ? "ok   " : "WRONG", hearing_cases[i].kind, hearing_cases[i].name, text);
        right += ok;
    }
    printf("%d of %d right\n", right, (int)CASES);
    assert_true(right >= RIGHT_SHARE * CASES);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_hearing);
}
