/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/piano_network.h"
#include "base/no_memory.h"
#include "nn/bernoulli_loss.h"
#include "nn/embedding.h"
#include "nn/layer_norm.h"
#include "nn/lstm.h"

#include <math.h>
#include <stdlib.h>

enum {
    VOICES = 4,
    PITCH_CLASSES = 12,
    LONG_CYCLE = 32, /* cycles of the place in time: 4/4 and its like, 3/4 and 6/8 */
    SHORT_CYCLE = 24,
    SYMBOLS = VOICES * KEYS + LONG_CYCLE + SHORT_CYCLE,
    PLAIN = KEYS + PITCH_CLASSES, /* inputs that are not embedded */
    MAX_WORKERS = 64,
};

/* Offsets in the slab. */
typedef struct {
    size_t embedding, direct, out, bias;
    TbLstmLayout lstm[MAX_LAYERS];
} Offsets;

/* What one worker needs; [rows] are those of its excerpts. */
typedef struct {
    float *x;                   /* [rows][in]: embedding, keys, pitch classes */
    float *kept;                /* [rows][PLAIN]: 1 / (1 - rate) or 0 of each key */
    float *y, *logits, *target; /* [rows][outputs], [rows][KEYS] twice */
    float *dhidden, *dx, *dbelow;
    float *dropped[MAX_LAYERS]; /* [rows][units]: the layers' outputs after dropout */
    float *hidden, *cell;       /* [sequences][units] */
    float *scratch;
    TbLstmTape tape[MAX_LAYERS];
    const Excerpt *excerpt[MAX_STREAMS];
    size_t n_excerpts, first[1 << 14];
    const Excerpt **row_excerpt; /* [rows] */
    size_t *row_frame;           /* [rows] */
    uint32_t *row_id;            /* [rows]: place for dropout */
    TbSteps steps;
    double loss;
} Worker;

struct PianoNetwork {
    PianoOptions options;
    TbParameters parameters;
    Offsets at;
    TbTraining *training;
    TbMatmulBackend backend;
    size_t in, filters, outputs, ld_out, rows; /* rows: at most, per worker */
    float *params, *block, *state;             /* state: [layers][hidden, cell][streams][units] */
    TbLstm lstm[MAX_LAYERS];
    TbLinear out;
    int n_workers;
    Worker *worker;
    struct {
        const Excerpt *excerpts;
        size_t n, n_rows;
        bool learn;
    } job;
};

/* ---- structure ---- */

static size_t width_in(const PianoNetwork *net, int layer) {
    return layer ? (size_t)net->options.units : net->in;
}

static void lay_out(PianoNetwork *net) {
    const PianoOptions *o = &net->options;
    TbParameters *p = &net->parameters;
    size_t units = (size_t)o->units;
    net->in = (size_t)o->embedding + PLAIN;
    net->filters = (size_t)(o->lags * VOICES * (2 * o->taps + 1));
    net->outputs = KEYS + net->filters;
    net->ld_out = tb_padded((int)net->outputs);
    net->at.embedding = tbi_parameters_add(p, SYMBOLS, (size_t)o->embedding, true, "embedding");
    net->at.direct = tbi_parameters_add(p, SYMBOLS, KEYS, true, "direct");
    char name[16] = "lstm.0";
    for (int i = 0; i < o->layers; i++, name[5]++)
        net->at.lstm[i] = tbi_lstm_add(p, name, width_in(net, i), units);
    net->at.out = tbi_parameters_add(p, net->outputs, units, true, "out.weight");
    net->at.bias = tbi_parameters_add(p, 1, net->outputs, false, "out.bias");
}

static void initialise(PianoNetwork *net) {
    TbRng rng;
    tb_rng_seed(&rng, net->options.seed);
    const size_t units = (size_t)net->options.units;
    memset(net->params, 0, net->parameters.n_params * sizeof *net->params);
    for (size_t i = 0; i < SYMBOLS * (size_t)net->options.embedding; i++)
        net->params[net->at.embedding + i] = 0.1f * tb_rng_normal(&rng);
    for (int i = 0; i < net->options.layers; i++)
        tbi_lstm_initialise(&net->at.lstm[i], net->params, &rng);
    for (size_t i = 0; i < net->outputs * units; i++)
        net->params[net->at.out + i] =
            (i < KEYS * units ? 1.0f : 0.3f) / sqrtf((float)units) * (2 * tb_rng_uniform(&rng) - 1);
}

void piano_network_set_odds(PianoNetwork *net, const double *on) {
    for (size_t k = 0; k < KEYS; k++) {
        double p = fmin(fmax(on[k], 1e-4), 1 - 1e-4);
        net->params[net->at.bias + k] = (float)log(p / (1 - p));
    }
}

/* Assigns all arrays, or only counts if there is no block. */
static size_t set_up(PianoNetwork *net) {
    const PianoOptions *o = &net->options;
    const size_t units = (size_t)o->units, streams = (size_t)o->streams;
    TbArena arena = {.block = net->block};
    for (int i = 0; i < o->layers; i++)
        tbi_lstm_init(&net->lstm[i], &net->at.lstm[i], net->params, net->backend, &arena);
    float *packed = tbi_arena_alloc(&arena, tbi_linear_packed_size(net->backend, units, net->outputs));
    if (packed)
        tbi_linear_init(&net->out, net->backend, net->params + net->at.out, units, net->outputs, packed);
    net->state = tbi_arena_alloc(&arena, (size_t)o->layers * 2 * streams * units);
    for (int i = 0; i < net->n_workers; i++) {
        Worker *w = &net->worker[i];
        w->x = tbi_arena_alloc(&arena, net->rows * net->in);
        w->kept = tbi_arena_alloc(&arena, net->rows * PLAIN);
        w->y = tbi_arena_alloc(&arena, net->rows * net->ld_out);
        w->logits = tbi_arena_alloc(&arena, net->rows * KEYS);
        w->target = tbi_arena_alloc(&arena, net->rows * KEYS);
        w->dhidden = tbi_arena_alloc(&arena, net->rows * units);
        w->dbelow = tbi_arena_alloc(&arena, net->rows * units);
        w->dx = tbi_arena_alloc(&arena, net->rows * net->in);
        w->hidden = tbi_arena_alloc(&arena, streams * units);
        w->cell = tbi_arena_alloc(&arena, streams * units);
        w->scratch = tbi_arena_alloc(&arena, tbi_linear_scratch(net->backend, units, net->outputs, net->rows));
        for (int k = 0; k < o->layers; k++) {
            w->dropped[k] = tbi_arena_alloc(&arena, net->rows * units);
            tbi_lstm_tape_init(&w->tape[k], &net->lstm[k], net->rows, streams, &arena);
        }
    }
    return arena.used;
}

TbStatus piano_network_new(const PianoOptions *options, PianoNetwork **result) {
    PianoNetwork *net = *result = calloc(1, sizeof *net);
    if (!net)
        return tbi_no_memory("for the network");
    net->options = *options;
    net->backend = tbi_matmul_default();
    net->n_workers = tbi_threads();
    lay_out(net);
    net->rows =
        ((size_t)options->streams + (size_t)net->n_workers - 1) / (size_t)net->n_workers * (size_t)options->chunk;
    net->params = tbi_floats_new(net->parameters.n_params);
    net->worker = calloc((size_t)net->n_workers, sizeof *net->worker);
    bool enough = net->params && net->worker;
    if (enough) {
        initialise(net);
        size_t n = set_up(net);
        net->block = tbi_floats_new(n);
        enough = net->block;
        if (enough) {
            memset(net->block, 0, n * sizeof *net->block);
            set_up(net);
        }
    }
    for (int i = 0; enough && i < net->n_workers; i++) {
        Worker *w = &net->worker[i];
        w->row_excerpt = malloc(net->rows * sizeof(void *));
        w->row_frame = malloc(net->rows * sizeof *w->row_frame);
        w->row_id = malloc(net->rows * sizeof *w->row_id);
        enough = w->row_excerpt && w->row_frame && w->row_id;
    }
    TbStatus status = enough ? tbi_training_new(&net->parameters, net->params, options->average, &net->training)
                             : tbi_no_memory("for the network");
    if (status != TB_OK) {
        piano_network_free(net);
        *result = NULL;
    }
    return status;
}

void piano_network_free(PianoNetwork *net) {
    if (!net)
        return;
    for (int i = 0; net->worker && i < net->n_workers; i++) {
        free(net->worker[i].row_excerpt);
        free(net->worker[i].row_frame);
        free(net->worker[i].row_id);
    }
    tbi_training_free(net->training);
    free(net->worker);
    free(net->params);
    free(net->block);
    free(net);
}

TbTraining *piano_network_training(PianoNetwork *net) {
    return net->training;
}

static float *state_of(const PianoNetwork *net, int layer, int which, int stream) {
    const PianoOptions *o = &net->options;
    return net->state + (size_t)(((layer * 2 + which) * o->streams + stream) * o->units);
}

void piano_network_reset(PianoNetwork *net, int stream) {
    for (int layer = 0; layer < net->options.layers; layer++)
        for (int which = 0; which < 2; which++)
            memset(state_of(net, layer, which, stream), 0, (size_t)net->options.units * sizeof(float));
}

/* ---- rows ---- */

/* The voice of note i of n. */
static size_t voice_of(size_t i, size_t n) {
    return i + 1 == n ? 3 : i == 0 ? 0 : 2 * i < n ? 1 : 2;
}

static const uint8_t *notes_of(const Worker *w, size_t row, size_t lag, size_t *n) {
    const Roll *roll = w->row_excerpt[row]->roll;
    size_t t = w->row_frame[row];
    *n = t >= lag ? roll->start[t - lag + 1] - roll->start[t - lag] : 0;
    return roll->note + (t >= lag ? roll->start[t - lag] : 0);
}

/* Every n_workers-th excerpt from `index` on, and the rows of their steps. */
static void take_excerpts(PianoNetwork *net, Worker *w, int index) {
    size_t length[MAX_STREAMS];
    w->n_excerpts = 0;
    for (size_t i = (size_t)index; i < net->job.n; i += (size_t)net->n_workers) {
        w->excerpt[w->n_excerpts] = &net->job.excerpts[i];
        length[w->n_excerpts++] = net->job.excerpts[i].n;
    }
    w->steps = tbi_steps(length, w->n_excerpts, w->first);
    for (size_t t = 0; t < w->steps.n_steps; t++)
        for (size_t i = 0; i < tbi_steps_running(&w->steps, t); i++) {
            size_t row = w->first[t] + i;
            w->row_excerpt[row] = w->excerpt[i];
            w->row_frame[row] = w->excerpt[i]->first + t;
            w->row_id[row] = (uint32_t)w->excerpt[i]->stream << 16 | (net->options.locked ? 0 : (uint32_t)t);
        }
}

static TbDropout drop(const PianoNetwork *net, uint32_t site, double rate) {
    if (!net->job.learn)
        return (TbDropout){0};
    return (TbDropout){tbi_dropout_key(net->options.seed, tbi_training_n_steps(net->training), site), (float)rate};
}

enum { SITE_INPUT, SITE_EMBEDDED, SITE_OUTPUT, SITE_RECURRENT = 8, SITE_BETWEEN = 16 };

/* The symbols of a row, without those notes that dropout removes. */
static size_t symbols_of(const Worker *w, size_t row, int32_t *symbol) {
    size_t n, found = 0;
    const uint8_t *note = notes_of(w, row, 0, &n);
    for (size_t i = 0; i < n; i++)
        if (w->kept[row * PLAIN + note[i]] > 0)
            symbol[found++] = (int32_t)(voice_of(i, n) * KEYS + note[i]);
    symbol[found++] = VOICES * KEYS + (int32_t)(w->row_frame[row] % LONG_CYCLE);
    symbol[found++] = VOICES * KEYS + LONG_CYCLE + (int32_t)(w->row_frame[row] % SHORT_CYCLE);
    return found;
}

static void read_frames(PianoNetwork *net, Worker *w) {
    const size_t rows = tbi_steps_rows(&w->steps), embedding = (size_t)net->options.embedding;
    int32_t symbol[KEYS + 2];
    for (size_t i = 0; i < rows * PLAIN; i++)
        w->kept[i] = 1;
    tbi_dropout(drop(net, SITE_INPUT, net->options.input), w->row_id, rows, PLAIN, w->kept, PLAIN);
    memset(w->x, 0, rows * net->in * sizeof *w->x);
    memset(w->target, 0, rows * KEYS * sizeof *w->target);
    for (size_t row = 0; row < rows; row++) {
        float *x = w->x + row * net->in, *keys = x + embedding, *classes = keys + KEYS;
        const float *kept = w->kept + row * PLAIN;
        size_t n_symbols = symbols_of(w, row, symbol), n;
        tbi_embedding_forward(net->params + net->at.embedding, embedding, symbol, 1, n_symbols, x, 0);
        const uint8_t *note = notes_of(w, row, 0, &n);
        for (size_t i = 0; i < n; i++) {
            size_t class = (note[i] + LOWEST_KEY) % PITCH_CLASSES;
            keys[note[i]] = kept[note[i]];
            classes[class] = kept[KEYS + class];
        }
        const Roll *roll = w->row_excerpt[row]->roll;
        size_t next = w->row_frame[row] + 1;
        for (size_t i = roll->start[next]; i < roll->start[next + 1]; i++)
            w->target[row * KEYS + roll->note[i]] = 1;
    }
    tbi_dropout(drop(net, SITE_EMBEDDED, net->options.embedded), w->row_id, rows, embedding, w->x, net->in);
}

/* ---- output ---- */

/* The filters of a row: adds to logits, or, backward, to dfilters the gradient that comes from dlogits. */
static void filter(const PianoNetwork *net, const Worker *w, size_t row, float *filters, float *logits, bool backward) {
    const int taps = net->options.taps;
    const size_t width = (size_t)(2 * taps + 1);
    for (size_t lag = 0; lag < (size_t)net->options.lags; lag++) {
        size_t n;
        const uint8_t *note = notes_of(w, row, lag, &n);
        for (size_t i = 0; i < n; i++) {
            float *f = filters + (lag * VOICES + voice_of(i, n)) * width;
            int q = note[i], low = q < taps ? taps - q : 0, high = q + taps >= KEYS ? KEYS - 1 - q + taps : 2 * taps;
            for (int k = low; k <= high; k++)
                if (backward)
                    f[k] += logits[q - taps + k];
                else
                    logits[q - taps + k] += f[k];
        }
    }
}

static void forward_output(PianoNetwork *net, Worker *w, const float *h) {
    const size_t rows = tbi_steps_rows(&w->steps), units = (size_t)net->options.units;
    int32_t symbol[KEYS + 2];
    tbi_linear_forward(&net->out, h, units, rows, w->y, net->ld_out, w->scratch);
    tbi_bias_forward(w->y, net->ld_out, rows, (int)net->outputs, net->params + net->at.bias);
    for (size_t row = 0; row < rows; row++) {
        float *y = w->y + row * net->ld_out, *logits = w->logits + row * KEYS;
        memcpy(logits, y, KEYS * sizeof *logits);
        tbi_embedding_forward(net->params + net->at.direct, KEYS, symbol, 1, symbols_of(w, row, symbol), logits, 0);
        filter(net, w, row, y + KEYS, logits, false);
    }
}

/* logits hold their gradients; fills dhidden, before the dropout of the output. */
static void backward_output(PianoNetwork *net, Worker *w, const float *h, float *gradients) {
    const size_t rows = tbi_steps_rows(&w->steps), units = (size_t)net->options.units;
    int32_t symbol[KEYS + 2];
    for (size_t row = 0; row < rows; row++) {
        float *dy = w->y + row * net->ld_out, *dlogits = w->logits + row * KEYS;
        memset(dy, 0, net->outputs * sizeof *dy);
        memcpy(dy, dlogits, KEYS * sizeof *dy);
        filter(net, w, row, dy + KEYS, dlogits, true);
        tbi_embedding_backward(dlogits, 0, KEYS, symbol, 1, symbols_of(w, row, symbol), gradients + net->at.direct);
    }
    tbi_bias_backward(w->y, net->ld_out, rows, (int)net->outputs, gradients + net->at.bias);
    tbi_linear_backward_weight(&net->out, w->y, net->ld_out, h, units, rows, gradients + net->at.out, w->scratch);
    tbi_linear_backward_input(&net->out, w->y, net->ld_out, rows, w->dhidden, units, w->scratch);
}

/* ---- the whole ---- */

static void pack_share(void *context, int index) {
    PianoNetwork *net = context;
    for (int i = 0; i < net->options.layers; i++)
        if (i % net->n_workers == index)
            tbi_lstm_pack(&net->lstm[i], drop(net, SITE_RECURRENT + (uint32_t)i, net->options.recurrent));
    if (net->options.layers % net->n_workers == index) {
        tbi_linear_pack(&net->out, false);
        tbi_linear_pack(&net->out, true);
    }
}

static TbDropout drop_after(const PianoNetwork *net, int layer) {
    return layer + 1 == net->options.layers ? drop(net, SITE_OUTPUT, net->options.output)
                                            : drop(net, SITE_BETWEEN + (uint32_t)layer, net->options.between);
}

static void move_state(PianoNetwork *net, Worker *w, int layer, bool save) {
    const size_t units = (size_t)net->options.units;
    float *side[] = {w->hidden, w->cell};
    for (int which = 0; which < 2; which++)
        for (size_t i = 0; i < w->n_excerpts; i++) {
            float *stored = state_of(net, layer, which, w->excerpt[i]->stream), *used = side[which] + i * units;
            memcpy(save ? stored : used, save ? used : stored, units * sizeof *used);
        }
}

static void backward(PianoNetwork *net, Worker *w, size_t rows, float *gradients) {
    const size_t units = (size_t)net->options.units, embedding = (size_t)net->options.embedding;
    const int last = net->options.layers - 1;
    int32_t symbol[KEYS + 2];
    backward_output(net, w, w->dropped[last], gradients);
    for (int layer = last; layer >= 0; layer--) {
        const float *x = layer ? w->dropped[layer - 1] : w->x;
        float *dx = layer ? w->dbelow : w->dx;
        size_t ldx = width_in(net, layer);
        tbi_dropout(drop_after(net, layer), w->row_id, rows, units, w->dhidden, units);
        tbi_lstm_backward(&net->lstm[layer], &w->steps, x, ldx, w->dhidden, &w->tape[layer], dx, ldx, gradients);
        if (layer)
            memcpy(w->dhidden, w->dbelow, rows * units * sizeof *w->dhidden);
    }
    tbi_dropout(drop(net, SITE_EMBEDDED, net->options.embedded), w->row_id, rows, embedding, w->dx, net->in);
    for (size_t row = 0; row < rows; row++)
        tbi_embedding_backward(w->dx + row * net->in, 0, embedding, symbol, 1, symbols_of(w, row, symbol),
                               gradients + net->at.embedding);
}

static void run_share(void *context, int index) {
    PianoNetwork *net = context;
    Worker *w = &net->worker[index];
    const size_t units = (size_t)net->options.units;
    float *gradients = net->job.learn ? tbi_training_worker_gradients(net->training, index) : NULL;
    w->loss = 0;
    take_excerpts(net, w, index);
    const size_t rows = tbi_steps_rows(&w->steps);
    if (rows == 0)
        return;
    read_frames(net, w);
    for (int layer = 0; layer < net->options.layers; layer++) {
        move_state(net, w, layer, false);
        tbi_lstm_forward(&net->lstm[layer], &w->steps, layer ? w->dropped[layer - 1] : w->x, width_in(net, layer),
                         w->hidden, w->cell, &w->tape[layer]);
        move_state(net, w, layer, true);
        memcpy(w->dropped[layer], w->tape[layer].hidden, rows * units * sizeof(float));
        tbi_dropout(drop_after(net, layer), w->row_id, rows, units, w->dropped[layer], units);
    }
    forward_output(net, w, w->dropped[net->options.layers - 1]);
    w->loss = tbi_bernoulli_loss(w->logits, w->target, NULL, rows, KEYS, 1 / (float)net->job.n_rows,
                                 net->job.learn ? w->logits : NULL);
    if (net->job.learn)
        backward(net, w, rows, gradients);
}

double piano_network_run(PianoNetwork *net, const Excerpt *excerpts, size_t n, bool learn) {
    net->job.excerpts = excerpts;
    net->job.n = n;
    net->job.learn = learn;
    net->job.n_rows = 0;
    for (size_t i = 0; i < n; i++)
        net->job.n_rows += excerpts[i].n;
    TbThreadPool *pool = tbi_training_pool(net->training);
    if (learn)
        tbi_training_zero_gradients(net->training);
    tbi_thread_pool_run(pool, pack_share, net);
    tbi_thread_pool_run(pool, run_share, net);
    if (learn)
        tbi_training_reduce(net->training);
    double loss = 0;
    for (int i = 0; i < net->n_workers; i++)
        loss += net->worker[i].loss;
    return loss;
}
