/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors and memory of the network. */
#include "rhythm/network.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- weights ---- */

static BiLayout add_bi(TbParameters *table, const char *name, size_t in, int units) {
    char full[32];
    snprintf(full, sizeof full, "%s.forth", name);
    TbLstmLayout forth = tbi_lstm_add(table, full, in, (size_t)units);
    snprintf(full, sizeof full, "%s.back", name);
    return (BiLayout){forth, tbi_lstm_add(table, full, in, (size_t)units)};
}

static void lay_out(const RhythmSizes *s, RhythmLayout *at) {
    TbParameters *table = &at->table;
    const size_t flat = rhythm_flat(s), latent = (size_t)s->latent, code = (size_t)s->code;
    memset(at, 0, sizeof *at);
    at->encoder = add_bi(table, "encoder", RHYTHM_INPUTS, s->encoder);
    at->code = tbi_parameters_add(table, code, 2 * (size_t)s->encoder + RHYTHM_INPUTS, true, "code.weight");
    at->code_bias = tbi_parameters_add(table, 1, code, false, "code.bias");
    tbi_mlp_add(table, &at->to_z, "to_z", (int)flat, s->hidden, 1, 2 * s->latent);
    at->linear_to = tbi_parameters_add(table, latent, flat, true, "to_z.linear");
    tbi_mlp_add(table, &at->from_z, "from_z", s->latent, s->hidden, 1, (int)flat);
    at->linear_from = tbi_parameters_add(table, flat, latent, true, "from_z.linear");
    at->decoder[0] = add_bi(table, "decoder.0", rhythm_width(s, 0), s->decoder);
    at->decoder[1] = add_bi(table, "decoder.1", rhythm_width(s, 1), s->decoder);
    at->out = tbi_parameters_add(table, RHYTHM_OUTPUTS, rhythm_width(s, RHYTHM_DECODERS), true, "out.weight");
    at->out_bias = tbi_parameters_add(table, 1, RHYTHM_OUTPUTS, false, "out.bias");
}

size_t tbi_rhythm_parameters(const RhythmSizes *sizes, TbParameters *parameters) {
    RhythmLayout at;
    lay_out(sizes, &at);
    *parameters = at.table;
    return at.table.n_params;
}

void tbi_rhythm_initialise(const RhythmSizes *s, TbRng *rng, float *params) {
    RhythmLayout at;
    lay_out(s, &at);
    memset(params, 0, at.table.n_params * sizeof *params);
    const BiLayout *bi[] = {&at.encoder, &at.decoder[0], &at.decoder[1]};
    for (size_t i = 0; i < sizeof bi / sizeof *bi; i++) {
        tbi_lstm_initialise(&bi[i]->forth, params, rng);
        tbi_lstm_initialise(&bi[i]->back, params, rng);
    }
    const size_t flat = rhythm_flat(s), latent = (size_t)s->latent, wide = 2 * (size_t)s->encoder + RHYTHM_INPUTS;
    const size_t last = rhythm_width(s, RHYTHM_DECODERS);
    tbi_normal_weights(params + at.code, (size_t)s->code * wide, 1 / sqrt((double)wide), rng);
    tbi_mlp_initialise(&at.to_z, params, rng);
    tbi_normal_weights(params + at.linear_to, latent * flat, 1 / sqrt((double)flat), rng);
    tbi_mlp_initialise(&at.from_z, params, rng);
    tbi_normal_weights(params + at.linear_from, latent * flat, 1 / sqrt((double)latent), rng);
    tbi_normal_weights(params + at.out, RHYTHM_OUTPUTS * last, 0.5 / sqrt((double)last), rng);
    for (size_t d = 0; d < TB_DRUM_CLASSES; d++)
        params[at.out_bias + d] = -2; /* most cells are empty */
}

/* ---- memory ---- */

static void init_bi(BiLstm *lstm, const BiLayout *at, const RhythmNetwork *net, TbArena *arena) {
    tbi_lstm_init(&lstm->forth, &at->forth, net->params, net->backend, arena);
    tbi_lstm_init(&lstm->back, &at->back, net->params, net->backend, arena);
}

static void init_bi_tape(BiTape *tape, const BiLstm *lstm, size_t rows, size_t patterns, TbArena *arena) {
    const size_t in = lstm->forth.layout.in, units = lstm->forth.layout.units;
    tbi_lstm_tape_init(&tape->forth, &lstm->forth, rows, patterns, arena);
    tbi_lstm_tape_init(&tape->back, &lstm->back, rows, patterns, arena);
    tape->reversed = tbi_arena_floats(arena, rows * in);
    tape->dreversed = tbi_arena_floats(arena, rows * in);
    tape->dback = tbi_arena_floats(arena, rows * units);
}

static size_t init_linear(TbLinear *linear, const RhythmNetwork *net, size_t weight, size_t in, size_t out, size_t rows,
                          size_t product, TbArena *arena) {
    float *packed = tbi_arena_floats(arena, tbi_linear_packed_size(net->backend, in, out));
    if (packed)
        tbi_linear_init(linear, net->backend, net->params + weight, in, out, packed);
    size_t size = tbi_linear_scratch(net->backend, in, out, rows);
    return size > product ? size : product;
}

static void init_worker(RhythmWorker *w, const RhythmNetwork *net, size_t product, TbArena *a) {
    const RhythmSizes *s = &net->sizes;
    const size_t rows = net->rows, n = net->patterns, flat = rhythm_flat(s), latent = (size_t)s->latent;
    const size_t ld = tb_padded(s->latent), wide = 2 * (size_t)s->encoder + RHYTHM_INPUTS, code = (size_t)s->code;
    const size_t units = (size_t)(s->encoder > s->decoder ? s->encoder : s->decoder);
    w->x = tbi_arena_floats(a, rows * RHYTHM_INPUTS);
    w->h = tbi_arena_floats(a, rows * wide), w->dh = tbi_arena_floats(a, rows * wide);
    w->code = tbi_arena_floats(a, rows * code), w->dcode = tbi_arena_floats(a, rows * code);
    w->flat = tbi_arena_floats(a, n * flat), w->flat2 = tbi_arena_floats(a, n * flat);
    w->dflat = tbi_arena_floats(a, n * flat), w->dlinear = tbi_arena_floats(a, n * flat);
    w->bottleneck = tbi_arena_floats(a, n * 2 * latent), w->dbottleneck = tbi_arena_floats(a, n * 2 * latent);
    w->mu = tbi_arena_floats(a, n * latent);
    w->z = tbi_arena_floats(a, n * ld), w->dz = tbi_arena_floats(a, n * ld);
    for (int i = 0; i <= RHYTHM_DECODERS; i++) {
        w->y[i] = tbi_arena_floats(a, rows * rhythm_width(s, i));
        w->dy[i] = tbi_arena_floats(a, rows * rhythm_width(s, i));
    }
    w->out = tbi_arena_floats(a, rows * RHYTHM_LD_OUT), w->dout = tbi_arena_floats(a, rows * RHYTHM_LD_OUT);
    w->target = tbi_arena_floats(a, rows * TB_DRUM_CLASSES), w->weight = tbi_arena_floats(a, rows * TB_DRUM_CLASSES);
    w->logits = tbi_arena_floats(a, rows * TB_DRUM_CLASSES);
    w->hidden = tbi_arena_floats(a, n * units), w->cell = tbi_arena_floats(a, n * units);
    w->scratch = tbi_arena_floats(a, product);
    size_t **const of_pattern[] = {&w->length, &w->order}, **const of_row[] = {&w->reverse, &w->slot, &w->sequence};
    for (size_t i = 0; i < sizeof of_pattern / sizeof *of_pattern; i++)
        *of_pattern[i] = tbi_arena_alloc(a, n, sizeof(size_t));
    for (size_t i = 0; i < sizeof of_row / sizeof *of_row; i++)
        *of_row[i] = tbi_arena_alloc(a, rows, sizeof(size_t));
    w->id = tbi_arena_alloc(a, rows, sizeof *w->id);
    init_bi_tape(&w->encoder, &net->encoder, rows, n, a);
    for (int i = 0; i < RHYTHM_DECODERS; i++)
        init_bi_tape(&w->decoder[i], &net->decoder[i], rows, n, a);
}

static void allocate(RhythmNetwork *net) {
    const RhythmSizes *s = &net->sizes;
    const RhythmLayout *at = &net->at;
    const size_t flat = rhythm_flat(s), latent = (size_t)s->latent, n = net->patterns;
    size_t product = 0;
    net->flow.widest = 0;
    init_bi(&net->encoder, &at->encoder, net, &net->memory);
    for (int i = 0; i < RHYTHM_DECODERS; i++)
        init_bi(&net->decoder[i], &at->decoder[i], net, &net->memory);
    product = init_linear(&net->code, net, at->code, 2 * (size_t)s->encoder + RHYTHM_INPUTS, (size_t)s->code, net->rows,
                          product, &net->memory);
    product = init_linear(&net->linear_to, net, at->linear_to, flat, latent, n, product, &net->memory);
    product = init_linear(&net->linear_from, net, at->linear_from, latent, flat, n, product, &net->memory);
    product = init_linear(&net->out, net, at->out, rhythm_width(s, RHYTHM_DECODERS), RHYTHM_OUTPUTS, net->rows, product,
                          &net->memory);
    const size_t all = n * (size_t)net->n_workers;
    tbi_tape_init(&net->to_z, net->params, &at->to_z, net->backend, all, n, &net->memory, &product, &net->flow);
    tbi_tape_init(&net->from_z, net->params, &at->from_z, net->backend, all, n, &net->memory, &product, &net->flow);
    for (int i = 0; i < 2; i++)
        net->flow.flow[i] = tbi_arena_floats(&net->memory, all * net->flow.widest);
    for (int i = 0; i < net->n_workers; i++)
        init_worker(&net->worker[i], net, product, &net->memory);
}

TbStatus tbi_rhythm_network_new(const RhythmSizes *sizes, const float *params, size_t patterns, int workers,
                                RhythmNetwork **result) {
    RhythmNetwork *net = *result = calloc(1, sizeof *net);
    if (!net)
        return tbi_no_memory("for the network of rhythms");
    net->sizes = *sizes;
    net->params = params;
    net->backend = tbi_matmul_default();
    net->n_workers = workers;
    net->patterns = (patterns + (size_t)workers - 1) / (size_t)workers;
    net->rows = net->patterns * TB_RHYTHM_STEPS;
    lay_out(sizes, &net->at);
    net->worker = tbi_arena_alloc(&net->memory, (size_t)workers, sizeof *net->worker);
    if (net->worker)
        allocate(net);
    if (!net->memory.failed)
        return TB_OK;
    tbi_rhythm_network_free(net);
    *result = NULL;
    return tbi_no_memory("for the network of rhythms");
}

void tbi_rhythm_network_free(RhythmNetwork *net) {
    tbi_arena_free_owner(net);
}

/* ---- packing ---- */

static void pack_part(RhythmNetwork *net, int part) {
    BiLstm *bi[] = {&net->encoder, &net->decoder[0], &net->decoder[1]};
    TbLinear *linear[] = {&net->code,           &net->linear_to,      &net->linear_from,      &net->out,
                          &net->to_z.linear[0], &net->to_z.linear[1], &net->from_z.linear[0], &net->from_z.linear[1]};
    if (part < 6) {
        tbi_lstm_pack(part % 2 ? &bi[part / 2]->back : &bi[part / 2]->forth, (TbDropout){0});
        return;
    }
    for (size_t i = 0; i < sizeof linear / sizeof *linear; i++)
        for (int backward = 0; backward < 2; backward++)
            tbi_linear_pack(linear[i], backward);
}

static void pack_share(void *context, int index) {
    RhythmNetwork *net = context;
    for (int part = index; part < 7; part += net->n_workers)
        pack_part(net, part);
}

void tbi_rhythm_pack(RhythmNetwork *net, TbThreadPool *pool) {
    if (pool)
        tbi_thread_pool_run(pool, pack_share, net);
    else
        for (int i = 0; i < net->n_workers; i++)
            pack_share(net, i);
}
