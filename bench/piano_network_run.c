/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network forward and backward. Each worker takes its share of the sequences. */
#include "bench/piano_network_state.h"
#include "bench/piano_recall.h"
#include "nn/bernoulli_loss.h"
#include "nn/embedding.h"
#include "nn/layer_norm.h"

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

/* The key of a voice's outermost note, or -1. */
static int key_of(const uint8_t *note, size_t n, size_t voice) {
    int key = -1;
    for (size_t i = 0; i < n; i++)
        if (voice_of(i, n) == voice && (key < 0 || voice > 1))
            key = note[i];
    return key;
}

/* The symbols of a row, without those notes that dropout removes: notes, place in time, motion of each voice. */
static size_t symbols_of(const Worker *w, size_t row, int32_t *symbol) {
    size_t n, n_before, found = 0;
    const uint8_t *note = notes_of(w, row, 0, &n), *before = notes_of(w, row, 1, &n_before);
    for (size_t i = 0; i < n; i++)
        if (w->kept[row * PLAIN + note[i]] > 0)
            symbol[found++] = (int32_t)(voice_of(i, n) * KEYS + note[i]);
    symbol[found++] = TIMES + (int32_t)(w->row_frame[row] % LONG_CYCLE);
    symbol[found++] = TIMES + LONG_CYCLE + (int32_t)(w->row_frame[row] % SHORT_CYCLE);
    for (size_t v = 0; v < VOICES; v++) {
        int here = key_of(note, n, v), there = key_of(before, n_before, v), move = here - there;
        if (here >= 0 && there >= 0 && w->kept[row * PLAIN + (size_t)here] > 0)
            symbol[found++] = (int32_t)(MOVES + v * MOTIONS) + LEAP +
                              (move < -LEAP  ? -LEAP
                               : move > LEAP ? LEAP
                                             : move);
    }
    return found;
}

static void read_frames(PianoNetwork *net, Worker *w) {
    const size_t rows = tbi_steps_rows(&w->steps), embedding = (size_t)net->options.embedding;
    int32_t symbol[MOST_SYMBOLS];
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

/* The sequence of excerpt i. */
static Recall recall_of(const PianoNetwork *net, const Worker *w, size_t i) {
    const Excerpt *e = w->excerpt[i];
    for (size_t t = 0; t < e->n; t++)
        w->sequence_row[t] = w->first[t] + i;
    return (Recall){.roll = e->roll,
                    .first = e->first,
                    .n = e->n,
                    .width = (size_t)net->options.recall,
                    .ld = net->ld_out,
                    .row = w->sequence_row,
                    .q = w->y + net->query,
                    .k = w->y + net->key,
                    .distance = net->params + net->at.distance,
                    .weight = w->weight,
                    .dweight = w->dweight};
}

/* The filter of what is recalled: adds to the logits, or, backward, fills the gradients of filter and r. */
static void recall_filter(const PianoNetwork *net, const float *f, const float *r, float *logits, float *df,
                          float *dr) {
    const int taps = net->options.taps;
    for (int k = 0; df && k <= 2 * taps; k++)
        df[k] = 0;
    for (int q = 0; q < KEYS; q++) {
        int low = q < taps ? taps - q : 0, high = q + taps >= KEYS ? KEYS - 1 - q + taps : 2 * taps;
        float sum = 0;
        for (int k = low; k <= high; k++) {
            float *at = &logits[q - taps + k];
            if (df) {
                df[k] += r[q] * *at;
                sum += f[k] * *at;
            } else {
                *at += r[q] * f[k];
            }
        }
        if (df)
            dr[q] = sum;
    }
}

static void forward_output(PianoNetwork *net, Worker *w, const float *h) {
    const size_t rows = tbi_steps_rows(&w->steps), units = (size_t)net->options.units;
    int32_t symbol[MOST_SYMBOLS];
    tbi_linear_forward(&net->out, h, units, rows, w->y, net->ld_out, w->scratch);
    tbi_bias_forward(w->y, net->ld_out, rows, (int)net->outputs, net->params + net->at.bias);
    for (size_t i = 0; net->options.recall && i < w->n_excerpts; i++) {
        Recall recall = recall_of(net, w, i);
        recall_forward(&recall, w->recalled);
    }
    for (size_t row = 0; row < rows; row++) {
        float *y = w->y + row * net->ld_out, *logits = w->logits + row * KEYS;
        tbi_embedding_forward(net->params + net->at.direct, KEYS, symbol, 1, symbols_of(w, row, symbol), y, 0);
        memcpy(logits, y, KEYS * sizeof *logits);
        filter(net, w, row, y + KEYS, logits, false);
        if (net->options.recall)
            recall_filter(net, y + net->recall_filter, w->recalled + row * KEYS, logits, NULL, NULL);
    }
}

/* logits hold their gradients; fills dhidden, before the dropout of the output. */
static void backward_output(PianoNetwork *net, Worker *w, const float *h, float *gradients) {
    const size_t rows = tbi_steps_rows(&w->steps), units = (size_t)net->options.units;
    int32_t symbol[MOST_SYMBOLS];
    for (size_t row = 0; net->options.recall && row < rows; row++) {
        float *filters = w->y + row * net->ld_out + net->recall_filter, *r = w->recalled + row * KEYS;
        float df[2 * KEYS + 1];
        recall_filter(net, filters, r, w->logits + row * KEYS, df, w->drecalled + row * KEYS);
        memcpy(filters, df, (size_t)(2 * net->options.taps + 1) * sizeof *df);
    }
    for (size_t i = 0; net->options.recall && i < w->n_excerpts; i++) {
        Recall recall = recall_of(net, w, i);
        recall_backward(&recall, w->drecalled, w->dquery, w->dquery + net->options.recall,
                        gradients + net->at.distance);
    }
    for (size_t row = 0; row < rows; row++) {
        float *dy = w->y + row * net->ld_out, *dlogits = w->logits + row * KEYS;
        memset(dy, 0, net->recall_filter * sizeof *dy);
        if (net->options.recall)
            memcpy(dy + net->query, w->dquery + row * net->ld_out, 2 * (size_t)net->options.recall * sizeof *dy);
        memcpy(dy, dlogits, KEYS * sizeof *dy);
        filter(net, w, row, dy + KEYS, dlogits, true);
        tbi_embedding_backward(dy, 0, KEYS, symbol, 1, symbols_of(w, row, symbol), gradients + net->at.direct);
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
    int32_t symbol[MOST_SYMBOLS];
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
