/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the batches of the note network. In most cases the code of one note has to reproduce another note of its
 * instrument, so that it represents the instrument and not the note; and often both are mixed with another
 * instrument. */
#include "train/note_batch.h"
#include "base/arena_floats.h"
#include "base/no_memory.h"
#include "note/detail.h"

#include <math.h>
#include <string.h>

#define SAME_NOTE 0.35f /* share of codes that reproduce the same note */
#define MIXED 0.4f      /* share of instruments that are mixed with another one */
#define MIXED_KEYS 4.5f /* maximum distance in semitones between notes that are mixed */

enum { WEIGHTS = NOTE_POINTS + NOTE_MOD_POINTS };

TbStatus tbi_note_batch_new(const NoteSet *set, NoteBatch *b) {
    size_t size = (size_t)note_table_size(set->latent), inputs = (size_t)note_inputs(set->latent);
    *b = (NoteBatch){.set = set};
    const TbArenaFloats arrays[] = {{&b->input, CODES * inputs},
                                    {&b->noise, CODES * TB_CODE_DIM},
                                    {&b->condition, CODES * NOTE_CONDITIONS},
                                    {&b->target, CODES * size},
                                    {&b->weight, CODES * WEIGHTS},
                                    {&b->frame_condition, BATCH * TB_CONDITIONS},
                                    {&b->features, BATCH * TB_FEATURES},
                                    {&b->threshold, BATCH * TB_FEATURES}};
    tbi_arena_floats_each(&b->memory, arrays, sizeof arrays / sizeof *arrays);
    return b->memory.failed ? tbi_no_memory("to train on notes") : TB_OK;
}

void tbi_note_batch_free(NoteBatch *b) {
    tbi_arena_free(&b->memory);
}

static size_t draw(TbRng *rng, size_t n) {
    return (size_t)(((uint64_t)tb_rng_next(rng) * n) >> 32);
}

/* Draws one of the time points by their weights. */
static int draw_point(TbRng *rng, const float *weight) {
    float all = 0;
    for (int m = 0; m < NOTE_POINTS; m++)
        all += weight[m];
    float at = all * tb_rng_uniform(rng);
    int m = 0;
    while (m + 1 < NOTE_POINTS && at >= weight[m])
        at -= weight[m++];
    return m;
}

static void mix(const float *a, const float *b, float share, size_t n, float *x) {
    for (size_t k = 0; k < n; k++)
        x[k] = a[k] + share * (b[k] - a[k]);
}

/* ---- interpolation of instruments ---- */

/* A note, and one of another instrument mixed in; share 0: none. */
typedef struct {
    const NoteItem *note, *other;
    float share;
} Blend;

static const NoteItem *nearest_key(const NoteSet *set, size_t instrument, float key) {
    const NoteItem *best = &set->items[set->first[instrument]];
    for (size_t j = set->first[instrument]; j < set->first[instrument + 1]; j++)
        best = fabsf(set->items[j].key - key) < fabsf(best->key - key) ? &set->items[j] : best;
    return best;
}

/* Instruments are few, but pairs of them many (Zhang et al. 2018, "mixup"): both notes of one are mixed with the
 * notes of another whose keys are nearest. */
static void draw_other(const NoteSet *set, TbRng *rng, Blend *source, Blend *note) {
    if (tb_rng_uniform(rng) >= MIXED)
        return;
    const NoteItem *any = &set->items[draw(rng, set->n)];
    if (any->pitched != source->note->pitched || any->instrument == source->note->instrument)
        return;
    float share = tb_rng_uniform(rng);
    const NoteItem *a = nearest_key(set, any->instrument, source->note->key);
    const NoteItem *b = nearest_key(set, any->instrument, note->note->key);
    if (fabsf(a->key - source->note->key) <= MIXED_KEYS && fabsf(b->key - note->note->key) <= MIXED_KEYS) {
        *source = (Blend){source->note, a, share};
        *note = (Blend){note->note, b, share};
    }
}

/* ---- a batch ---- */

static void draw_frame(NoteBatch *b, TbRng *rng, const Blend *n, const float *weight, size_t to) {
    int m = b->point[to] = draw_point(rng, weight);
    float *c = b->frame_condition + to * TB_CONDITIONS, *x = b->features + to * TB_FEATURES, y[TB_FEATURES];
    mix(n->note->frame_condition + m * TB_CONDITIONS, n->other->frame_condition + m * TB_CONDITIONS, n->share,
        TB_CONDITIONS, c);
    tbi_detail_unpack(n->note->features + m * TB_FEATURES, x);
    if (n->share > 0) {
        tbi_detail_unpack(n->other->features + m * TB_FEATURES, y);
        mix(x, y, n->share, TB_FEATURES, x);
    }
    float below = n->note->below[m] + n->share * (n->other->below[m] - n->note->below[m]);
    tb_masking_threshold(x, c, below, b->threshold + to * TB_FEATURES);
}

/* Draws code i and its frames, with its own random sequence, so that threads may share the work. */
static void draw_code(NoteBatch *b, size_t i, uint64_t seed) {
    const NoteSet *set = b->set;
    size_t size = (size_t)note_table_size(set->latent), inputs = (size_t)note_inputs(set->latent);
    TbRng rng;
    tb_rng_seed(&rng, seed + i);
    const NoteItem *from = &set->items[draw(&rng, set->n)], *to = from;
    if (tb_rng_uniform(&rng) >= SAME_NOTE) {
        size_t first = set->first[from->instrument];
        to = &set->items[first + draw(&rng, set->first[from->instrument + 1] - first)];
    }
    Blend source = {from, from, 0}, note = {to, to, 0};
    draw_other(set, &rng, &source, &note);
    b->source[i] = (size_t)(from - set->items);
    b->mixed[i] = note.share > 0;
    float *input = b->input + i * inputs, *weight = b->weight + i * WEIGHTS;
    mix(from->input, source.other->input, source.share, inputs, input);
    memcpy(input + size, from->condition, NOTE_CONDITIONS * sizeof *input);
    memcpy(b->condition + i * NOTE_CONDITIONS, to->condition, NOTE_CONDITIONS * sizeof *b->condition);
    mix(to->input, note.other->input, note.share, size, b->target + i * size);
    for (int m = 0; m < WEIGHTS; m++)
        weight[m] = fminf(to->weight[m], note.other->weight[m]);
    for (size_t k = 0; k < TB_CODE_DIM; k++)
        b->noise[i * TB_CODE_DIM + k] = tb_rng_normal(&rng);
    for (size_t j = 0; j < FRAMES; j++)
        draw_frame(b, &rng, &note, weight, i * FRAMES + j);
}

typedef struct {
    NoteBatch *batch;
    const TbThreadPool *pool;
    uint64_t seed;
} Job;

static void draw_codes(void *context, int index) {
    const Job *job = context;
    size_t n = (size_t)tbi_thread_pool_count(job->pool);
    for (size_t i = CODES * (size_t)index / n; i < CODES * (size_t)(index + 1) / n; i++)
        draw_code(job->batch, i, job->seed);
}

void tbi_note_batch_draw(NoteBatch *batch, TbThreadPool *pool, uint64_t seed, size_t step) {
    Job job = {batch, pool, (seed * 0x9e3779b97f4a7c15u + step) * 0xd1342543de82ef95u};
    tbi_thread_pool_run(pool, draw_codes, &job);
}
