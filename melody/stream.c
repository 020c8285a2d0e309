/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "melody/stream.h"
#include "nn/gelu.h"

void tbi_melody_stream_init(MelodyStream *s, const TbMelodyModel *model, bool chords, TbArena *arena) {
    const size_t units = (size_t)model->sizes.units;
    s->model = model;
    s->chords = chords;
    s->x = tbi_arena_floats(arena, (size_t)model->sizes.embedding);
    s->hidden = tbi_arena_floats(arena, units);
    s->cell = tbi_arena_floats(arena, units);
    s->gates = tbi_arena_floats(arena, 8 * units);
    s->y = tbi_arena_floats(arena, melody_out(&model->sizes));
    s->active = tbi_arena_floats(arena, (size_t)model->sizes.head);
    s->to_input = tbi_arena_floats(arena, (size_t)model->sizes.embedding);
    s->to_heads = tbi_arena_floats(arena, MELODY_FIELDS * (size_t)model->sizes.head);
    if (!arena->failed)
        tbi_melody_stream_phrase(s, NULL);
}

void tbi_melody_stream_phrase(MelodyStream *s, const float *z) {
    const TbMelodyModel *m = s->model;
    const MelodyLatentLayout *at = &m->at.latent;
    const size_t embedding = (size_t)m->sizes.embedding, heads = MELODY_FIELDS * (size_t)m->sizes.head;
    z = z ? z : m->params + at->none;
    tbi_linear_small(m->params + at->input, MELODY_LATENT, embedding, z, MELODY_LATENT, 1, s->to_input, embedding);
    tbi_linear_small(m->params + at->heads, MELODY_LATENT, heads, z, MELODY_LATENT, 1, s->to_heads, heads);
}

void tbi_melody_stream_read(MelodyStream *s, const MelodyStep *step) {
    const TbMelodyModel *m = s->model;
    const size_t embedding = (size_t)m->sizes.embedding, units = (size_t)m->sizes.units, out = melody_out(&m->sizes);
    int32_t symbols[MELODY_INPUTS];
    memcpy(s->x, s->to_input, embedding * sizeof *s->x);
    tbi_embedding_forward(m->params + m->at.input, embedding, symbols, 1,
                          tbi_melody_inputs(step, s->chords, true, symbols), s->x, 0);
    tbi_lstm_step(&m->at.lstm, m->params, s->x, s->hidden, s->cell, s->gates);
    tbi_linear_small(m->params + m->at.out, units, out, s->hidden, units, 1, s->y, out);
    const size_t first = melody_copy_column(&m->sizes, 0, 0);
    for (size_t k = first; k < out; k++)
        s->y[k] += m->params[m->at.out_bias + k];
}

void tbi_melody_stream_logits(MelodyStream *s, const MelodyStep *step, MelodyField field) {
    const TbMelodyModel *m = s->model;
    const size_t head = (size_t)m->sizes.head, classes = melody_classes[field];
    const float *copy = m->params + m->at.copy[field], *bias = m->params + m->at.logits_bias[field];
    const int8_t *run = step->run[field != MELODY_GAP];
    int32_t symbols[MELODY_HEAD_INPUTS];
    float *y = s->y + (size_t)field * head;
    tbi_embedding_forward(m->params + m->at.symbols[field], head, symbols, 1,
                          tbi_melody_head_inputs(step, field, s->chords, symbols), y, 0);
    for (size_t k = 0; k < head; k++)
        y[k] += s->to_heads[(size_t)field * head + k];
    tbi_gelu_forward(y, head, 1, head, m->params + m->at.out_bias + (size_t)field * head, s->active);
    tbi_linear_small(m->params + m->at.logits[field], head, classes, s->active, head, 1, s->logits, classes);
    const float *chord =
        m->params + m->at.chord + (s->chords ? (size_t)step->chord[0] : MELODY_NO_CHORD) * MELODY_PITCHES;
    for (size_t c = 0; c < classes; c++)
        s->logits[c] += bias[c] + (field == MELODY_PITCH ? chord[c] : 0);
    for (int j = 0; j < MELODY_CANDIDATES; j++)
        if (step->copy[field][j] >= 0)
            s->logits[step->copy[field][j]] +=
                copy[j * MELODY_RUNS + run[j]] + s->y[melody_copy_column(&m->sizes, field, j)];
}
