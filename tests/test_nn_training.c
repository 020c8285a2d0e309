/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training engine under a small LSTM: it learns, repeats itself bit for bit, resumes from a checkpoint as if it had
 * not been interrupted, averages weights and keeps the best. The task: bits that repeat with a period of 2 to 5. */
#include "nn/bernoulli_loss.h"
#include "nn/embedding.h"
#include "nn/layer_norm.h"
#include "nn/learning_rate.h"
#include "nn/lstm.h"
#include "nn/training.h"
#include "tests/central_difference.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

enum { UNITS = 24, WIDTH = 8, STREAMS = 6, LONGEST = 24, ROWS = STREAMS * LONGEST, WORKERS = 3 };

typedef struct {
    TbParameters parameters;
    size_t embedding, out, bias;
    TbLstmLayout layout;
    TbArena memory;
    float *params;
    TbLstm lstm;
    TbTraining *training;
    TbLstmTape tape[WORKERS];
    float dhidden[WORKERS][ROWS * UNITS], logits[WORKERS][ROWS], target[WORKERS][ROWS];
    int32_t bit[WORKERS][ROWS];
    float *x[WORKERS], *dx[WORKERS];
    size_t length[STREAMS];
    int32_t data[STREAMS][LONGEST + 1];
    double loss[WORKERS];
    size_t n_rows;
} Net;

static void make(Net *net, int threads) {
    memset(net, 0, sizeof *net);
    tb_set_threads(threads);
    net->embedding = tbi_parameters_add(&net->parameters, 2, WIDTH, true, "embedding");
    net->layout = tbi_lstm_add(&net->parameters, "lstm", WIDTH, UNITS);
    net->out = tbi_parameters_add(&net->parameters, 1, UNITS, true, "out.weight");
    net->bias = tbi_parameters_add(&net->parameters, 1, 1, false, "out.bias");
    TbRng seeded;
    tb_rng_seed(&seeded, 4);
    net->params = calloc(net->parameters.n_params, sizeof(float));
    for (size_t i = 0; i < 2 * WIDTH; i++)
        net->params[net->embedding + i] = tb_rng_normal(&seeded);
    for (size_t i = 0; i < UNITS; i++)
        net->params[net->out + i] = 0.2f * tb_rng_normal(&seeded);
    tbi_lstm_initialise(&net->layout, net->params, &seeded);
    tbi_lstm_init(&net->lstm, &net->layout, net->params, tbi_matmul_default(), &net->memory);
    for (int i = 0; i < threads; i++) {
        tbi_lstm_tape_init(&net->tape[i], &net->lstm, ROWS, STREAMS, &net->memory);
        net->x[i] = tbi_arena_floats(&net->memory, ROWS * WIDTH);
        net->dx[i] = tbi_arena_floats(&net->memory, ROWS * WIDTH);
    }
    assert_false(net->memory.failed);
    assert_int_equal(tbi_training_new(&net->parameters, net->params, 0.9, &net->training), TB_OK);
    assert_int_equal(tbi_training_keep_best(net->training), TB_OK);
}

static void drop(Net *net) {
    tbi_training_free(net->training);
    free(net->params), tbi_arena_free(&net->memory);
}

static void draw_batch(Net *net, uint64_t seed) {
    TbRng seeded;
    tb_rng_seed(&seeded, seed);
    net->n_rows = 0;
    for (int s = 0; s < STREAMS; s++) {
        size_t period = 2 + tb_rng_next(&seeded) % 4;
        net->length[s] = LONGEST - (size_t)s * 2;
        net->n_rows += net->length[s];
        for (size_t t = 0; t <= net->length[s]; t++)
            net->data[s][t] = t < period ? (int32_t)(tb_rng_next(&seeded) >> 31) : net->data[s][t - period];
    }
}

static void run_share(void *context, int index) {
    Net *net = context;
    size_t length[STREAMS], first[LONGEST + 1], n = 0, own[STREAMS];
    float hidden[STREAMS * UNITS] = {0}, cell[STREAMS * UNITS] = {0}, *logits = net->logits[index];
    float *gradients = tbi_training_worker_gradients(net->training, index), *x = net->x[index], *dx = net->dx[index];
    TbLstmTape *tape = &net->tape[index];
    const float *out = net->params + net->out;
    for (size_t s = (size_t)index; s < STREAMS; s += (size_t)tbi_thread_pool_count(tbi_training_pool(net->training))) {
        own[n] = s;
        length[n++] = net->length[s];
    }
    TbSteps steps = tbi_steps(length, n, first);
    const size_t rows = tbi_steps_rows(&steps);
    for (size_t t = 0; t < steps.n_steps; t++)
        for (size_t i = 0; i < tbi_steps_running(&steps, t); i++) {
            net->bit[index][first[t] + i] = net->data[own[i]][t];
            net->target[index][first[t] + i] = (float)net->data[own[i]][t + 1];
        }
    memset(x, 0, rows * WIDTH * sizeof *x);
    tbi_embedding_forward(net->params + net->embedding, WIDTH, net->bit[index], 1, rows, x, WIDTH);
    tbi_lstm_forward(&net->lstm, &steps, x, WIDTH, hidden, cell, tape);
    tbi_linear_small(out, UNITS, 1, tape->hidden, UNITS, rows, logits, 1);
    tbi_bias_forward(logits, 1, rows, 1, net->params + net->bias);
    net->loss[index] = tbi_bernoulli_loss(logits, net->target[index], NULL, rows, 1, 1 / (float)net->n_rows, logits);
    tbi_bias_backward(logits, 1, rows, 1, gradients + net->bias);
    for (size_t row = 0; row < rows; row++)
        for (size_t k = 0; k < UNITS; k++) {
            gradients[net->out + k] += logits[row] * tape->hidden[row * UNITS + k];
            net->dhidden[index][row * UNITS + k] = logits[row] * out[k];
        }
    tbi_lstm_backward(&net->lstm, &steps, x, WIDTH, net->dhidden[index], tape, dx, WIDTH, gradients);
    tbi_embedding_backward(dx, WIDTH, WIDTH, net->bit[index], 1, rows, gradients + net->embedding);
}

/* Nats a bit of one batch, with gradients. */
static double run(Net *net, uint64_t seed, TbDropout weight_drop) {
    TbThreadPool *pool = tbi_training_pool(net->training);
    draw_batch(net, seed);
    tbi_lstm_pack(&net->lstm, weight_drop);
    tbi_training_zero_gradients(net->training);
    tbi_thread_pool_run(pool, run_share, net);
    tbi_training_reduce(net->training);
    double loss = 0;
    for (int i = 0; i < tbi_thread_pool_count(pool); i++)
        loss += net->loss[i];
    return loss / (double)net->n_rows;
}

static double train(Net *net, uint64_t end) {
    double loss = 0;
    for (uint64_t step; (step = tbi_training_n_steps(net->training)) < end;) {
        const TbLearningRate rate = {0.02, 0.05, 10};
        const TbAdamConfig adam = {.learning_rate = tbi_learning_rate(&rate, step, (double)step / 300),
                                   .beta1 = 0.9,
                                   .beta2 = 0.98,
                                   .epsilon = 1e-8,
                                   .weight_decay = 0.01,
                                   .clip_norm = 1};
        loss = run(net, step, (TbDropout){tbi_dropout_key(1, step, 0), 0.1f});
        tbi_training_step(net->training, &adam);
        if ((step + 1) % 10 == 0)
            tbi_training_evaluated(net->training, fabs(loss - 0.3)); /* the best is not the last */
    }
    return loss;
}

static void same(const float *a, const float *b, size_t n) {
    assert_memory_equal(a, b, n * sizeof *a);
}

static void test_learns(void **state) {
    (void)state;
    static Net net;
    make(&net, 2);
    double first = run(&net, 1000, (TbDropout){0});
    train(&net, 300);
    double last = 0, averaged = 0;
    for (uint64_t seed = 2000; seed < 2010; seed++) /* unseen */
        last += run(&net, seed, (TbDropout){0}) / 10;
    tbi_training_swap_average(net.training);
    for (uint64_t seed = 2000; seed < 2010; seed++)
        averaged += run(&net, seed, (TbDropout){0}) / 10;
    print_message("nats a bit: %.3f -> %.3f, averaged weights %.3f\n", first, last, averaged);
    assert_true(first > 0.6 && last < 0.25 && averaged < 0.25); /* some is left: the first period is random */
    drop(&net);
}

static void test_repeats(void **state) {
    (void)state;
    static Net a, b;
    for (int threads = 1; threads <= WORKERS; threads++) {
        make(&a, threads);
        make(&b, threads);
        assert_true(train(&a, 30) == train(&b, 30));
        same(a.params, b.params, a.parameters.n_params);
        drop(&a);
        drop(&b);
    }
    make(&a, 1);
    make(&b, WORKERS);
    double la = run(&a, 7, (TbDropout){0}), lb = run(&b, 7, (TbDropout){0}), worst = 0, most = 0;
    for (size_t i = 0; i < a.parameters.n_params; i++) {
        worst =
            fmax(worst, fabs((double)tbi_training_gradients(a.training)[i] - tbi_training_gradients(b.training)[i]));
        most = fmax(most, fabs((double)tbi_training_gradients(a.training)[i]));
    }
    print_message("1 against %d threads: loss %.1e, gradient %.1e of %.1e\n", WORKERS, fabs(la - lb), worst, most);
    assert_true(fabs(la - lb) < 1e-5 && worst < 1e-4 * most); /* only the order of sums differs */
    drop(&a);
    drop(&b);
}

/* A step with a given gradient: the average follows the weights by (1 + t) / (10 + t), then by its decay. */
static void test_averages(void **state) {
    (void)state;
    TbParameters parameters = {0};
    tbi_parameters_add(&parameters, 1, 1, false, "x");
    float x = 5;
    double average = 5, moved = 5;
    TbTraining *training;
    tb_set_threads(1);
    assert_int_equal(tbi_training_new(&parameters, &x, 0.8, &training), TB_OK);
    for (int t = 1; t <= 60; t++) {
        tbi_training_gradients(training)[0] = 1;
        tbi_training_step(training, &(TbAdamConfig){.learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.99});
        double keep = fmin(0.8, (1.0 + t) / (10.0 + t));
        moved = x;
        average = keep * average + (1 - keep) * moved;
    }
    tbi_training_swap_average(training);
    assert_true(fabs(x - average) < 1e-5 && fabs(average - moved) > 0.1);
    tbi_training_swap_average(training);
    assert_true(x == (float)moved);
    assert_int_equal(tbi_training_evaluated(training, 4), 0);
    assert_null(tbi_training_best(training)); /* nobody has asked for it */
    assert_int_equal(tbi_training_keep_best(training), TB_OK);
    const float *best = tbi_training_best(training);
    assert_int_equal(tbi_training_keep_best(training), TB_OK);
    assert_ptr_equal(tbi_training_best(training), best);
    assert_int_equal(tbi_training_evaluated(training, 3), 0);
    x = 9;
    assert_int_equal(tbi_training_evaluated(training, 3), 1);
    assert_int_equal(tbi_training_evaluated(training, NAN), 2);
    assert_true(tbi_training_lowest_error(training) == 3 && tbi_training_best(training)[0] == (float)moved);
    assert_int_equal(tbi_training_evaluated(training, 2.5), 0);
    assert_true(tbi_training_best(training)[0] == 9);
    tbi_training_free(training);
}

/* Interrupted after any step and resumed in a new process' memory: the same bits at the end. */
static void test_resumes(void **state) {
    (void)state;
    static Net whole, a;
    ScratchFolder folder;
    assert_true(scratch_new(&folder));
    char path[100];
    snprintf(path, sizeof path, "%s/checkpoint", folder.path);
    const int64_t own[] = {5, 6};
    const TbTensorView extra = {"own", TB_I64, 1, {2}, own};
    const TbCheckpoint checkpoint = {"test 1", "run 1", "here", &extra, 1};
    make(&whole, 2);
    train(&whole, 50);
    const size_t n = whole.parameters.n_params;
    for (uint64_t stop = 1; stop < 50; stop += 16) {
        TbTensorFile *file;
        make(&a, 2);
        train(&a, stop);
        assert_int_equal(tbi_training_save(a.training, &checkpoint, path), TB_OK);
        drop(&a);
        make(&a, 2);
        assert_int_equal(tbi_training_resume(a.training, "test 1", "run 1", path, &file), TB_OK);
        assert_string_equal(tb_tensor_file_metadata(file, "place"), "here");
        assert_memory_equal(tb_tensor_file_find(file, "own")->data, own, sizeof own);
        tb_tensor_file_free(file);
        train(&a, 50);
        same(a.params, whole.params, n);
        same(tbi_training_best(a.training), tbi_training_best(whole.training), n);
        assert_true(tbi_training_lowest_error(a.training) == tbi_training_lowest_error(whole.training));
        tbi_training_swap_average(a.training);
        tbi_training_swap_average(whole.training);
        same(a.params, whole.params, n);
        tbi_training_swap_average(whole.training);
        TbTensorFile *refused;

        assert_int_equal(tbi_training_resume(a.training, "test 1", "run 2", path, &refused), TB_ERR_ARGUMENT);
        assert_int_equal(tbi_training_resume(a.training, "test 2", "run 1", path, &refused), TB_ERR_VERSION);
        assert_int_equal(tbi_training_resume(a.training, "other 1", "run 1", path, &refused), TB_ERR_FORMAT);
        assert_null(refused);
        drop(&a);
    }
    drop(&whole);
    scratch_free(&folder);
}

static void test_learning_rate(void **state) {
    (void)state;
    const TbLearningRate rate = {2, 0.1, 4};
    assert_true(fabs(tbi_learning_rate(&rate, 0, 0) - 0.5) < 1e-12);
    assert_true(fabs(tbi_learning_rate(&rate, 3, 0) - 2) < 1e-12);
    assert_true(fabs(tbi_learning_rate(&rate, 100, 0.5) - 2 * 0.55) < 1e-9);
    assert_true(fabs(tbi_learning_rate(&rate, 100, 1) - 0.2) < 1e-9);
    assert_true(fabs(tbi_learning_rate(&rate, 100, 3) - 0.2) < 1e-9);
}

int main(void) {
    tb_rng_seed(&rng, 1);
    return RUN_TESTS(NULL, NULL, test_learns, test_repeats, test_averages, test_resumes, test_learning_rate);
}
