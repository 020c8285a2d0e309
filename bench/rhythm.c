/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of a model of rhythms on the test split of the Groove MIDI Dataset (bench/rhythm_table.h): humanising by the
 * protocol of Gillick et al. 2019 (given the hits on the grid, the mean absolute error of their times in ms and the
 * mean squared error in sixteenths, over two bars at each bar), reconstruction, interpolation, knobs.
 *
 *   rhythm TABLE MODEL */
#include "bench/program.h"
#include "bench/rhythm_table.h"
#include "rhythm/evaluate.h"
#include "rhythm/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAIRS = 200, BETWEEN = 9, KNOB_STEPS = 9, KNOB_DRAWS = 100, FILLED = 300 };

static void add(void *context, const RhythmRow *row, const TbScore *score) {
    int style = tb_rhythm_style_find(row->style);
    if (strcmp(row->split, "test") == 0)
        need(tb_rhythm_set_add(context, score, tb_drum_map(NULL), style < 0 ? TB_RHYTHM_ANY_STYLE : style, row->drummer,
                               true, NULL));
}

static void *need_memory(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static void humanise_and_reconstruct(const TbRhythmModel *model, const RhythmExamples *test) {
    const RhythmExample **examples = need_memory(malloc(test->n * sizeof *examples));
    RhythmNetwork *net;
    RhythmScores s;
    for (size_t i = 0; i < test->n; i++)
        examples[i] = &test->example[i];
    need(tbi_rhythm_network_new(&model->sizes, model->params, 64, 1, &net));
    tbi_rhythm_pack(net, NULL);
    for (int styles = 1; styles >= 0; styles--) {
        need(tbi_rhythm_evaluate(net, examples, test->n, styles, NULL, &s));
        if (styles)
            printf("humanise, %zu hits of %zu patterns     quantised %.2f ms / %.4f\n", s.n_hits, test->n,
                   s.quantised_ms, s.quantised_squared);
        printf("  %s        %.2f ms / %.4f; velocity %.4f / %.4f\n", styles ? "style told" : "style not told", s.ms,
               s.squared, s.velocity, s.velocity_squared);
    }
    printf("  published: quantised 22.6 / 0.041, MLP 19.3 / 0.032, Seq2Seq 18.8 / 0.032 (Gillick et al. 2019)\n");
    need(tbi_rhythm_evaluate(net, examples, test->n, true, NULL, &s));
    int at = (int)lroundf((*model->facts.threshold - rhythm_threshold(0)) * 4);
    printf("reconstruct     F1 %.4f at the model's threshold %.2f; %.2f nats a pattern, KL %.1f nats\n", s.f1[at],
           (double)*model->facts.threshold, s.hits, s.kl);
    tbi_rhythm_network_free(net);
    free(examples);
}

/* The number of cells that differ in whether they are hit, and the sum of the differences of velocity. */
static void difference(const TbRhythm *a, const TbRhythm *b, double d[2]) {
    d[0] = d[1] = 0;
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int k = 0; k < TB_DRUM_CLASSES; k++) {
            const float x = a->cell[t][k].velocity, y = b->cell[t][k].velocity;
            d[0] += (x > 0) != (y > 0);
            d[1] += fabs((double)(x - y));
        }
}

static void interpolate(const TbRhythmModel *model, const RhythmExamples *test) {
    TbRng rng;
    TbRhythmOptions o;
    size_t steps = 0, monotone[2] = {0}, ends = 0, changed = 0;
    tb_rng_seed(&rng, 1);
    tb_rhythm_defaults(&o);
    for (int i = 0; i < PAIRS;) {
        const TbRhythm *a = &test->example[tb_rng_next(&rng) % test->n].pattern;
        const TbRhythm *b = &test->example[tb_rng_next(&rng) % test->n].pattern;
        TbRhythm out[BETWEEN], own[2], other[2];
        if (a->numerator != b->numerator || a->denominator != b->denominator)
            continue;
        i++;
        need(tb_rhythm_interpolate(model, a, b, BETWEEN, &o, out));
        need(tb_rhythm_interpolate(model, a, a, 2, &o, own)); /* reconstructions */
        need(tb_rhythm_interpolate(model, b, b, 2, &o, other));
        ends += memcmp(&out[0], &own[0], sizeof *own) == 0 && memcmp(&out[BETWEEN - 1], &other[0], sizeof *own) == 0;
        for (int k = 1; k < BETWEEN; k++) {
            double from[2][2], to[2][2];
            for (int j = 0; j < 2; j++) {
                difference(&out[0], &out[k - 1 + j], from[j]);
                difference(&out[BETWEEN - 1], &out[k - 1 + j], to[j]);
            }
            steps += 2;
            for (int m = 0; m < 2; m++)
                monotone[m] += (from[1][m] >= from[0][m]) + (to[1][m] <= to[0][m]);
            changed += from[1][1] != from[0][1];
        }
    }
    printf("interpolate, %d pairs of %d     ends are the reconstructions in %zu; distance monotone in %.2f %% (hits), "
           "%.2f %% (velocities) of steps; %.1f %% of steps change the pattern\n",
           PAIRS, BETWEEN, ends, 100.0 * (double)monotone[0] / (double)steps,
           100.0 * (double)monotone[1] / (double)steps, 200.0 * (double)changed / (double)steps);
}

/* Counts of hits that are right, said and true. */
typedef struct {
    double right, said, real;
} Hits;

static void count(const TbRhythm *said, const TbRhythm *real, int drum, Hits *hits) {
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            if (drum < 0 || d == drum) {
                const bool a = said->cell[t][d].velocity > 0, b = real->cell[t][d].velocity > 0;
                hits->right += a && b;
                hits->said += a;
                hits->real += b;
            }
}

/* One drum filled in, all others given; a beat made of the times of all hits. At temperature 0. */
static void fill_in(const TbRhythmModel *model, const RhythmExamples *test) {
    static const int drums[] = {0, 1, 2, 8};
    Hits filled[4] = {{0}}, tapped = {0};
    TbRhythmOptions o;
    TbRhythm out;
    tb_rhythm_defaults(&o);
    o.temperature = 0;
    for (size_t i = 0; i < FILLED; i++) {
        const RhythmExample *e = &test->example[i * test->n / FILLED];
        o.style = e->style;
        for (size_t k = 0; k < sizeof drums / sizeof *drums; k++) {
            TbRhythmMask locked;
            for (int t = 0; t < TB_RHYTHM_STEPS; t++)
                for (int d = 0; d < TB_DRUM_CLASSES; d++)
                    locked[t][d] = d != drums[k];
            need(tb_rhythm_fill(model, &e->pattern, locked, &o, &out));
            count(&out, &e->pattern, drums[k], &filled[k]);
        }
        need(tb_rhythm_from_taps(model, &e->pattern, true, &o, &out));
        count(&out, &e->pattern, -1, &tapped);
    }
    printf("fill in, F1     ");
    for (size_t k = 0; k < sizeof drums / sizeof *drums; k++)
        printf("%s %.3f, ", tb_drum_class_name(drums[k]), 2 * filled[k].right / (filled[k].said + filled[k].real));
    printf("all drums of taps %.3f\n", 2 * tapped.right / (tapped.said + tapped.real));
}

static double measure_of(const TbRhythm *r, int knob) {
    TbRhythmMeasures m;
    tb_rhythm_measure(r, &m);
    const double value[] = {m.density, m.syncopation, m.swing, m.dynamics, m.tightness};
    return value[knob];
}

static void knobs(const TbRhythmModel *model) {
    for (int knob = 0; knob < TB_RHYTHM_KNOBS; knob++) {
        double mean[KNOB_STEPS] = {0};
        size_t up = 0, all = 0;
        for (int seed = 0; seed < KNOB_DRAWS; seed++) {
            double last = -INFINITY;
            for (int i = 0; i < KNOB_STEPS; i++) {
                TbRhythm r;
                TbRhythmOptions o;
                tb_rhythm_defaults(&o);
                o.seed = (uint64_t)seed;
                o.knob[knob] = -2 + 0.5 * i;
                need(tb_rhythm_draw(model, &o, &r));
                double m = measure_of(&r, knob);
                if (isnan(m))
                    continue;
                mean[i] += m / KNOB_DRAWS;
                all += i > 0;
                up += i > 0 && m >= last - 1e-7;
                last = m;
            }
        }
        printf("knob %-12s", tb_rhythm_knob_name(knob));
        for (int i = 0; i < KNOB_STEPS; i += 2)
            printf(" %7.3f", mean[i]);
        printf("   up in %.1f %% of steps\n", 100.0 * (double)up / (double)all);
    }
}

int main(int argc, char **argv) {
    TbRhythmSet *set;
    TbRhythmModel *model;
    usage_if(argc != 3, "rhythm TABLE MODEL");
    need(tb_rhythm_model_read(argv[2], &model));
    need(tb_rhythm_set_new(&set));
    rhythm_table_read(argv[1], add, set);
    if (tb_rhythm_set_count(set, true) == 0) {
        fprintf(stderr, "\"%s\" has no rhythm in its split \"test\".\n", argv[1]);
        return 1;
    }
    humanise_and_reconstruct(model, &set->part[true]);
    fill_in(model, &set->part[true]);
    interpolate(model, &set->part[true]);
    knobs(model);
    tb_rhythm_set_free(set);
    tb_rhythm_model_free(model);
    return 0;
}
