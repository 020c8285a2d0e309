/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network forward and backward, for the sequences of one worker. */
#include "melody/network.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/softmax_loss.h"

static const MelodyStep *step_of(const MelodyWorker *w, size_t row) {
    return &w->sequence[w->sequence_of[row]]->steps[w->step_of[row]];
}

static size_t inputs(const MelodyWorker *w, size_t row, int32_t *symbols) {
    const MelodySequence *sequence = w->sequence[w->sequence_of[row]];
    return tbi_melody_inputs(step_of(w, row), sequence->chords, sequence->ends, symbols);
}

static size_t head_inputs(const MelodyWorker *w, size_t row, int field, int32_t *symbols) {
    const bool chords = w->sequence[w->sequence_of[row]]->chords;
    return tbi_melody_head_inputs(step_of(w, row), (MelodyField)field, chords, symbols);
}

static size_t chord_of(const MelodyWorker *w, size_t row) {
    return w->sequence[w->sequence_of[row]]->chords ? (size_t)step_of(w, row)->chord[0] : MELODY_NO_CHORD;
}

/* What points to earlier notes: adds to logits; or, backward, from their gradients to those of the scores of the
 * candidates: dcopy (a table) and dscores (columns of y). */
static void point(const MelodyNetwork *net, const MelodyStep *step, int field, const float *y, float *logits,
                  float *dcopy, float *dy) {
    const float *copy = net->params + net->at.copy[field];
    const int8_t *run = step->run[field != MELODY_GAP];
    for (int j = 0; j < MELODY_CANDIDATES; j++) {
        const int class = step->copy[field][j];
        const size_t column = melody_copy_column(&net->sizes, field, j), at = (size_t)(j * MELODY_RUNS + run[j]);
        if (dcopy)
            dy[column] = class < 0 ? 0 : logits[class];
        if (class < 0)
            continue;
        if (dcopy)
            dcopy[at] += logits[class];
        else
            logits[class] += copy[at] + y[column];
    }
}

static void add(size_t n, const float *x, float *sum) {
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* ---- forward ---- */

static TbSoftmaxRows rows_of(const MelodyWorker *w, int field) {
    return (TbSoftmaxRows){tbi_steps_rows(&w->steps), melody_classes[field], melody_classes[field], w->labels + field,
                           MELODY_FIELDS};
}

static void forward_head(MelodyNetwork *net, MelodyWorker *w, int field) {
    const size_t rows = tbi_steps_rows(&w->steps), head = (size_t)net->sizes.head, ld = melody_out(&net->sizes);
    const size_t classes = melody_classes[field];
    float *y = w->y + (size_t)field * head, *logits = w->logits[field];
    int32_t symbols[MELODY_HEAD_INPUTS];
    for (size_t row = 0; row < rows; row++)
        tbi_embedding_forward(net->params + net->at.symbols[field], head, symbols, 1,
                              head_inputs(w, row, field, symbols), y + row * ld, 0);
    for (size_t row = 0; row < rows; row++)
        add(head, w->phrases.to_heads + (w->phrases.phrase_of[row] * MELODY_FIELDS + (size_t)field) * head,
            y + row * ld);
    for (size_t row = 0; row < rows; row++) /* y and active have different strides */
        tbi_gelu_forward(y + row * ld, ld, 1, head, net->params + net->at.out_bias + (size_t)field * head,
                         w->active[field] + row * head);
    tbi_linear_forward(&net->head[field], w->active[field], head, rows, logits, classes, w->scratch);
    tbi_bias_forward(logits, classes, rows, (int)classes, net->params + net->at.logits_bias[field]);
    for (size_t row = 0; row < rows; row++) {
        const MelodyStep *step = step_of(w, row);
        float *l = logits + row * classes;
        point(net, step, field, w->y + row * ld, l, NULL, NULL);
        if (field == MELODY_PITCH) {
            const float *chord = net->params + net->at.chord + chord_of(w, row) * MELODY_PITCHES;
            for (size_t c = 0; c < MELODY_PITCHES; c++)
                l[c] += chord[c];
        }
        for (int c = 0; field == MELODY_GAP && c < step->shortest; c++)
            l[c] = -1e30f; /* the last note would not have ended */
    }
    const TbSoftmaxRows r = rows_of(w, field);
    w->losses.nats[field] = tbi_softmax_loss_forward(&r, logits, w->log_sums[field]);
}

void tbi_melody_forward(MelodyNetwork *net, MelodyWorker *w) {
    const size_t rows = tbi_steps_rows(&w->steps), units = (size_t)net->sizes.units, ld = melody_out(&net->sizes);
    const size_t embedding = (size_t)net->sizes.embedding, columns = MELODY_FIELDS * MELODY_CANDIDATES;
    const size_t first = melody_copy_column(&net->sizes, 0, 0);
    int32_t symbols[MELODY_INPUTS];
    memset(w->x, 0, rows * embedding * sizeof *w->x);
    for (size_t row = 0; row < rows; row++)
        tbi_embedding_forward(net->params + net->at.input, embedding, symbols, 1, inputs(w, row, symbols),
                              w->x + row * embedding, 0);
    tbi_melody_latent_forward(net, w);
    for (size_t row = 0; row < rows; row++)
        add(embedding, w->phrases.to_input + w->phrases.phrase_of[row] * embedding, w->x + row * embedding);
    tbi_dropout(melody_drop(net, MELODY_DROP_EMBEDDED), w->id, rows, embedding, w->x, embedding);
    memset(w->hidden, 0, w->n_sequences * units * sizeof *w->hidden);
    memset(w->cell, 0, w->n_sequences * units * sizeof *w->cell);
    tbi_lstm_forward(&net->lstm, &w->steps, w->x, embedding, w->hidden, w->cell, &w->tape);
    memcpy(w->h, w->tape.hidden, rows * units * sizeof *w->h);
    tbi_dropout(melody_drop(net, MELODY_DROP_OUTPUT), w->id, rows, units, w->h, units);
    tbi_linear_forward(&net->out, w->h, units, rows, w->y, ld, w->scratch);
    tbi_bias_forward(w->y + first, ld, rows, (int)columns, net->params + net->at.out_bias + first);
    w->losses.n_notes = rows;
    for (int field = 0; field < MELODY_FIELDS; field++)
        forward_head(net, w, field);
}

/* ---- backward ---- */

static void backward_head(MelodyNetwork *net, MelodyWorker *w, int field, float *gradients) {
    const size_t rows = tbi_steps_rows(&w->steps), head = (size_t)net->sizes.head, ld = melody_out(&net->sizes);
    const size_t classes = melody_classes[field];
    float *dlogits = w->logits[field];
    int32_t symbols[MELODY_HEAD_INPUTS];
    const TbSoftmaxRows r = rows_of(w, field);
    tbi_softmax_loss_backward(&r, w->log_sums[field], 1 / (float)net->job.n_notes, dlogits);
    for (size_t row = 0; row < rows; row++) {
        const float *d = dlogits + row * classes;
        point(net, step_of(w, row), field, NULL, dlogits + row * classes, gradients + net->at.copy[field],
              w->dy + row * ld);
        float *dchord = gradients + net->at.chord + chord_of(w, row) * MELODY_PITCHES;
        for (size_t c = 0; field == MELODY_PITCH && c < MELODY_PITCHES; c++)
            dchord[c] += d[c];
    }
    tbi_bias_backward(dlogits, classes, rows, (int)classes, gradients + net->at.logits_bias[field]);
    tbi_linear_backward_weight(&net->head[field], dlogits, classes, w->active[field], head, rows,
                               gradients + net->at.logits[field], w->scratch);
    tbi_linear_backward_input(&net->head[field], dlogits, classes, rows, w->dactive, head, w->scratch);
    for (size_t row = 0; row < rows; row++) {
        float *d = w->dactive + row * head;
        tbi_gelu_backward(d, w->y + row * ld + (size_t)field * head, head, 1, head,
                          gradients + net->at.out_bias + (size_t)field * head);
        memcpy(w->dy + row * ld + (size_t)field * head, d, head * sizeof *d);
        tbi_embedding_backward(d, 0, head, symbols, 1, head_inputs(w, row, field, symbols),
                               gradients + net->at.symbols[field]);
    }
}

void tbi_melody_backward(MelodyNetwork *net, MelodyWorker *w, float *gradients) {
    const size_t rows = tbi_steps_rows(&w->steps), units = (size_t)net->sizes.units, ld = melody_out(&net->sizes);
    const size_t embedding = (size_t)net->sizes.embedding, columns = MELODY_FIELDS * MELODY_CANDIDATES;
    const size_t first = melody_copy_column(&net->sizes, 0, 0);
    int32_t symbols[MELODY_INPUTS];
    for (int field = 0; field < MELODY_FIELDS; field++)
        backward_head(net, w, field, gradients);
    tbi_bias_backward(w->dy + first, ld, rows, (int)columns, gradients + net->at.out_bias + first);
    tbi_linear_backward_weight(&net->out, w->dy, ld, w->h, units, rows, gradients + net->at.out, w->scratch);
    tbi_linear_backward_input(&net->out, w->dy, ld, rows, w->dh, units, w->scratch);
    tbi_dropout(melody_drop(net, MELODY_DROP_OUTPUT), w->id, rows, units, w->dh, units);
    tbi_lstm_backward(&net->lstm, &w->steps, w->x, embedding, w->dh, &w->tape, w->dx, embedding, gradients);
    tbi_dropout(melody_drop(net, MELODY_DROP_EMBEDDED), w->id, rows, embedding, w->dx, embedding);
    const size_t heads = MELODY_FIELDS * (size_t)net->sizes.head;
    memset(w->phrases.to_input, 0, w->phrases.n * embedding * sizeof(float));
    memset(w->phrases.to_heads, 0, w->phrases.n * heads * sizeof(float));
    for (size_t row = 0; row < rows; row++) {
        const size_t phrase = w->phrases.phrase_of[row];
        add(embedding, w->dx + row * embedding, w->phrases.to_input + phrase * embedding);
        add(heads, w->dy + row * ld, w->phrases.to_heads + phrase * heads);
    }
    tbi_melody_latent_backward(net, w, gradients);
    for (size_t row = 0; row < rows; row++)
        tbi_embedding_backward(w->dx + row * embedding, 0, embedding, symbols, 1, inputs(w, row, symbols),
                               gradients + net->at.input);
}
