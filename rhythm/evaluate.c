/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rhythm/evaluate.h"
#include "base/no_memory.h"

#include <math.h>

typedef struct {
    RhythmLesson *lesson; /* [size] */
    RhythmItem *item;
    RhythmOutput *output;
    float *mu, *logvar; /* [size][latent] */
    size_t size;
    TbArena memory;
} Buffers;

typedef struct {
    double absolute, squared, velocity, velocity_squared, quantised, quantised_squared, hits, kl;
    double right[RHYTHM_THRESHOLDS], said[RHYTHM_THRESHOLDS];
    size_t n;
} Sums;

static void add_playing(const TbRhythm *p, const RhythmOutput *out, Sums *sum) {
    const double step_ms = 15000 / p->tempo;
    for (int t = 0; t < tb_rhythm_steps(p); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = p->cell[t][d];
            if (!(hit.velocity > 0))
                continue;
            double e = out->hit[t][d].offset - hit.offset, v = out->hit[t][d].velocity - hit.velocity;
            sum->absolute += fabs(e) * step_ms;
            sum->squared += e * e;
            sum->velocity += fabs(v);
            sum->velocity_squared += v * v;
            sum->quantised += fabs((double)hit.offset) * step_ms;
            sum->quantised_squared += (double)(hit.offset * hit.offset);
            sum->n++;
        }
}

static void add_hits(const TbRhythm *p, const RhythmOutput *out, Sums *sum) {
    for (int t = 0; t < tb_rhythm_steps(p); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const double x = out->logit[t][d];
            const bool hit = p->cell[t][d].velocity > 0;
            sum->hits += fmax(x, 0) + log1p(exp(-fabs(x))) - (hit ? x : 0);
            for (int i = 0; i < RHYTHM_THRESHOLDS; i++) {
                const bool said = x > (double)rhythm_threshold(i);
                sum->said[i] += said;
                sum->right[i] += said && hit;
            }
        }
}

static void run(RhythmNetwork *net, Buffers *b, const RhythmExample *const *examples, size_t n, RhythmTask task,
                bool styles, TbThreadPool *pool, Sums *sum) {
    TbRng rng; /* these tasks draw nothing */
    tb_rng_seed(&rng, 0);
    for (size_t i = 0; i < n; i++) {
        tbi_rhythm_lesson(examples[i], task, false, &rng, &b->lesson[i]);
        b->item[i] = b->lesson[i].item;
        b->item[i].style = styles ? b->item[i].style : TB_RHYTHM_ANY_STYLE;
    }
    const size_t latent = (size_t)net->sizes.latent;
    tbi_rhythm_encode(net, b->item, n, pool, b->mu, b->logvar);
    tbi_rhythm_decode(net, b->item, n, b->mu, pool, b->output);
    for (size_t i = 0; i < n; i++)
        if (task == RHYTHM_HUMANISE)
            add_playing(b->item[i].pattern, &b->output[i], sum);
        else
            add_hits(b->item[i].pattern, &b->output[i], sum);
    for (size_t i = 0; task == RHYTHM_RECONSTRUCT && i < n * latent; i++)
        sum->kl += 0.5 * (double)(b->mu[i] * b->mu[i] + expf(b->logvar[i]) - 1 - b->logvar[i]);
}

TbStatus tbi_rhythm_evaluate(RhythmNetwork *net, const RhythmExample *const *examples, size_t n, bool styles,
                             TbThreadPool *pool, RhythmScores *s) {
    const size_t size = net->patterns * (size_t)net->n_workers, latent = (size_t)net->sizes.latent;
    Buffers b = {.size = size};
    b.lesson = tbi_arena_alloc(&b.memory, size, sizeof *b.lesson);
    b.item = tbi_arena_alloc(&b.memory, size, sizeof *b.item);
    b.output = tbi_arena_alloc(&b.memory, size, sizeof *b.output);
    b.mu = tbi_arena_floats(&b.memory, size * latent);
    b.logvar = tbi_arena_floats(&b.memory, size * latent);
    Sums sum = {0};
    const bool enough = !b.memory.failed;
    for (size_t first = 0; enough && first < n; first += size)
        for (int task = RHYTHM_RECONSTRUCT; task <= RHYTHM_HUMANISE; task++)
            run(net, &b, examples + first, n - first < size ? n - first : size, (RhythmTask)task, styles, pool, &sum);
    tbi_arena_free(&b.memory);
    if (!enough)
        return tbi_no_memory("to measure a network of rhythms");
    const double hits = sum.n ? (double)sum.n : 1, patterns = n ? (double)n : 1;
    *s = (RhythmScores){.ms = sum.absolute / hits,
                        .squared = sum.squared / hits,
                        .velocity = sum.velocity / hits,
                        .velocity_squared = sum.velocity_squared / hits,
                        .quantised_ms = sum.quantised / hits,
                        .quantised_squared = sum.quantised_squared / hits,
                        .hits = sum.hits / patterns,
                        .kl = sum.kl / patterns,
                        .n_hits = sum.n};
    for (int i = 0; i < RHYTHM_THRESHOLDS; i++)
        s->f1[i] = 2 * sum.right[i] / fmax(sum.said[i] + (double)sum.n, 1);
    return TB_OK;
}
