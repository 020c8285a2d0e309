/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The LSTM against its definition in double, its gradients against central differences of that, over shapes, lengths
 * and matrix products; carried state, weight-drop and single steps. */
#include "nn/lstm.h"
#include "tests/central_difference.h"
#include "tests/run_tests.h"

static const double OUTPUT_BOUND[TB_MATMUL_BACKENDS] = {1e-6, 1e-6, 1e-6, 2e-5};

typedef struct {
    size_t in, units, n;
    size_t length[6]; /* falling */
    float drop;
} Shape;

static const Shape shapes[] = {{3, 5, 1, {1}, 0},
                               {7, 4, 2, {3, 1}, 0},
                               {5, 16, 3, {4, 4, 2}, 0.3f},
                               {11, 19, 6, {7, 7, 5, 3, 1, 1}, 0},
                               {9, 33, 4, {3, 2, 2, 1}, 0.5f}};

/* A layer with random weights, input, initial state, and weights c of the loss, which is the sum of c h. */
typedef struct {
    const Shape *shape;
    TbParameters parameters;
    TbLstmLayout layout;
    size_t first[16], rows;
    TbSteps steps;
    float *params, *x, *hidden, *cell, *c, *mask; /* mask [4 units][units]: of weight-drop */
} Case;

static void make(const Shape *shape, Case *a) {
    memset(a, 0, sizeof *a);
    a->shape = shape;
    a->layout = tbi_lstm_add(&a->parameters, "lstm", shape->in, shape->units);
    a->steps = tbi_steps(shape->length, shape->n, a->first);
    a->rows = tbi_steps_rows(&a->steps);
    a->params = draw(a->parameters.n_params);
    for (size_t i = 0; i < a->parameters.n_params; i++)
        a->params[i] *= 0.5f;
    a->x = draw(a->rows * shape->in);
    a->c = draw(a->rows * shape->units);
    a->hidden = draw(shape->n * shape->units);
    a->cell = draw(shape->n * shape->units);
    a->mask = draw(4 * shape->units * shape->units);
    for (size_t i = 0; i < 4 * shape->units * shape->units; i++)
        a->mask[i] = 1;
    tbi_dropout((TbDropout){99, shape->drop}, NULL, 4 * shape->units, shape->units, a->mask, shape->units);
}

static void drop(Case *a) {
    free(a->params), free(a->x), free(a->c), free(a->hidden), free(a->cell), free(a->mask);
}

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

/* The definition. h, if not NULL, receives the output. */
static double twin(const Case *a, const double *params, const double *x, double *h) {
    enum { MOST = 64 };
    const size_t in = a->shape->in, u = a->shape->units;
    double loss = 0;
    for (size_t s = 0; s < a->shape->n; s++) {
        double hidden[MOST], cell[MOST], gate[4 * MOST];
        for (size_t k = 0; k < u; k++)
            hidden[k] = a->hidden[s * u + k], cell[k] = a->cell[s * u + k];
        for (size_t t = 0; t < a->shape->length[s]; t++) {
            const size_t row = a->first[t] + s;
            for (size_t g = 0; g < 4 * u; g++) {
                gate[g] = params[a->layout.bias + g];
                for (size_t k = 0; k < in; k++)
                    gate[g] += params[a->layout.input + g * in + k] * x[row * in + k];
                for (size_t k = 0; k < u; k++)
                    gate[g] += params[a->layout.recurrent + g * u + k] * a->mask[g * u + k] * hidden[k];
            }
            for (size_t k = 0; k < u; k++) {
                cell[k] = logistic(gate[u + k]) * cell[k] + logistic(gate[k]) * tanh(gate[2 * u + k]);
                hidden[k] = logistic(gate[3 * u + k]) * tanh(cell[k]);
                loss += a->c[row * u + k] * hidden[k];
                if (h)
                    h[row * u + k] = hidden[k];
            }
        }
    }
    return loss;
}

static double of_params(const double *params, const void *context) {
    const Case *a = context;
    double *x = doubles(a->x, a->rows * a->shape->in), loss = twin(a, params, x, NULL);
    free(x);
    return loss;
}

static double of_x(const double *x, const void *context) {
    const Case *a = context;
    double *params = doubles(a->params, a->parameters.n_params), loss = twin(a, params, x, NULL);
    free(params);
    return loss;
}

/* The layer under test, with its memory. */
typedef struct {
    TbLstm lstm;
    TbLstmTape tape;
    TbArena memory;
    float *hidden, *cell;
} Layer;

static void make_layer(const Case *a, TbMatmulBackend backend, Layer *layer) {
    size_t n_state = a->shape->n * a->shape->units;
    layer->memory = (TbArena){0};
    tbi_lstm_init(&layer->lstm, &a->layout, a->params, backend, &layer->memory);
    tbi_lstm_tape_init(&layer->tape, &layer->lstm, a->rows, a->shape->n, &layer->memory);
    assert_false(layer->memory.failed);
    layer->hidden = draw(n_state);
    layer->cell = draw(n_state);
    memcpy(layer->hidden, a->hidden, n_state * sizeof(float));
    memcpy(layer->cell, a->cell, n_state * sizeof(float));
    tbi_lstm_pack(&layer->lstm, (TbDropout){99, a->shape->drop});
}

static void drop_layer(Layer *layer) {
    tbi_arena_free(&layer->memory), free(layer->hidden), free(layer->cell);
}

/* Forward of all backends against the definition. Backward of the plain one against central differences of the
 * definition, which take long, and of the others against that. */
static void check_shape(const Shape *shape) {
    Case a;
    make(shape, &a);
    const size_t u = shape->units, n_x = a.rows * shape->in, n_params = a.parameters.n_params;
    double *params = doubles(a.params, n_params), *x = doubles(a.x, n_x), *h = calloc(a.rows * u, sizeof *h);
    double *plain = calloc(n_params, sizeof *plain), *plain_dx = calloc(n_x, sizeof *plain_dx);
    twin(&a, params, x, h);
    for (int b = 0; b < TB_MATMUL_BACKENDS; b++) {
        Layer layer;
        if (!tbi_matmul_available((TbMatmulBackend)b))
            continue;
        make_layer(&a, (TbMatmulBackend)b, &layer);
        tbi_lstm_forward(&layer.lstm, &a.steps, a.x, shape->in, layer.hidden, layer.cell, &layer.tape);
        double error = distance(layer.tape.hidden, h, a.rows * u);
        assert_true(error < OUTPUT_BOUND[b]);
        for (size_t i = 0; i < shape->n; i++) /* the final state is that of each sequence's last step */
            assert_memory_equal(layer.hidden + i * u, layer.tape.hidden + (a.first[shape->length[i] - 1] + i) * u,
                                u * sizeof(float));
        float *gradients = draw(n_params), *dx = draw(n_x), *before = draw(n_params), *dhidden = draw(a.rows * u);
        memcpy(before, gradients, n_params * sizeof *before);
        memcpy(dhidden, a.c, a.rows * u * sizeof *dhidden);
        tbi_lstm_backward(&layer.lstm, &a.steps, a.x, shape->in, dhidden, &layer.tape, dx, shape->in, gradients);
        for (size_t i = 0; i < n_params; i++)
            gradients[i] -= before[i]; /* gradients accumulate */
        if (b == TB_MATMUL_PLAIN) {
            assert_true(check("weights", of_params, &a, a.params, gradients, n_params) < GRADIENT_BOUND / 2);
            assert_true(check("input", of_x, &a, a.x, dx, n_x) < GRADIENT_BOUND / 2);
            for (size_t i = 0; i < n_params; i++)
                plain[i] = gradients[i];
            for (size_t i = 0; i < n_x; i++)
                plain_dx[i] = dx[i];
        }
        double weights = distance(gradients, plain, n_params), input = distance(dx, plain_dx, n_x);
        print_message("backend %d, %zu x %zu, %zu rows: output %.1e, gradients from plain %.1e, %.1e\n", b, shape->in,
                      u, a.rows, error, weights, input);
        assert_true(weights < GRADIENT_BOUND / 2 && input < GRADIENT_BOUND / 2);
        free(gradients), free(dx), free(before), free(dhidden);
        drop_layer(&layer);
    }
    free(params), free(x), free(h), free(plain), free(plain_dx);
    drop(&a);
}

static void test_against_definition(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        check_shape(&shapes[s]);
}

/* A run in two chunks with carried state gives what one run gives. */
static void test_carries_state(void **state) {
    (void)state;
    static const Shape whole = {6, 20, 3, {9, 9, 9}, 0}, part = {6, 20, 3, {4, 4, 4}, 0},
                       rest = {6, 20, 3, {5, 5, 5}, 0};
    Case a;
    Layer one, two;
    make(&whole, &a);
    make_layer(&a, TB_MATMUL_PLAIN, &one);
    make_layer(&a, TB_MATMUL_PLAIN, &two);
    tbi_lstm_forward(&one.lstm, &a.steps, a.x, 6, one.hidden, one.cell, &one.tape);
    size_t first[16];
    TbSteps steps = tbi_steps(part.length, 3, first);
    tbi_lstm_forward(&two.lstm, &steps, a.x, 6, two.hidden, two.cell, &two.tape);
    assert_memory_equal(two.tape.hidden, one.tape.hidden, 12 * 20 * sizeof(float));
    steps = tbi_steps(rest.length, 3, first);
    tbi_lstm_forward(&two.lstm, &steps, a.x + 12 * 6, 6, two.hidden, two.cell, &two.tape);
    assert_memory_equal(two.tape.hidden, one.tape.hidden + 12 * 20, 15 * 20 * sizeof(float));
    assert_memory_equal(two.hidden, one.hidden, 3 * 20 * sizeof(float));
    assert_memory_equal(two.cell, one.cell, 3 * 20 * sizeof(float));
    drop_layer(&one);
    drop_layer(&two);
    drop(&a);
}

/* Step by step without packing: as all at once. */
static void test_steps(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        Shape shape = shapes[s];
        shape.drop = 0;
        Case a;
        Layer layer;
        make(&shape, &a);
        make_layer(&a, TB_MATMUL_PLAIN, &layer);
        tbi_lstm_forward(&layer.lstm, &a.steps, a.x, shape.in, layer.hidden, layer.cell, &layer.tape);
        float *gates = draw(8 * shape.units);
        for (size_t t = 0; t < shape.length[0]; t++) {
            tbi_lstm_step(&a.layout, a.params, a.x + a.first[t] * shape.in, a.hidden, a.cell, gates);
            for (size_t k = 0; k < shape.units; k++)
                assert_true(fabsf(a.hidden[k] - layer.tape.hidden[a.first[t] * shape.units + k]) < 2e-6f);
        }
        free(gates);
        drop_layer(&layer);
        drop(&a);
    }
}

static void test_initialises(void **state) {
    (void)state;
    TbParameters parameters = {0};
    TbLstmLayout layout = tbi_lstm_add(&parameters, "x", 3, 25);
    float *params = draw(parameters.n_params);
    tbi_lstm_initialise(&layout, params, &rng);
    double sum = 0;
    for (size_t i = layout.input; i < layout.bias; i++) {
        assert_true(fabsf(params[i]) <= 0.2f);
        sum += params[i] * params[i];
    }
    double deviation = sqrt(sum / (double)(layout.bias - layout.input));
    assert_true(fabs(deviation - 0.2 / sqrt(3)) < 0.005);
    for (size_t k = 0; k < 100; k++)
        assert_true(params[layout.bias + k] == (k >= 25 && k < 50 ? 1 : 0));
    free(params);
}

int main(void) {
    tb_rng_seed(&rng, 11);
    return RUN_TESTS(NULL, NULL, test_against_definition, test_carries_state, test_steps, test_initialises);
}
