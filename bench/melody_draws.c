/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies of 16 bars that the network draws, beside the first 16 bars of those in FOLDER/test.txt: the quantiles 10,
 * 50 and 90 % of some measures of both, and the share of the draws that lie between the real ones' 10 and 90 %.
 *
 *   melody_draws MODEL FOLDER [N [OUT]]
 *
 * N draws (200), with the metres and keys of the real ones in turn. OUT: a folder that is there, for their MIDI files
 * and a list of them, draws.txt. */
#include "base/compare.h"
#include "bench/melody_sets.h"
#include "melody/set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BARS = 16, MOST = 2000 };

/* clang-format off */
#define SHOWN(X) \
    X(rep1) X(rep2) X(rep4) X(self_sim) X(scale_consistency) X(groove_consistency) X(density) X(pitch_range) \
    X(mean_interval) X(leap_share) X(longest_same_note) X(empty_bars) X(chord_tones) X(key_clarity)
/* clang-format on */

static TbMeasures real[MOST], drawn[MOST];
static size_t n_real, n_drawn;

static double at(const double *sorted, size_t n, double share) {
    return n ? sorted[(size_t)(share * (double)(n - 1) + 0.5)] : NAN;
}

static size_t sorted_of(const TbMeasures *m, size_t n, size_t offset, double *x) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        double value;
        memcpy(&value, (const char *)&m[i] + offset, sizeof value);
        if (!isnan(value))
            x[found++] = value;
    }
    qsort(x, found, sizeof *x, tbi_compare_doubles);
    return found;
}

static void print_measure(const char *name, size_t offset) {
    double a[MOST], b[MOST];
    const size_t n = sorted_of(real, n_real, offset, a), k = sorted_of(drawn, n_drawn, offset, b);
    size_t inside = 0;
    for (size_t i = 0; i < k; i++)
        inside += b[i] >= at(a, n, 0.1) - 1e-9 && b[i] <= at(a, n, 0.9) + 1e-9;
    printf("%-20s real %6.3f %6.3f %6.3f   drawn %6.3f %6.3f %6.3f   inside %.3f\n", name, at(a, n, 0.1), at(a, n, 0.5),
           at(a, n, 0.9), at(b, k, 0.1), at(b, k, 0.5), at(b, k, 0.9), (double)inside / (double)(k ? k : 1));
}

static void measure(const TbMelody *melody, TbMeasures *m, const char *path) {
    TbScore score;
    melody_need(tb_melody_to_score(melody, &score));
    melody_need(tb_score_measure(&score, TB_SCOPE_MELODY, m));
    if (path)
        melody_need(tb_score_write(&score, path));
    tb_score_free(&score);
}

/* The first bars of a melody, in place; false: it has fewer. */
static bool shorten(TbMelody *m) {
    if (m->n_bars < BARS)
        return false;
    m->n_bars = BARS;
    while (m->n_notes && m->notes[m->n_notes - 1].onset >= m->line[BARS])
        m->n_notes--;
    while (m->n_chords && m->chords[m->n_chords - 1].step >= m->line[BARS])
        m->n_chords--;
    TbMelodyNote *last = m->n_notes ? &m->notes[m->n_notes - 1] : NULL;
    if (last && last->onset + last->duration > m->line[BARS])
        last->duration = m->line[BARS] - last->onset;
    return true;
}

int main(int argc, char **argv) {
    TbMelodyModel *model;
    TbMelodySet *set;
    if (argc < 3) {
        fprintf(stderr, "usage: melody_draws MODEL FOLDER [N [OUT]]\n");
        return 2;
    }
    const size_t n = argc > 3 ? (size_t)atoi(argv[3]) : 200;
    const char *out = argc > 4 ? argv[4] : NULL;
    char path[4096];
    melody_need(tb_melody_model_read(argv[1], &model));
    melody_need(tb_melody_set_new(&set));
    melody_set_read(argv[2], "test", set, true);
    const MelodyExamples *e = &set->part[true];
    FILE *list = NULL;
    if (out) {
        snprintf(path, sizeof path, "%s/draws.txt", out);
        list = fopen(path, "w");
    }
    for (size_t i = 0; i < e->n && n_real < MOST; i++)
        if (shorten(&e->example[i].melody))
            measure(&e->example[i].melody, &real[n_real++], NULL);
    for (size_t i = 0; i < n && i < MOST && e->n; i++) {
        const TbMelody *like = &e->example[i % e->n].melody;
        TbMelodyOptions o;
        TbMelody melody;
        tb_melody_defaults(&o);
        o.seed = i + 1;
        o.numerator = like->numerator;
        o.denominator = like->denominator;
        o.tonic = like->key.tonic;
        o.minor = like->key.minor;
        melody_need(tb_melody_draw(model, &o, &melody));
        snprintf(path, sizeof path, "%s/draw%zu.mid", out ? out : "", i + 1);
        measure(&melody, &drawn[n_drawn++], out ? path : NULL);
        if (list)
            fprintf(list, "draw%zu.mid\n", i + 1);
        tb_melody_free(&melody);
    }
    if (list)
        fclose(list);
    printf("%zu real melodies of %d bars, %zu draws; quantiles 10, 50, 90 %%\n", n_real, BARS, n_drawn);
#define PRINT(name) print_measure(#name, offsetof(TbMeasures, name));
    SHOWN(PRINT)
    tb_melody_set_free(set);
    tb_melody_model_free(model);
    return 0;
}
