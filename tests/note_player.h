/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of instruments: plays notes frame by frame, and makes an untrained note network with plausible output. */
#ifndef TIMBREL_TESTS_NOTE_PLAYER_H
#define TIMBREL_TESTS_NOTE_PLAYER_H

#include "instrument/recorded_layer.h"
#include "tests/played.h"

#include <math.h>
#include <stdlib.h>

enum { FRAMES_MOST = 2400 };

/* A played note: its frames, and how many of them are audible. */
typedef struct {
    size_t n;
    TbFrame *frame; /* [FRAMES_MOST], owned */
} Envelope;

/* Changes a note while it is playing. */
typedef void (*Touch)(TbPlayedNote *note, size_t frame);

/* Plays a note whose caller's members are set; held for `hold` frames, `most` frames at most. */
static inline Envelope tbi_envelope_new(const TbModel *model, TbPlayedNote note, uint64_t seed, size_t hold,
                                        size_t most, Touch touch) {
    Envelope c = {0, calloc(FRAMES_MOST, sizeof *c.frame)};
    float *scratch = malloc(tb_notes_scratch(model, 1) * sizeof *scratch);
    note.held = true;
    tb_note_start(&note, seed);
    for (; c.n < most && c.n < FRAMES_MOST && !note.over; c.n++) {
        TbFrame *frame = &c.frame[c.n];
        note.held = c.n < hold;
        if (touch)
            touch(&note, c.n);
        tb_notes_next(model, (TbPlayedNote *[]){&note}, 1, scratch, &frame);
    }
    free(scratch);
    return c;
}

static inline double course_db(const Envelope *c, size_t frame) {
    return frame < c->n ? 10 * log10(c->frame[frame].power + 1e-12) : -120;
}

/* Mean over frames first .. end - 1: loudness in dB; MIDI key. */
static inline double mean_db(const Envelope *c, size_t first, size_t end) {
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += course_db(c, i);
    return sum / (double)(end - first);
}
static inline double mean_key(const Envelope *c, size_t first, size_t end) {
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += 69 + 12 * log2(c->frame[i].f0 / 440);
    return sum / (double)(end - first);
}

/* A network whose every note rises in 20 frames, is held at -20 dB with some vibrato and flicker, and decays within
 * half a second; everything depends a little on code and key. */
static inline TbNoteModel *plain_notes(int latent) {
    TbNoteModel *notes = calloc(1, sizeof *notes);
    TbVaeConfig c = tbi_note_net_config(latent);
    c.encoder_width = c.decoder_width = 24;
    if (!notes || tb_vae_new(&c, 2, &notes->net) != TB_OK)
        return NULL;
    const TbTensor *bias = tb_vae_tensor(notes->net, tb_vae_n_tensors(notes->net) - 1), *weight = bias - 1;
    float *b = tb_vae_params(notes->net) + bias->offset, *w = tb_vae_params(notes->net) + weight->offset;
    int width = note_channels(latent);
    for (size_t i = 0; i < weight->rows * weight->cols; i++)
        w[i] *= 0.03f;
    for (int m = 0; m < NOTE_POINTS; m++) {
        float up = m < NOTE_HELD_POINTS ? fmaxf(20 - (float)tbi_note_held_frames[m], 0) * 2
                                        : (float)tbi_note_release_frames[m - NOTE_HELD_POINTS];
        b[m * width + latent] = tbi_note_loudness_channel(-20 - up);
    }
    for (int m = 0; m < NOTE_MOD_POINTS; m++) {
        float *move = b + note_table_modulation(latent) + 3 * m * width;
        for (int k = 0; k < width; k++)
            move[2 * width + k] = logf(0.02f);
        move[width - 1] = 0.1f * NOTE_CENT_SCALE; /* 10 cents */
    }
    for (int k = 0; k < TB_CODE_DIM; k++)
        for (int kind = 0; kind < 2; kind++)
            notes->spread[kind][k * TB_CODE_DIM + k] = 1;
    for (int k = 0; k < TB_KNOBS; k++)
        notes->width[k] = 1;
    for (int k = 0; k < width; k++)
        notes->scale[k] = 1;
    return notes;
}

/* The default model with a generated note network in place of its own, and instruments from it. */
static inline TbStatus learned_with(Played *p, TbNoteModel *(*make)(int latent)) {
    *p = (Played){0};
    TbStatus status = tb_default_model(&p->model);
    if (status == TB_OK) {
        TbNoteModel *notes = make(tb_vae_config(tb_model_vae(p->model))->latent_dim);
        status = notes ? tb_model_set_notes(p->model, notes) : TB_ERR_NO_MEMORY;
    }
    status = status == TB_OK ? played_instrument(p->model, "clarinet", &p->clarinet) : status;
    status = status == TB_OK ? played_instrument(p->model, "piano", &p->piano) : status;
    return status == TB_OK ? played_instrument(p->model, "kick", &p->kick) : status;
}

static inline TbStatus learned_new(Played *p) {
    return learned_with(p, plain_notes);
}

#endif
