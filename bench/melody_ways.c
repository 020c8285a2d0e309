/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways between melodies: the first 16 bars of pairs from FOLDER/test.txt of one metre, in 8 steps. Prints the share of
 * the steps that lead on (not nearer to the first, not farther from the second), how far from equal the steps are, and
 * how long a way takes; and how far variations by some amounts are from the melody.
 *
 *   melody_ways MODEL PAIRS FOLDER ... */
#include "base/clock.h"
#include "bench/melody_sets.h"
#include "bench/program.h"
#include "melody/set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BARS = 16, STEPS = 8 };

typedef struct {
    size_t ways, steps, on;
    double uneven, seconds;
} Sum;

static void go(const TbMelodyModel *model, const TbMelody *from, const TbMelody *to, uint64_t seed, Sum *sum) {
    TbMelody out[STEPS];
    TbMelodyOptions o;
    double before[2] = {0, 1}, apart, distance[2];
    tb_melody_defaults(&o);
    o.seed = seed;
    need(tb_melody_distance(from, to, &apart));
    const double start = tbi_now();
    need(tb_melody_interpolate(model, from, to, STEPS, &o, out));
    sum->seconds += tbi_now() - start;
    sum->ways++;
    for (int i = 0; i < STEPS; i++) {
        need(tb_melody_distance(&out[i], from, &distance[0]));
        need(tb_melody_distance(&out[i], to, &distance[1]));
        sum->steps += i > 0;
        sum->on += i > 0 && distance[0] >= before[0] && distance[1] <= before[1];
        sum->uneven += fabs(distance[0] - apart * i / (STEPS - 1)) / STEPS;
        memcpy(before, distance, sizeof before);
        tb_melody_free(&out[i]);
    }
}

static void print_variations(const TbMelodyModel *model, const MelodyExamples *e, size_t n) {
    static const double amounts[] = {0, 0.1, 0.3, 0.6, 1};
    for (size_t a = 0; a < sizeof amounts / sizeof *amounts; a++) {
        double sum = 0;
        size_t varied = 0;
        for (size_t i = 0; i < e->n && varied < n; i++) {
            const TbMelody *m = &e->example[i].melody;
            TbMelodyOptions o;
            TbMelody out;
            double distance;
            if (m->n_bars != BARS)
                continue;
            tb_melody_defaults(&o);
            o.seed = i;
            need(tb_melody_vary(model, m, amounts[a], &o, &out));
            need(tb_melody_distance(m, &out, &distance));
            tb_melody_free(&out);
            sum += distance;
            varied++;
        }
        printf("varied by %.1f: %.3f away\n", amounts[a], sum / (double)varied);
    }
}

int main(int argc, char **argv) {
    TbMelodyModel *model;
    TbMelodySet *set;
    Sum sum = {0};
    usage_if(argc < 4, "melody_ways MODEL PAIRS FOLDER ...");
    const size_t n = (size_t)atoi(argv[2]);
    need(tb_melody_model_read(argv[1], &model));
    need(tb_melody_set_new(&set));
    for (int i = 3; i < argc; i++)
        melody_set_read(argv[i], "test", set, true);
    const MelodyExamples *e = &set->part[true];
    for (size_t i = 0; i < e->n; i++)
        melody_shorten(&e->example[i].melody, BARS);
    for (size_t i = 0; i < e->n && sum.ways < n; i++)
        for (size_t k = i + 1; k < e->n; k++) {
            const TbMelody *a = &e->example[i].melody, *b = &e->example[k].melody;
            if (a->n_bars != BARS || b->n_bars != BARS || a->numerator != b->numerator ||
                a->denominator != b->denominator || memcmp(a->line, b->line, (BARS + 1) * sizeof *a->line) != 0)
                continue;
            go(model, a, b, i, &sum);
            break;
        }
    printf("%zu ways in %d steps: %.1f %% of the steps lead on; %.3f from equal distances on average; %.2f s a way\n",
           sum.ways, STEPS, 100 * (double)sum.on / (double)sum.steps, sum.uneven / (double)sum.ways,
           sum.seconds / (double)sum.ways);
    print_variations(model, e, n);
    tb_melody_set_free(set);
    tb_melody_model_free(model);
    return 0;
}
