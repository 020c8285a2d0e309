/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes encoded sounds to files. All numbers are stored exactly but the latents, which become 16-bit floats:
 * tb_encode rounds its latents to 16-bit floats, so that a sound and its file are identical. */
#include "base/arena.h"
#include "base/no_memory.h"
#include "base/printed_file.h"
#include "sound/sound_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tensors of a whole sound. */
typedef struct {
    TbArena memory;
    size_t n_notes, n_frames, n_detail, n_phases;
    int64_t *notes, *times;
    float *pitch, *ratios, *phases, *f0, *loudness;
    uint16_t *z;
    uint8_t *detail, *phase_detail;
} Tensors;

static TbStatus tensors_new(const TbSound *sound, Tensors *t) {
    *t = (Tensors){.n_notes = sound->n_notes};
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *n = &sound->notes[i];
        t->n_frames += n->n_frames;
        t->n_detail += n->detail ? n->n_frames : 0;
        t->n_phases += n->phase_detail ? n->n_frames : 0;
    }
    size_t notes = t->n_notes, frames = t->n_frames;
    t->notes = tbi_arena_alloc(&t->memory, notes, NOTE_COLUMNS * sizeof *t->notes);
    t->times = tbi_arena_alloc(&t->memory, notes, 2 * sizeof *t->times);
    t->pitch = tbi_arena_floats(&t->memory, notes * 2);
    t->ratios = tbi_arena_floats(&t->memory, notes * TB_PARTIALS);
    t->phases = tbi_arena_floats(&t->memory, notes * N_PHASES);
    t->f0 = tbi_arena_floats(&t->memory, frames);
    t->loudness = tbi_arena_floats(&t->memory, frames);
    t->z = tbi_arena_alloc(&t->memory, frames, (size_t)sound->latent_dim * sizeof *t->z);
    t->detail = tbi_arena_alloc(&t->memory, t->n_detail, TB_FEATURES);
    t->phase_detail = tbi_arena_alloc(&t->memory, t->n_phases, N_PHASES);
    return t->memory.failed ? tbi_no_memory("to write this sound") : TB_OK;
}

static int64_t bits_of(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void fill_note(const TbEncodedNote *n, size_t i, Tensors *t) {
    t->notes[NOTE_COLUMNS * i] = (int64_t)n->n_frames;
    t->notes[NOTE_COLUMNS * i + 1] = n->pitched;
    t->notes[NOTE_COLUMNS * i + 2] = (n->detail ? HAS_DETAIL : 0) | (n->phase_detail ? HAS_PHASES : 0);
    t->times[2 * i] = bits_of(n->start);
    t->times[2 * i + 1] = bits_of(n->seconds);
    t->pitch[2 * i] = n->f0;
    t->pitch[2 * i + 1] = n->inharmonicity;
    memcpy(t->ratios + i * TB_PARTIALS, n->ratio, sizeof n->ratio);
    memcpy(t->phases + i * N_PHASES, n->start_phases.harmonic, sizeof n->start_phases.harmonic);
    memcpy(t->phases + i * N_PHASES + TB_HARMONICS, n->start_phases.partial, sizeof n->start_phases.partial);
}

static void fill(const TbSound *sound, Tensors *t) {
    size_t at = 0, detail = 0, phases = 0, latent = (size_t)sound->latent_dim;
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *n = &sound->notes[i];
        fill_note(n, i, t);
        memcpy(t->f0 + at, n->f0_track, n->n_frames * sizeof *t->f0);
        memcpy(t->loudness + at, n->loudness, n->n_frames * sizeof *t->loudness);
        for (size_t k = 0; k < n->n_frames * latent; k++)
            t->z[at * latent + k] = tb_float_to_half(n->z[k]);
        at += n->n_frames;
        if (n->detail) {
            memcpy(t->detail + detail * TB_FEATURES, n->detail, n->n_frames * TB_FEATURES);
            detail += n->n_frames;
        }
        if (n->phase_detail) {
            memcpy(t->phase_detail + phases * N_PHASES, n->phase_detail, n->n_frames * N_PHASES);
            phases += n->n_frames;
        }
    }
}

static TbStatus write_tensors(const TbSound *sound, const Tensors *t, const char *path) {
    const TbTensorView views[] = {
        {"notes", TB_I64, 2, {t->n_notes, NOTE_COLUMNS}, t->notes},
        {"times", TB_I64, 2, {t->n_notes, 2}, t->times},
        {"pitch", TB_F32, 2, {t->n_notes, 2}, t->pitch},
        {"ratios", TB_F32, 2, {t->n_notes, TB_PARTIALS}, t->ratios},
        {"phases", TB_F32, 2, {t->n_notes, N_PHASES}, t->phases},
        {"z", TB_F16, 2, {t->n_frames, (size_t)sound->latent_dim}, t->z},
        {"f0", TB_F32, 1, {t->n_frames}, t->f0},
        {"loudness", TB_F32, 1, {t->n_frames}, t->loudness},
        {"detail", TB_U8, 2, {t->n_detail, TB_FEATURES}, t->detail},
        {"phase_detail", TB_U8, 2, {t->n_phases, N_PHASES}, t->phase_detail},
        {"width", TB_U8, 2, {sound->width.n, TB_WIDTH_BANDS * sizeof(TbWidthBand)}, sound->width.bands}, /* the last */
    };
    size_t n_views = sizeof views / sizeof *views - (sound->width.n == 0);
    /* The decimal seconds are for people: locale-independent, to the millisecond. */
    uint64_t milliseconds = (uint64_t)(sound->seconds * 1000);
    char seconds[40], bits[20], latent[16], model[20], notes[24], frames[24];
    snprintf(seconds, sizeof seconds, "%" PRIu64 ".%03" PRIu64, milliseconds / 1000, milliseconds % 1000);
    snprintf(bits, sizeof bits, "%016" PRIx64, (uint64_t)bits_of(sound->seconds));
    snprintf(latent, sizeof latent, "%d", sound->latent_dim);
    snprintf(model, sizeof model, "%016" PRIx64, sound->model);
    snprintf(notes, sizeof notes, "%zu", t->n_notes);
    snprintf(frames, sizeof frames, "%zu", t->n_frames);
    const char *metadata[] = {"format",       SOUND_FORMAT, "version",    SOUND_VERSION, "seconds", seconds,
                              "seconds_bits", bits,         "latent_dim", latent,        "model",   model,
                              "notes",        notes,        "frames",     frames,        NULL};
    TbPrinted file = {NULL, 0};
    TbStatus status = tb_tensor_file_serialize(views, n_views, metadata, &file.data, &file.n_bytes);
    return tbi_write_printed(status, &file, path);
}

TbStatus tb_sound_write(const TbSound *sound, const char *path) {
    Tensors tensors;
    if (sound->latent_dim < 1 || sound->latent_dim > MAX_LATENTS ||
        !(sound->seconds >= 0 && sound->seconds < MAX_SECONDS))
        return tb_fail(TB_ERR_ARGUMENT,
                       "Cannot write a sound that lasts a day or more, or whose latents are not 1 to %d.", MAX_LATENTS);
    TbStatus status = tensors_new(sound, &tensors);
    if (status == TB_OK) {
        fill(sound, &tensors);
        status = write_tensors(sound, &tensors, path);
    }
    tbi_arena_free(&tensors.memory);
    return status;
}
