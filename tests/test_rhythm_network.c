/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of rhythms against its definition in double, and its gradients against central differences of that:
 * patterns of three lengths, all that can be given, noise, dropout, shared slots, one and two threads. */
#include "rhythm/set.h"
#include "tests/central_difference.h"
#include "tests/run_tests.h"

enum { N = 3, MOST_OF_A_TENSOR = 40 };
static const RhythmSizes sizes = {.latent = 5, .hidden = 12, .code = 2, .encoder = 3, .decoder = 4};
static const double LOSS_BOUND = 1e-6;

typedef struct {
    RhythmLayout at;
    float *params;
    TbRhythm pattern[N];
    RhythmGiven seen[N], told[N];
    TbDrumHit tap[N][TB_RHYTHM_STEPS];
    RhythmItem item[N];
    float noise[N * 5];
    RhythmBatch batch;
} Case;

static Case c;

static uint32_t below(uint32_t n) {
    return tb_rng_next(&rng) % n;
}

static void make_pattern(int i) {
    static const int metres[N][2] = {{1, 4}, {12, 8}, {3, 8}}; /* 8, 48 and 12 steps */
    TbRhythm *p = &c.pattern[i];
    tb_rhythm_clear(metres[i][0], metres[i][1], 80 + 40 * i, p);
    for (int t = 0; t < tb_rhythm_steps(p); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            if (below(3) == 0)
                p->cell[t][d] = (TbDrumHit){0.1f + 0.8f * tb_rng_uniform(&rng), tb_rng_uniform(&rng) - 0.5f};
            c.seen[i].cell[t][d] = (uint8_t)below(3);
            c.told[i].cell[t][d] = (uint8_t)below(3);
        }
    c.seen[i].taps = i == 1;
    c.told[i].taps = i > 0;
    tbi_rhythm_taps(p, c.tap[i]);
    c.item[i] = (RhythmItem){p, &c.seen[i], &c.told[i], c.tap[i], 7 * i};
}

static int setup(void **state) {
    (void)state;
    tb_rng_seed(&rng, 1);
    TbParameters table;
    const size_t n = tbi_rhythm_parameters(&sizes, &table);
    c.params = draw(n);
    float *random = draw(n);
    TbRng weights;
    tb_rng_seed(&weights, 1);
    tbi_rhythm_initialise(&sizes, &weights, c.params);
    for (size_t i = 0; i < n; i++)
        c.params[i] += 0.1f * random[i];
    free(random);
    for (int i = 0; i < N; i++)
        make_pattern(i);
    for (size_t i = 0; i < sizeof c.noise / sizeof *c.noise; i++)
        c.noise[i] = tb_rng_normal(&rng);
    c.batch = (RhythmBatch){
        c.item, N, c.noise, {.velocity = 8, .offset = 40, .bend = 0.1f, .kl = 0.5f, .free = 1}, {77, 0.3f}};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(c.params);
    return 0;
}

/* ---- the definition ---- */

enum { WIDEST = 256, STEPS = TB_RHYTHM_STEPS };

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static void lstm(const double *p, const TbLstmLayout *l, double x[][WIDEST], int n, bool back, double y[][WIDEST],
                 size_t at) {
    double h[16] = {0}, s[16] = {0}, gate[64];
    for (int i = 0; i < n; i++) {
        const int t = back ? n - 1 - i : i;
        for (size_t g = 0; g < 4 * l->units; g++) {
            gate[g] = p[l->bias + g];
            for (size_t k = 0; k < l->in; k++)
                gate[g] += p[l->input + g * l->in + k] * x[t][k];
            for (size_t k = 0; k < l->units; k++)
                gate[g] += p[l->recurrent + g * l->units + k] * h[k];
        }
        for (size_t k = 0; k < l->units; k++) {
            s[k] = sigmoid(gate[l->units + k]) * s[k] + sigmoid(gate[k]) * tanh(gate[2 * l->units + k]);
            h[k] = sigmoid(gate[3 * l->units + k]) * tanh(s[k]);
            y[t][at + k] = h[k];
        }
    }
}

static void linear(const double *w, const double *bias, const double *x, size_t in, size_t out, double *y) {
    for (size_t i = 0; i < out; i++) {
        y[i] += bias ? bias[i] : 0;
        for (size_t k = 0; k < in; k++)
            y[i] += w[i * in + k] * x[k];
    }
}

/* Adds to y. */
static void perceptron(const double *p, const TbMlp *mlp, const double *x, double *y) {
    const TbLayer *first = &mlp->layers[0], *last = &mlp->layers[1];
    const size_t n = (size_t)first->out;
    double h[WIDEST] = {0}, mean = 0, variance = 0;
    linear(p + first->weight, p + first->bias, x, (size_t)first->in, n, h);
    for (size_t i = 0; i < n; i++)
        mean += h[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (h[i] - mean) * (h[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++) {
        h[i] = p[first->scale + i] * (h[i] - mean) / sqrt(variance + 1e-5) + p[first->shift + i];
        h[i] *= h[i] < 0 ? 0.1 : 1;
    }
    linear(p + last->weight, p + last->bias, h, n, (size_t)last->out, y);
}

static void told(const RhythmItem *item, const RhythmGiven *given, int n, double x[][WIDEST], size_t at) {
    for (int t = 0; t < n; t++) {
        float f[RHYTHM_INPUTS];
        tbi_rhythm_features(item, given, t, f);
        for (size_t k = 0; k < RHYTHM_INPUTS; k++)
            x[t][at + k] = (double)f[k];
    }
}

/* Both bars begin at a slot of their own; steps beyond 16 share the last ones. */
static size_t slot(int t, int n) {
    const int bar = n / 2, place = t % bar;
    return (size_t)(t / bar * 16 + (place < 16 ? place : place - (bar - 16)));
}

static double loss_of(const RhythmItem *item, const double (*y)[WIDEST], int n) {
    const RhythmLoss *l = &c.batch.loss;
    double sum = 0;
    for (int t = 0; t < n; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = item->pattern->cell[t][d];
            const int given = item->told->cell[t][d];
            const double x = y[t][d], e = 0.5 * tanh(y[t][18 + d]) - (double)hit.offset;
            if (given == GIVEN_NOTHING)
                sum += log1p(exp(x)) - (hit.velocity > 0 ? x : 0);
            if (given == GIVEN_ALL || !(hit.velocity > 0))
                continue;
            const double slow = 0.5 + 55 / item->pattern->tempo, bend = (double)l->bend;
            sum += (double)l->velocity * pow(sigmoid(y[t][9 + d]) - (double)hit.velocity, 2);
            sum += (double)l->offset * slow * bend * bend * (sqrt(1 + e * e / (bend * bend)) - 1);
        }
    return sum;
}

static void drop(int i, int layer, int n, double x[][WIDEST]) {
    for (int t = 0; t < n; t++) {
        float mask[2 * 4];
        for (size_t k = 0; k < 8; k++)
            mask[k] = 1;
        const uint32_t id = (uint32_t)(i * TB_RHYTHM_STEPS + t);
        tbi_dropout((TbDropout){c.batch.drop.key + (uint32_t)layer, c.batch.drop.rate}, &id, 1, 8, mask, 8);
        for (size_t k = 0; k < 8; k++)
            x[t][k] *= (double)mask[k];
    }
}

static double pattern_loss(const double *p, int i) {
    static double x[STEPS][WIDEST], h[STEPS][WIDEST], in[STEPS][WIDEST], y1[STEPS][WIDEST], y2[STEPS][WIDEST];
    static double out[STEPS][WIDEST];
    const RhythmItem *item = &c.item[i];
    const RhythmLayout *at = &c.at;
    const int n = tb_rhythm_steps(item->pattern);
    const size_t flat = rhythm_flat(&sizes), code = 2, latent = 5;
    double codes[RHYTHM_SLOTS * 2] = {0}, bottleneck[10] = {0}, z[5], kl = 0;
    told(item, item->seen, n, x, 0);
    lstm(p, &at->encoder.forth, x, n, false, h, 0);
    lstm(p, &at->encoder.back, x, n, true, h, 3);
    for (int t = 0; t < n; t++) {
        memcpy(h[t] + 6, x[t], RHYTHM_INPUTS * sizeof(double));
        linear(p + at->code, p + at->code_bias, h[t], 6 + RHYTHM_INPUTS, code, codes + slot(t, n) * code);
    }
    perceptron(p, &at->to_z, codes, bottleneck);
    linear(p + at->linear_to, NULL, codes, flat, latent, bottleneck);
    for (size_t k = 0; k < latent; k++) {
        const double mu = bottleneck[k], logvar = bottleneck[latent + k];
        z[k] = mu + exp(logvar / 2) * (double)c.noise[(size_t)i * latent + k];
        kl += 0.5 * (mu * mu + exp(logvar) - 1 - logvar);
    }
    memset(codes, 0, sizeof codes);
    perceptron(p, &at->from_z, z, codes);
    linear(p + at->linear_from, NULL, z, latent, flat, codes);
    told(item, item->told, n, in, code);
    for (int t = 0; t < n; t++)
        memcpy(in[t], codes + slot(t, n) * code, code * sizeof(double));
    lstm(p, &at->decoder[0].forth, in, n, false, y1, 0);
    lstm(p, &at->decoder[0].back, in, n, true, y1, 4);
    drop(i, 0, n, y1);
    lstm(p, &at->decoder[1].forth, y1, n, false, y2, 0);
    lstm(p, &at->decoder[1].back, y1, n, true, y2, 4);
    drop(i, 1, n, y2);
    memset(out, 0, sizeof out);
    for (int t = 0; t < n; t++) {
        memcpy(y2[t] + 8, in[t], (code + RHYTHM_INPUTS) * sizeof(double));
        linear(p + at->out, p + at->out_bias, y2[t], 8 + code + RHYTHM_INPUTS, RHYTHM_OUTPUTS, out[t]);
    }
    return loss_of(item, (const double(*)[WIDEST])out, n) +
           (double)c.batch.loss.kl * (kl > (double)c.batch.loss.free ? kl : (double)c.batch.loss.free);
}

static double twin(const double *p) {
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += pattern_loss(p, i);
    return sum / N;
}

/* ---- the tests ---- */

static void gradients(int threads) {
    const RhythmLoss *l = &c.batch.loss;
    RhythmNetwork *net;
    TbTraining *training;
    TbParameters table;
    const size_t n = tbi_rhythm_parameters(&sizes, &table);
    tb_set_threads(threads);
    assert_int_equal(tbi_training_new(&table, c.params, 0, &training), TB_OK);
    assert_int_equal(tbi_rhythm_network_new(&sizes, c.params, N, threads, &net), TB_OK);
    c.at = net->at;
    tbi_rhythm_pack(net, tbi_training_pool(training));
    tbi_training_zero_gradients(training);
    RhythmLosses losses = tbi_rhythm_run(net, &c.batch, training);
    tbi_training_reduce(training);
    double *p = malloc(n * sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (double)c.params[i];
    const double loss = (losses.hits + (double)l->velocity * losses.velocity + (double)l->offset * losses.offset +
                         (double)l->kl * losses.kl) /
                        N;
    print_message("loss %.6f, by definition %.6f\n", loss, twin(p));
    assert_true(fabs(loss - twin(p)) < LOSS_BOUND * loss);
    const float *gradient = tbi_training_gradients(training);
    for (size_t k = 0; k < table.n_tensors; k++) {
        const TbTensor *t = &table.tensors[k];
        const size_t size = t->rows * t->cols, stride = size / MOST_OF_A_TENSOR + 1;
        double error = 0, all = 1e-12;
        for (size_t i = t->offset + below((uint32_t)stride); i < t->offset + size; i += stride) {
            const double step = 1e-6, kept = p[i];
            p[i] = kept + step;
            double up = twin(p);
            p[i] = kept - step;
            double numeric = (up - twin(p)) / (2 * step);
            p[i] = kept;
            error += pow((double)gradient[i] - numeric, 2);
            all += numeric * numeric;
        }
        print_message("%-26s gradient error %.1e\n", t->name, sqrt(error / all));
        assert_true(sqrt(error / all) < GRADIENT_BOUND);
    }
    free(p);
    tbi_rhythm_network_free(net);
    tbi_training_free(training);
    tb_set_threads(1);
}

static void test_gradients(void **state) {
    (void)state;
    gradients(1);
}

static void test_gradients_of_two_threads(void **state) {
    (void)state;
    gradients(2);
}

/* Encoding and decoding give the same, however many patterns are beside a pattern. */
static void test_batches(void **state) {
    (void)state;
    RhythmNetwork *net;
    float mu[N * 5], one[5];
    static RhythmOutput out[N], alone;
    assert_int_equal(tbi_rhythm_network_new(&sizes, c.params, N, 1, &net), TB_OK);
    tbi_rhythm_pack(net, NULL);
    tbi_rhythm_encode(net, c.item, N, NULL, mu, NULL);
    tbi_rhythm_decode(net, c.item, N, mu, NULL, out);
    for (int i = 0; i < N; i++) {
        memset(&alone, 0, sizeof alone);
        tbi_rhythm_encode(net, &c.item[i], 1, NULL, one, NULL);
        tbi_rhythm_decode(net, &c.item[i], 1, mu + 5 * i, NULL, &alone);
        for (size_t k = 0; k < 5; k++)
            assert_true(fabsf(mu[(size_t)i * 5 + k] - one[k]) < 1e-4f);
        for (int t = 0; t < tb_rhythm_steps(&c.pattern[i]); t++)
            for (int d = 0; d < TB_DRUM_CLASSES; d++)
                assert_true(fabsf(out[i].logit[t][d] - alone.logit[t][d]) < 1e-3f);
    }
    tbi_rhythm_network_free(net);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_gradients, test_gradients_of_two_threads, test_batches);
}
