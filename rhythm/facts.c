/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the patterns of each style are in z, and how exact the decoder is: what draws need. The patterns that were
 * learned from are a mixture of Gaussians in z, of one covariance, whose centres are found by k-means (Lloyd 1982): it
 * follows their true distribution better than the normal one that KL draws them to. */
#include "base/no_memory.h"
#include "rhythm/evaluate.h"
#include "rhythm/model.h"

#include <math.h>
#include <stdlib.h>

enum {
    BATCH = 64,
    MOST = 8192, /* patterns that are measured */
    FEWEST = 24, /* patterns for each cluster, on average */
    ROUNDS = 12,
    SHRINKAGE = 20, /* the mean of a style counts as much as that of all patterns if it has so many; so do the
                       deviations of a drum with so many hits and of all drums */
};

typedef struct {
    RhythmNetwork *net;
    const RhythmExamples *examples, *judged; /* learned from; held out, or if there are none, the same */
    size_t n, n_judged;
    RhythmLesson *lesson;
    RhythmItem *item;
    RhythmOutput *output;
    float *mu, *logvar; /* [n][latent], with room for [n_judged][latent] */
    double *covariance; /* [latent][latent] */
    size_t *cluster;    /* [n] */
    size_t n_clusters;
    TbArena memory;
    double velocity[TB_DRUM_CLASSES], offset[TB_DRUM_CLASSES], hits[TB_DRUM_CLASSES];
} Measured;

/* Examples at equal distances in the set. */
static const RhythmExample *example_of(const Measured *a, size_t i) {
    return &a->examples->example[i * a->examples->n / a->n];
}

static const RhythmExample *judged_of(const Measured *a, size_t i) {
    return &a->judged->example[i * a->judged->n / a->n_judged];
}

static void add_residuals(Measured *a, const TbRhythm *p, const RhythmOutput *out) {
    for (int t = 0; t < tb_rhythm_steps(p); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = p->cell[t][d], said = out->hit[t][d];
            if (!(hit.velocity > 0))
                continue;
            a->velocity[d] += pow((double)(said.velocity - hit.velocity), 2);
            a->offset[d] += pow((double)(said.offset - hit.offset), 2);
            a->hits[d]++;
        }
}

static void encode(Measured *a, const RhythmExample *(*example)(const Measured *, size_t), size_t first, size_t n,
                   size_t latent) {
    TbRng rng;
    tb_rng_seed(&rng, 0); /* reconstruction draws nothing */
    for (size_t i = 0; i < n; i++) {
        tbi_rhythm_lesson(example(a, first + i), RHYTHM_RECONSTRUCT, true, &rng, &a->lesson[i]);
        a->item[i] = a->lesson[i].item;
    }
    tbi_rhythm_encode(a->net, a->item, n, NULL, a->mu + first * latent, a->logvar + first * latent);
}

/* How exactly patterns are played again. Those that were learned from are known too well, if they are few. */
static void measure_residuals(Measured *a, size_t latent) {
    for (size_t first = 0; first < a->n_judged; first += BATCH) {
        const size_t n = a->n_judged - first < BATCH ? a->n_judged - first : BATCH;
        encode(a, judged_of, first, n, latent);
        tbi_rhythm_decode(a->net, a->item, n, a->mu + first * latent, NULL, a->output);
        for (size_t i = 0; i < n; i++)
            add_residuals(a, a->item[i].pattern, &a->output[i]);
    }
}

static void encode_all(Measured *a, size_t latent) {
    for (size_t first = 0; first < a->n; first += BATCH)
        encode(a, example_of, first, a->n - first < BATCH ? a->n - first : BATCH, latent);
}

static float mean_offset(const Measured *a) {
    double sum = 0, hits = 1e-9;
    for (size_t i = 0; i < a->n; i++)
        for (int t = 0; t < TB_RHYTHM_STEPS; t++)
            for (int d = 0; d < TB_DRUM_CLASSES; d++) {
                const TbDrumHit hit = example_of(a, i)->pattern.cell[t][d];
                sum += hit.velocity > 0 ? (double)hit.offset : 0;
                hits += hit.velocity > 0;
            }
    return (float)(sum / hits);
}

static void measure_means(const Measured *a, size_t latent, float *mean) {
    for (size_t k = 0; k < latent; k++) {
        double sum[TB_RHYTHM_STYLES] = {0}, n[TB_RHYTHM_STYLES] = {0}, all = 0;
        for (size_t i = 0; i < a->n; i++) {
            const int style = example_of(a, i)->style;
            sum[style] += (double)a->mu[i * latent + k];
            n[style]++;
            all += (double)a->mu[i * latent + k];
        }
        all /= (double)a->n;
        for (size_t style = 0; style < TB_RHYTHM_STYLES; style++)
            mean[style * latent + k] =
                (float)(style == TB_RHYTHM_ANY_STYLE ? all : (sum[style] + SHRINKAGE * all) / (n[style] + SHRINKAGE));
    }
}

/* ---- clusters ---- */

static double square_distance(const float *a, const float *b, size_t n) {
    float sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return (double)sum;
}

static void assign_clusters(Measured *a, size_t latent, const float *centre) {
    for (size_t i = 0; i < a->n; i++) {
        double nearest = INFINITY;
        for (size_t k = 0; k < a->n_clusters; k++) {
            double d = square_distance(a->mu + i * latent, centre + k * latent, latent);
            if (d < nearest) {
                nearest = d;
                a->cluster[i] = k;
            }
        }
    }
}

/* An empty cluster keeps its centre. */
static void move_centres(const Measured *a, size_t latent, float *centre) {
    size_t size[RHYTHM_CENTRES] = {0};
    for (size_t i = 0; i < a->n; i++)
        size[a->cluster[i]]++;
    for (size_t k = 0; k < a->n_clusters; k++)
        for (size_t d = 0; size[k] && d < latent; d++)
            centre[k * latent + d] = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t d = 0; d < latent; d++)
            centre[a->cluster[i] * latent + d] += a->mu[i * latent + d] / (float)size[a->cluster[i]];
}

static bool is_of_kind(const RhythmExample *example, size_t kind) {
    if (kind == RHYTHM_OTHER_METRES)
        return tb_rhythm_steps(&example->pattern) != RHYTHM_SLOTS;
    return kind == TB_RHYTHM_ANY_STYLE || (size_t)example->style == kind;
}

/* A kind without patterns has the shares of all. */
static void find_shares(const Measured *a, float *share) {
    for (size_t kind = 0; kind < RHYTHM_KINDS; kind++, share += RHYTHM_CENTRES) {
        size_t size[RHYTHM_CENTRES] = {0}, n = 0;
        for (int all = 0; all < 2 && n == 0; all++)
            for (size_t i = 0; i < a->n; i++)
                if (all || is_of_kind(example_of(a, i), kind)) {
                    size[a->cluster[i]]++;
                    n++;
                }
        for (size_t k = 0; k < RHYTHM_CENTRES; k++)
            share[k] = (float)size[k] / (float)n;
    }
}

static void find_clusters(Measured *a, size_t latent, RhythmFacts *f) {
    a->n_clusters = a->n / FEWEST < RHYTHM_CENTRES ? a->n / FEWEST : RHYTHM_CENTRES;
    a->n_clusters = a->n_clusters ? a->n_clusters : 1;
    for (size_t k = 0; k < a->n_clusters; k++)
        memcpy(f->centre + k * latent, a->mu + k * a->n / a->n_clusters * latent, latent * sizeof *f->centre);
    for (int round = 0; round < ROUNDS; round++) {
        assign_clusters(a, latent, f->centre);
        move_centres(a, latent, f->centre);
    }
    assign_clusters(a, latent, f->centre);
    find_shares(a, f->share);
}

/* Of z around its centre: that of the means plus the mean of the posteriors. */
static void measure_covariance(const Measured *a, size_t latent, const float *centre) {
    memset(a->covariance, 0, latent * latent * sizeof *a->covariance);
    for (size_t i = 0; i < a->n; i++) {
        const float *mu = a->mu + i * latent, *m = centre + a->cluster[i] * latent;
        for (size_t j = 0; j < latent; j++) {
            for (size_t k = 0; k <= j; k++)
                a->covariance[j * latent + k] += (double)((mu[j] - m[j]) * (mu[k] - m[k]));
            a->covariance[j * latent + j] += exp((double)a->logvar[i * latent + j]);
        }
    }
    for (size_t i = 0; i < latent * latent; i++)
        a->covariance[i] /= (double)a->n;
}

/* Cholesky's factor, in place; what rounding makes negative is 0. */
static void factorise(double *c, size_t n) {
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = c[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= c[i * n + k] * c[j * n + k];
            if (i == j)
                c[j * n + j] = sqrt(fmax(sum, 1e-8));
            else
                c[i * n + j] = sum / c[j * n + j];
        }
}

static TbStatus find_threshold(Measured *a, const TbRhythmSet *set, float *threshold) {
    const RhythmExamples *e = &set->part[set->part[true].n > 0];
    const size_t n = e->n < MOST / 4 ? e->n : MOST / 4;
    const RhythmExample **examples = malloc((n + 1) * sizeof *examples);
    RhythmScores s;
    if (!examples)
        return tbi_no_memory("to measure a model of rhythms");
    for (size_t i = 0; i < n; i++)
        examples[i] = &e->example[i * e->n / n];
    TbStatus status = tbi_rhythm_evaluate(a->net, examples, n, true, NULL, &s);
    free(examples);
    int best = RHYTHM_THRESHOLDS / 2;
    for (int i = 0; status == TB_OK && i < RHYTHM_THRESHOLDS; i++)
        best = s.f1[i] > s.f1[best] ? i : best;
    *threshold = rhythm_threshold(best);
    return status;
}

static void fill_in(const Measured *a, size_t latent, RhythmFacts *f) {
    double velocity = 0, offset = 0, hits = 1e-9;
    for (int d = 0; d < TB_DRUM_CLASSES; d++) {
        velocity += a->velocity[d];
        offset += a->offset[d];
        hits += a->hits[d];
    }
    for (int d = 0; d < TB_DRUM_CLASSES; d++) {
        const double n = a->hits[d] + SHRINKAGE;
        f->velocity[d] = (float)sqrt((a->velocity[d] + SHRINKAGE * velocity / hits) / n);
        f->offset[d] = (float)sqrt((a->offset[d] + SHRINKAGE * offset / hits) / n);
    }
    *f->early = mean_offset(a);
    for (size_t i = 0; i < latent; i++)
        for (size_t j = 0; j < latent; j++)
            f->factor[i * latent + j] = j <= i ? (float)a->covariance[i * latent + j] : 0;
}

TbStatus tbi_rhythm_measure_facts(TbRhythmModel *model, const TbRhythmSet *set) {
    const size_t latent = (size_t)model->sizes.latent;
    Measured a = {.examples = &set->part[false], .judged = &set->part[set->part[true].n > 0]};
    a.n = a.examples->n < MOST ? a.examples->n : MOST;
    a.n_judged = a.judged->n < MOST ? a.judged->n : MOST;
    const size_t most = a.n > a.n_judged ? a.n : a.n_judged;
    a.lesson = tbi_arena_alloc(&a.memory, BATCH, sizeof *a.lesson);
    a.item = tbi_arena_alloc(&a.memory, BATCH, sizeof *a.item);
    a.output = tbi_arena_alloc(&a.memory, BATCH, sizeof *a.output);
    a.mu = tbi_arena_floats(&a.memory, most * latent);
    a.logvar = tbi_arena_floats(&a.memory, most * latent);
    a.covariance = tbi_arena_alloc(&a.memory, latent * latent, sizeof *a.covariance);
    a.cluster = tbi_arena_alloc(&a.memory, a.n, sizeof *a.cluster);
    TbStatus status = a.memory.failed ? tbi_no_memory("to measure a model of rhythms")
                                      : tbi_rhythm_network_new(&model->sizes, model->params, BATCH, 1, &a.net);
    if (status == TB_OK) {
        tbi_rhythm_pack(a.net, NULL);
        measure_residuals(&a, latent);
        encode_all(&a, latent);
        measure_means(&a, latent, model->facts.mean);
        find_clusters(&a, latent, &model->facts);
        measure_covariance(&a, latent, model->facts.centre);
        factorise(a.covariance, latent);
        fill_in(&a, latent, &model->facts);
        status = find_threshold(&a, set, model->facts.threshold);
    }
    tbi_rhythm_network_free(a.net);
    tbi_arena_free(&a.memory);
    return status;
}
