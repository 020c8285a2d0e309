/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on melodies: gradients of the whole network; it learns. The network one note at a time gives what it gives
 * for whole melodies. */
#include "melody/stream.h"
#include "tests/run_tests.h"
#include "tests/small_melodies.h"

#include <math.h>
#include <stdio.h>

static TbMelodySet *set;

static int setup(void **state) {
    (void)state;
    return small_melodies(&set);
}

static int teardown(void **state) {
    (void)state;
    tb_melody_set_free(set);
    return 0;
}

/* Sequences of different lengths, with and without chords and their length. */
static size_t take(MelodySequence *sequence) {
    enum { N = 3 };
    static const size_t length[N] = {30, 17, 9};
    for (size_t i = 0; i < N; i++) {
        assert_true(set->part[0].example[i].n >= length[i]);
        sequence[i] = (MelodySequence){set->part[0].example[i].steps,
                                       length[i],
                                       i != 1,
                                       i != 2,
                                       (uint32_t)i,
                                       i == 2 ? MELODY_LATENT_NONE : MELODY_LATENT_DRAWN};
    }
    return N;
}

/* Along the gradient of each tensor, the loss rises as its norm says. */
static void test_gradients(void **state) {
    (void)state;
    static const double BOUND = 2e-3; /* the loss is computed in floats */
    MelodySequence sequence[3];
    const size_t n = take(sequence);
    for (int threads = 1; threads <= 2; threads++) {
        MelodyLayout at;
        MelodyNetwork *net;
        TbTraining *training;
        tb_set_threads(threads);
        tbi_melody_lay_out(&small_melody_sizes, &at);
        float *params = malloc(at.table.n_params * sizeof *params),
              *gradient = malloc(at.table.n_params * sizeof *params);
        TbRng rng;
        tb_rng_seed(&rng, 1);
        tbi_melody_initialise(&small_melody_sizes, &rng, params);
        tb_rng_seed(&rng, 2);
        for (size_t i = 0; i < at.table.n_params; i++)
            params[i] += 0.2f * tb_rng_normal(&rng);
        assert_int_equal(tbi_training_new(&at.table, params, 0, &training), TB_OK);
        assert_int_equal(tbi_melody_network_new(&small_melody_sizes, params, n, 100, threads, &net), TB_OK);
        const MelodyDropout dropout = {0.2f, 0.2f, 0.2f, .phrase = 0.3f, .kl = 0.5f, .free_bits = 0.1f, .seed = 5};
        tbi_melody_run(net, training, sequence, n, &dropout, true);
        memcpy(gradient, tbi_training_gradients(training), at.table.n_params * sizeof *gradient);
        for (size_t t = 0; t < at.table.n_tensors; t++) {
            const TbTensor *tensor = &at.table.tensors[t];
            const size_t size = tensor->rows * tensor->cols;
            const float *g = gradient + tensor->offset;
            double norm = 0, loss[4];
            for (size_t i = 0; i < size; i++)
                norm += (double)g[i] * (double)g[i];
            norm = sqrt(norm);
            const double h = 0.04, at_h[] = {h, -h, 2 * h, -2 * h};
            for (int side = 0; side < 4; side++) {
                float *p = params + tensor->offset, *kept = malloc(size * sizeof *kept);
                memcpy(kept, p, size * sizeof *kept);
                for (size_t i = 0; i < size; i++)
                    p[i] += (float)(at_h[side] * (double)g[i] / norm);
                MelodyLosses l = tbi_melody_run(net, training, sequence, n, &dropout, false);
                loss[side] = melody_nats(&l) + (double)dropout.kl * l.kl / (double)l.n_notes;
                memcpy(p, kept, size * sizeof *kept);
                free(kept);
            }
            const double slope = (8 * (loss[0] - loss[1]) - (loss[2] - loss[3])) / (12 * h);
            print_message("%-16s gradient %.5f, differences %.5f\n", tensor->name, norm, slope);
            assert_true(norm > 1e-4);
            assert_true(fabs(slope - norm) < BOUND * norm + 2e-5);
        }
        tbi_melody_network_free(net);
        tbi_training_free(training);
        free(params), free(gradient);
    }
    tb_set_threads(1);
}

static void test_learns(void **state) {
    (void)state;
    TbMelodyModel *model;
    const size_t row = (4 * MELODY_PLAN_LAGS + 0) * MELODY_PLAN_LAGS;
    double staying = 0; /* bar 5 returns with a lag of 4 bars after a new one */
    TbMelodyReport report;
    assert_int_equal(small_melody_trained(set, &report, &model), TB_OK);
    print_message("held out: %.3f nats a note\n", report.progress.held_out);
    assert_int_equal(report.progress.step, 100);
    assert_true(report.progress.held_out < 3.2); /* by chance: log(97) + log(97) + log(64) = 13.3 */
    for (size_t k = 0; k < MELODY_PLAN_LAGS; k++)
        staying += (double)model->facts.lags[row + k];
    assert_float_equal(staying, 1, 1e-2);
    assert_true(model->facts.lags[row + 4] > 0.9f);
    tb_melody_model_free(model);
}

/* The stream's probabilities of the notes of a melody are those of the whole, told of chords and phrases or not. */
static void test_stream(void **state) {
    (void)state;
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    small_melody_options(&plan, &o);
    plan.steps = plan.look_every = 20;
    TbMelodyModel *model;
    assert_int_equal(tbi_melody_train(set, &small_melody_sizes, &plan, &o, &model), TB_OK);
    const MelodyExample *e = &set->part[0].example[0];
    MelodyExamples one = {(MelodyExample *)e, 1, 1, e->n};
    MelodyLosses losses;
    double nats[MELODY_FIELDS] = {0};
    float mu[4 * MELODY_LATENT];
    size_t notes[4], n_phrases = (size_t)e->steps[e->n - 1].phrase + 1;
    assert_true(n_phrases > 1 && n_phrases <= 4);
    tbi_melody_encode(&model->at.latent, model->params, e->steps, e->n, n_phrases, mu, notes);
    for (int how = 0; how < 4; how++) {
        const bool chords = how % 2, told = how / 2;
        TbArena memory = {0};
        MelodyStream stream;
        MelodyReader reader = tbi_melody_reader(&e->melody);
        reader.ends = false; /* as in tbi_melody_evaluate */
        tbi_melody_stream_init(&stream, model, chords, &memory);
        memset(nats, 0, sizeof nats);
        for (size_t i = 0; i < e->n; i++) {
            MelodyStep step;
            tbi_melody_step(&reader, i, &step);
            if (told)
                tbi_melody_stream_phrase(&stream, mu + step.phrase * MELODY_LATENT);
            tbi_melody_stream_read(&stream, &step);
            for (int f = 0; f < MELODY_FIELDS; f++) {
                double sum = 0;
                tbi_melody_stream_logits(&stream, &step, (MelodyField)f);
                for (size_t k = 0; k < melody_classes[f]; k++)
                    if (f != MELODY_GAP || (int)k >= step.shortest)
                        sum += exp((double)stream.logits[k]);
                nats[f] += log(sum) - (double)stream.logits[step.chosen[f]];
            }
        }
        tbi_arena_free(&memory);
        assert_int_equal(
            tbi_melody_evaluate(model, &one, chords, told ? MELODY_LATENT_MEAN : MELODY_LATENT_NONE, &losses), TB_OK);
        for (int f = 0; f < MELODY_FIELDS; f++) {
            print_message("%.5f nats by steps, %.5f at once\n", nats[f], losses.nats[f]);
            assert_true(fabs(nats[f] - losses.nats[f]) < 1e-3 * (1 + losses.nats[f]));
        }
    }
    tb_melody_model_free(model);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_gradients, test_learns, test_stream);
}
