/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the note network: for which notes, with which inputs, and when. Nothing here allocates, locks or fails. */
#include "instrument/note_inference.h"
#include "instrument/played_notes.h"

#include <math.h>
#include <string.h>

#define KEY_STEP 0.25f     /* semitones */
#define NEAR_KEYS 6.0f     /* distance equal to one standard deviation of the code: semitones ... */
#define NEAR_VELOCITY 0.3f /* ... and velocity */

_Static_assert((int)TB_NOTE_TABLE == (int)NOTE_TABLE_MAX, "a note has room for its table");

size_t tbi_note_scratch_init(const TbModel *model, size_t n, float *block, Scratch *s) {
    size_t latent = (size_t)tb_vae_config(tb_model_vae(model))->latent_dim;
    const TbVaeDecoder *notes = tb_model_note_decoder(model);
    size_t query = notes ? NOTE_BATCH : 0, a = notes ? tb_vae_decoder_scratch(notes, NOTE_BATCH) : 0;
    size_t b = tb_vae_decoder_scratch(tb_model_decoder(model), n);
    size_t size[] = {n * latent,          n * TB_CONDITIONS,       n * TB_FEATURES,       a > b ? a : b,
                     query * TB_CODE_DIM, query * NOTE_CONDITIONS, query * TB_NOTE_TABLE, query * TB_NOTE_QUERY};
    float **array[] = {&s->z,    &s->frame_condition, &s->features, &s->net,
                       &s->code, &s->note_condition,  &s->table,    &s->want};
    size_t at = 0;
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        *array[i] = block ? block + at : NULL;
        at += (size[i] + 15) / 16 * 16;
    }
    return at;
}

size_t tb_notes_scratch(const TbModel *model, size_t n) {
    Scratch s;
    return tbi_note_scratch_init(model, n, NULL, &s);
}

bool tbi_note_has_pitch(const TbPlayedNote *note) {
    for (int p = 0; p < TB_PARTS; p++)
        if (note->part[p] && note->weight[p] > 0 && note->part[p]->has_pitch)
            return true;
    return false;
}

/* Of programs without recordings, whose octaves may differ: mixed like their codes, so that it does not jump. */
static float mean_above(const TbPlayedNote *note) {
    float sum = 0, all = 0;
    for (int p = 0; p < TB_PARTS; p++) {
        const TbInstrument *in = note->part[p];
        if (in && in->has_pitch && in->n_layers == 0) {
            sum += note->weight[p] * in->above;
            all += note->weight[p];
        }
    }
    return all > 0 ? sum / all : 0;
}

float tbi_note_above_key(const TbPlayedNote *note) {
    int most = -1;
    float weight = 0;
    bool pitched = tbi_note_has_pitch(note);
    for (int p = 0; p < TB_PARTS; p++) {
        const TbInstrument *in = note->part[p];
        if (in && in->has_pitch == pitched && note->weight[p] > weight) {
            weight = note->weight[p];
            most = p;
        }
    }
    LayerWeight share[2];
    bool recorded = most >= 0 && tbi_layer_part_shares(note, most, share) > 0;
    return recorded ? note->part[most]->layer[share[0].index].above : mean_above(note);
}

/* Computes the note network's input for this note; false if its table is up to date. A bend requires a new table
 * only when it is large enough to change the timbre audibly. */
static bool needs_table(const TbPlayedNote *note, float want[TB_NOTE_QUERY]) {
    memset(want, 0, TB_NOTE_QUERY * sizeof *want);
    for (int p = 0; p < TB_PARTS; p++)
        for (int k = 0; note->part[p] && k < TB_CODE_DIM; k++)
            want[k] += note->weight[p] * note->part[p]->code[k];
    for (int k = 0; k < TB_KNOBS; k++)
        want[k] += note->knob[k];
    want[TB_CODE_DIM] = tbi_note_has_pitch(note) ? note->key + tbi_note_above_key(note) : NOTE_NO_KEY;
    want[TB_CODE_DIM + 1] = note->velocity;
    if (note->has_table && fabsf(want[TB_CODE_DIM] - note->query[TB_CODE_DIM]) < KEY_STEP)
        want[TB_CODE_DIM] = note->query[TB_CODE_DIM];
    return !note->has_table || memcmp(want, note->query, sizeof note->query) != 0;
}

bool tbi_note_needs_inference(const TbModel *model, const TbPlayedNote *note) {
    float want[TB_NOTE_QUERY];
    return tb_model_notes(model) && needs_table(note, want);
}

void tbi_note_query(const TbPlayedNote *note, float query[TB_NOTE_QUERY]) {
    needs_table(note, query);
}

float tbi_note_query_distance(const float query[TB_NOTE_QUERY], const TbPlayedNote *other) {
    float sum = 0;
    for (int k = 0; k < TB_NOTE_QUERY; k++) {
        float d = query[k] - other->query[k];
        d *= k < TB_CODE_DIM ? 1 : k == TB_CODE_DIM ? 1 / NEAR_KEYS : 1 / NEAR_VELOCITY;
        sum += d * d;
    }
    return other->has_table ? sqrtf(sum) : INFINITY;
}

void tbi_note_reuse_table(TbPlayedNote *note, const TbPlayedNote *other) {
    memcpy(note->query, other->query, sizeof note->query);
    memcpy(note->table, other->table, sizeof note->table);
    note->has_table = note->reused = true;
}

/* Writes a note's input as row i of a batch. */
static void set_input(TbPlayedNote *note, const float want[TB_NOTE_QUERY], size_t i, const Scratch *s) {
    memcpy(s->want + i * TB_NOTE_QUERY, want, TB_NOTE_QUERY * sizeof *want);
    memcpy(s->code + i * TB_CODE_DIM, want, TB_CODE_DIM * sizeof *want);
    tbi_note_condition(want[TB_CODE_DIM], note->velocity, tbi_note_has_pitch(note),
                       s->note_condition + i * NOTE_CONDITIONS);
}

static void take_output(const TbModel *model, TbPlayedNote *note, size_t i, const Scratch *s) {
    size_t size = (size_t)note_table_size(tb_vae_config(tb_model_vae(model))->latent_dim);
    memcpy(note->query, s->want + i * TB_NOTE_QUERY, sizeof note->query);
    memcpy(note->table, s->table + i * size, size * sizeof(float));
    note->has_table = true;
    note->reused = false;
}

/* All notes in one batch: the network's weights exceed the cache, and a chord, or a knob that affects all notes,
 * would otherwise read them once per note. */
void tbi_notes_infer(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch) {
    size_t n_rows = 0;
    TbPlayedNote *rows[NOTE_BATCH];
    float want[TB_NOTE_QUERY];
    Scratch s;
    tbi_note_scratch_init(model, n, scratch, &s);
    for (size_t i = 0; i < n && tb_model_notes(model); i++) {
        if (needs_table(notes[i], want)) {
            set_input(notes[i], want, n_rows, &s);
            rows[n_rows++] = notes[i];
        }
        if (n_rows == NOTE_BATCH || (i + 1 == n && n_rows > 0)) {
            tb_vae_decoder_run(tb_model_note_decoder(model), s.code, s.note_condition, n_rows, s.net, s.table);
            for (; n_rows > 0; n_rows--)
                take_output(model, rows[n_rows - 1], n_rows - 1, &s);
        }
    }
}

bool tbi_notes_infer_step(const TbModel *model, int step, TbPlayedNote *const *notes, size_t n, float *scratch) {
    const TbVaeDecoder *decoder = tb_model_note_decoder(model);
    Scratch s;
    tbi_note_scratch_init(model, n, scratch, &s);
    for (size_t i = 0; i < n && step == 0; i++) {
        float want[TB_NOTE_QUERY];
        needs_table(notes[i], want);
        set_input(notes[i], want, i, &s);
    }
    /* The first layer is small, so it shares a step with the second. */
    if (step == 0)
        tb_vae_decoder_step(decoder, 0, s.code, s.note_condition, n, s.net, s.table);
    tb_vae_decoder_step(decoder, step + 1, s.code, s.note_condition, n, s.net, s.table);
    if (step + 2 < tb_vae_decoder_steps(decoder))
        return false;
    for (size_t i = 0; i < n; i++)
        if (notes[i])
            take_output(model, notes[i], i, &s);
    return true;
}
