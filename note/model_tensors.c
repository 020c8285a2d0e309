/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The note network in the model file: tensors named note.*, 16 or 32 bits like the others. */
#include "base/no_memory.h"
#include "note/note.h"
#include "vae/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "note."

#define MOST_ABOVE 60.0f /* semitones */
#define MOST_CODE 100.0f /* standard deviations */

/* Tables stored with the network; the last only if the model knows General MIDI. */
enum { N_TABLES = 7, PROGRAM_TABLE = N_TABLES - 1, PROGRAM_NUMBERS = sizeof(TbProgram) / sizeof(float) };
typedef struct {
    const char *name;
    float *data;
    size_t n_dims, shape[3];
} Table;

static void list_tables(TbNoteModel *m, int latent, Table table[N_TABLES]) {
    table[0] = (Table){PREFIX "knob", m->knob[0], 2, {TB_KNOBS, TB_KNOB_POINTS, 0}};
    table[1] = (Table){PREFIX "prior.mean", m->mean[0], 2, {2, TB_CODE_DIM, 0}};
    table[2] = (Table){PREFIX "prior.spread", m->spread[0], 3, {2, TB_CODE_DIM, TB_CODE_DIM}};
    table[3] = (Table){PREFIX "attribute.middle", m->middle, 1, {TB_KNOBS, 0, 0}};
    table[4] = (Table){PREFIX "attribute.width", m->width, 1, {TB_KNOBS, 0, 0}};
    table[5] = (Table){PREFIX "scale", m->scale, 1, {(size_t)note_channels(latent), 0, 0}};
    table[PROGRAM_TABLE] = (Table){PREFIX "program", m->program[0].code, 2, {TB_PROGRAMS, PROGRAM_NUMBERS, 0}};
}

/* Whether all programs are such as are written; the numbers of a file are finite. */
static bool programs_are_valid(const TbNoteModel *m) {
    for (size_t i = 0; i < TB_PROGRAMS; i++) {
        const TbProgram *p = &m->program[i];
        if ((p->kind != 0 && p->kind != 1 && p->kind != 2) || fabsf(p->above) > MOST_ABOVE)
            return false;
        for (int k = 0; k < TB_CODE_DIM; k++)
            if (fabsf(p->code[k]) > MOST_CODE)
                return false;
    }
    return true;
}

static size_t n_tables(const TbNoteModel *m) {
    bool knows = false;
    for (size_t i = 0; i < TB_PROGRAMS; i++)
        knows = knows || m->program[i].kind > 0;
    return knows ? N_TABLES : PROGRAM_TABLE;
}

void tb_note_model_free(TbNoteModel *notes) {
    if (notes) {
        tb_vae_free(notes->net);
        free(notes);
    }
}

/* seed NULL: all weights are 0. */
static TbStatus new_of_shape(const TbVaeConfig *c, const uint64_t *seed, TbNoteModel **notes) {
    *notes = calloc(1, sizeof **notes);
    TbStatus status = !*notes ? tbi_no_memory("for the note network")
                      : seed  ? tb_vae_new(c, *seed, &(*notes)->net)
                              : tb_vae_new_zero(c, &(*notes)->net);
    if (status != TB_OK) {
        tb_note_model_free(*notes);
        *notes = NULL;
    }
    return status;
}

TbStatus tbi_note_model_new(int latent, uint64_t seed, TbNoteModel **notes) {
    TbVaeConfig c = tbi_note_net_config(latent);
    return new_of_shape(&c, &seed, notes);
}

size_t tbi_note_model_n_tensors(const TbNoteModel *notes) {
    return tb_vae_n_tensors(notes->net) + n_tables(notes);
}

void tbi_note_model_views(const TbNoteModel *notes, int latent, uint16_t *halves, TbTensorView *views) {
    TbNoteModel *m = (TbNoteModel *)(uintptr_t)notes;
    size_t n = tb_vae_n_tensors(m->net);
    tbi_parameters_views(tbi_vae_parameters(m->net), PREFIX, tb_vae_params(m->net), halves, views);
    Table table[N_TABLES];
    list_tables(m, latent, table);
    for (size_t i = 0; i < n_tables(m); i++) {
        TbTensorView *v = &views[n + i];
        *v = (TbTensorView){.dtype = TB_F32, .n_dims = table[i].n_dims, .data = table[i].data};
        snprintf(v->name, sizeof v->name, "%s", table[i].name);
        memcpy(v->shape, table[i].shape, sizeof table[i].shape);
    }
}

/* Number and width of the hidden layers of one half of the network, from the file; false if they are invalid. */
static bool read_shape(const TbTensorFile *file, const char *half, int *layers, int *width) {
    int n = 0;
    size_t rows = 0;
    for (; n <= 9; n++) {
        char name[64];
        snprintf(name, sizeof name, PREFIX "%s.%d.weight", half, n);
        const TbTensorView *t = tb_tensor_file_find(file, name);
        if (!t)
            break;
        rows = n == 0 ? t->shape[0] : rows;
    }
    *layers = n - 1;
    *width = (int)rows;
    return n >= 2 && n <= 9 && rows >= 1 && rows <= 4096;
}

static bool has_notes(const TbTensorFile *file) {
    for (size_t i = 0; i < tb_tensor_file_count(file); i++)
        if (strncmp(tb_tensor_file_at(file, i)->name, PREFIX, strlen(PREFIX)) == 0)
            return true;
    return false;
}

static TbStatus damaged(void) {
    return tb_fail(TB_ERR_FORMAT,
                   "This file is a damaged model: its note network cannot be read; get a fresh copy of it.");
}

TbStatus tbi_note_model_from_file(const TbTensorFile *file, int latent, TbNoteModel **notes) {
    *notes = NULL;
    if (!has_notes(file))
        return TB_OK;
    TbVaeConfig c = tbi_note_net_config(latent);
    if (latent > TB_NOTE_LATENTS || !read_shape(file, "encoder", &c.encoder_layers, &c.encoder_width) ||
        !read_shape(file, "decoder", &c.decoder_layers, &c.decoder_width))
        return damaged();
    TbStatus status = new_of_shape(&c, NULL, notes);
    if (status == TB_OK)
        status = tbi_parameters_read(tbi_vae_parameters((*notes)->net), PREFIX, file, tb_vae_params((*notes)->net));
    Table table[N_TABLES];
    if (status == TB_OK)
        list_tables(*notes, latent, table);
    const bool knows = tb_tensor_file_find(file, PREFIX "program") != NULL;
    for (int i = 0; status == TB_OK && i < (knows ? N_TABLES : PROGRAM_TABLE); i++) {
        size_t n = 1;
        for (size_t d = 0; d < table[i].n_dims; d++)
            n *= table[i].shape[d];
        status = tb_tensor_file_floats(file, table[i].name, table[i].data, n);
    }
    if (status == TB_OK && !programs_are_valid(*notes))
        status = damaged();
    if (status != TB_OK) {
        tb_note_model_free(*notes);
        *notes = NULL;
    }
    return status;
}
