/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/measured_step.h"
#include "base/clock.h"
#include "timbrel/nn.h"

#include <stdio.h>

float *drawn(TbArena *memory, TbRng *rng, size_t n, float (*from)(TbRng *)) {
    float *x = tbi_arena_floats(memory, n);
    for (size_t i = 0; x && i < n; i++)
        x[i] = from(rng);
    return x;
}

static void run(const MeasuredStep *m, double seconds) {
    for (int i = 0; i < m->warm_up; i++)
        m->step(m->context, i);
    double start = tbi_now(), end = start, best = 1e9;
    int steps = 0;
    while (end - start < seconds) {
        double before = end;
        m->step(m->context, steps++);
        end = tbi_now();
        best = end - before < best ? end - before : best;
    }
    printf("%.0f %.0f\n", steps * m->rows / (end - start), m->rows / best);
}

int measure_step(int argc, char **argv, const MeasuredStep *measured) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s THREADS SECONDS\n", argv[0]);
        return 2;
    }
    tb_set_threads(atoi(argv[1]));
    TbStatus status = measured->make(measured->context);
    if (status == TB_OK)
        run(measured, atof(argv[2]));
    else
        fprintf(stderr, "%s\n", tb_error_text(status));
    measured->release(measured->context);
    return status == TB_OK ? 0 : 1;
}
