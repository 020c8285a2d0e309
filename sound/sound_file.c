/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads encoded sounds from files. The file is untrusted: sizes come from the tensors present, and every number that
 * synthesis uses is range-checked here once. */
#include "sound/sound_file.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "sound/tensor_object.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_F0 100000.0f
#define MAX_LOUDNESS 400.0f /* dB, either sign */
#define MAX_RATIO 16.0f     /* octaves, either sign */
#define SLACK 1.0           /* seconds by which a note may differ from its frames, or extend past the end */

/* The tensors of the file, after a check that their shapes are consistent. */
typedef struct {
    size_t n_notes, n_frames, n_detail, n_phases;
    const uint8_t *notes, *times, *detail, *phase_detail;
    TbArena memory; /* of the copies: */
    float *pitch, *ratios, *phases, *z, *f0, *loudness;
} Source;

static TbStatus bad(const char *what) {
    return tb_fail(TB_ERR_FORMAT, "This file is a damaged encoded sound: %s; encode the sound again.", what);
}

static int64_t integer_at(const uint8_t *bytes, size_t i) {
    uint64_t x = 0;
    for (size_t k = 0; k < 8; k++)
        x |= (uint64_t)bytes[8 * i + k] << (8 * k);
    return (int64_t)x;
}

static double double_at(const uint8_t *bytes, size_t i) {
    int64_t bits = integer_at(bytes, i);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static TbStatus read_metadata(const TbTensorFile *file, TbSound *sound) {
    const char *version = tb_tensor_file_metadata(file, "version");
    const char *seconds = tb_tensor_file_metadata(file, "seconds_bits");
    const char *latent = tb_tensor_file_metadata(file, "latent_dim"), *model = tb_tensor_file_metadata(file, "model");
    uint64_t bits;
    int end = 0;
    if (!version || strcmp(version, SOUND_VERSION) != 0)
        return tb_fail(TB_ERR_VERSION, "This file was encoded by another version of Timbrel; encode the sound again.");
    if (!seconds || strlen(seconds) != 16 || sscanf(seconds, "%16" SCNx64 "%n", &bits, &end) != 1 || end != 16)
        return bad("its length is missing or unreadable");
    memcpy(&sound->seconds, &bits, sizeof bits);
    if (!(sound->seconds >= 0 && sound->seconds < MAX_SECONDS))
        return bad("its length is not between 0 seconds and a day");
    if (!latent || strlen(latent) > 4 || sscanf(latent, "%d%n", &sound->latent_dim, &end) != 1 ||
        (size_t)end != strlen(latent) || sound->latent_dim < 1 || sound->latent_dim > MAX_LATENTS)
        return bad("its number of latents is not between 1 and 256");
    if (!model || strlen(model) != 16 || sscanf(model, "%16" SCNx64 "%n", &sound->model, &end) != 1 || end != 16)
        return bad("the model that encoded it is missing or unreadable");
    return TB_OK;
}

/* Finds the tensor `name` of a type and of shape [n][columns] (columns 0: [n]); sets n if it is SIZE_MAX. */
static TbStatus find(const TbTensorFile *file, const char *name, TbDtype dtype, size_t columns, size_t *n,
                     const uint8_t **data) {
    const TbTensorView *t = tb_tensor_file_find(file, name);
    if (!t)
        return tb_fail(TB_ERR_FORMAT, "This file is a damaged encoded sound: it has no \"%s\"; encode the sound again.",
                       name);
    bool fits = t->dtype == dtype && t->n_dims == (columns ? 2 : 1) && (!columns || t->shape[1] == columns);
    if (fits && *n == SIZE_MAX)
        *n = t->shape[0];
    if (!fits || t->shape[0] != *n)
        return tb_fail(TB_ERR_FORMAT,
                       "This file is a damaged encoded sound: its \"%s\" has the wrong shape; encode the sound again.",
                       name);
    *data = t->data;
    return TB_OK;
}

static TbStatus find_floats(const TbTensorFile *file, const char *name, TbDtype dtype, size_t columns, size_t n,
                            TbArena *memory, float **floats) {
    const uint8_t *unused;
    TbStatus status = find(file, name, dtype, columns, &n, &unused);
    if (status != TB_OK)
        return status;
    size_t size = n * (columns ? columns : 1);
    *floats = tbi_arena_floats(memory, size);
    if (!*floats)
        return tbi_no_memory("to read this sound");
    return tb_tensor_file_floats(file, name, *floats, size);
}

static TbStatus source_read(const TbTensorFile *file, int latent_dim, Source *s) {
    *s = (Source){.n_notes = SIZE_MAX, .n_frames = SIZE_MAX, .n_detail = SIZE_MAX, .n_phases = SIZE_MAX};
    const uint8_t *unused;
    TbStatus status = find(file, "notes", TB_I64, NOTE_COLUMNS, &s->n_notes, &s->notes);
    if (status == TB_OK)
        status = find(file, "times", TB_I64, 2, &s->n_notes, &s->times);
    if (status == TB_OK)
        status = find(file, "f0", TB_F32, 0, &s->n_frames, &unused);
    if (status == TB_OK)
        status = find(file, "detail", TB_U8, TB_FEATURES, &s->n_detail, &s->detail);
    if (status == TB_OK)
        status = find(file, "phase_detail", TB_U8, N_PHASES, &s->n_phases, &s->phase_detail);
    if (status == TB_OK)
        status = find_floats(file, "pitch", TB_F32, 2, s->n_notes, &s->memory, &s->pitch);
    if (status == TB_OK)
        status = find_floats(file, "ratios", TB_F32, TB_PARTIALS, s->n_notes, &s->memory, &s->ratios);
    if (status == TB_OK)
        status = find_floats(file, "phases", TB_F32, N_PHASES, s->n_notes, &s->memory, &s->phases);
    if (status == TB_OK)
        status = find_floats(file, "z", TB_F16, (size_t)latent_dim, s->n_frames, &s->memory, &s->z);
    if (status == TB_OK)
        status = find_floats(file, "f0", TB_F32, 0, s->n_frames, &s->memory, &s->f0);
    if (status == TB_OK)
        status = find_floats(file, "loudness", TB_F32, 0, s->n_frames, &s->memory, &s->loudness);
    return status;
}

/* Whether all n numbers, which are finite, are in low .. high. */
static bool within(const float *x, size_t n, float low, float high) {
    for (size_t i = 0; i < n; i++)
        if (!(x[i] >= low && x[i] <= high))
            return false;
    return true;
}

static TbStatus check_numbers(const Source *s) {
    if (!within(s->f0, s->n_frames, 1e-3f, MAX_F0))
        return bad("a pitch is not a frequency");
    if (!within(s->loudness, s->n_frames, -MAX_LOUDNESS, MAX_LOUDNESS))
        return bad("a loudness is out of range");
    if (!within(s->ratios, s->n_notes * TB_PARTIALS, -MAX_RATIO, MAX_RATIO))
        return bad("the ratio of a partial is out of range");
    if (!within(s->phases, s->n_notes * N_PHASES, -1, 2))
        return bad("a phase is out of range");
    for (size_t i = 0; i < s->n_notes; i++)
        if (!within(s->pitch + 2 * i, 1, 1e-3f, MAX_F0) || !within(s->pitch + 2 * i + 1, 1, 0, 1))
            return bad("the pitch of a note is not a frequency");
    return TB_OK;
}

/* Checks the numbers of a note, and that it begins after the end of the previous one. */
static TbStatus check_note(const TbSound *sound, const Source *s, size_t i) {
    const TbEncodedNote *n = &sound->notes[i];
    int64_t frames = integer_at(s->notes, NOTE_COLUMNS * i), pitched = integer_at(s->notes, NOTE_COLUMNS * i + 1);
    int64_t has = integer_at(s->notes, NOTE_COLUMNS * i + 2);
    if (frames < 1 || (uint64_t)frames > s->n_frames || pitched < 0 || pitched > 1 || has < 0 ||
        has > (HAS_DETAIL | HAS_PHASES))
        return bad("its list of notes is invalid");
    if (!(n->start >= 0 && n->seconds >= 0 && n->start + n->seconds <= sound->seconds + SLACK))
        return bad("a note extends beyond its length");
    if (!(fabs(n->seconds - (double)frames * TB_HOP) <= SLACK))
        return bad("a note's length does not match its frames");
    /* Half a hop of overlap is tolerated: end and start may have been rounded in opposite directions. */
    if (i > 0 && !(n->start >= n[-1].start && n->start >= n[-1].start + n[-1].seconds - TB_HOP / 2))
        return bad("its notes are out of order");
    return TB_OK;
}

static void *copy_of(const void *from, size_t n) {
    void *copy = malloc(n ? n : 1);
    if (copy)
        memcpy(copy, from, n);
    return copy;
}

typedef struct {
    size_t frames, detail, phases; /* read so far */
} Place;

static TbStatus read_note(const Source *s, size_t i, Place *at, TbSound *sound) {
    size_t latent = (size_t)sound->latent_dim;
    TbEncodedNote *n = &sound->notes[i];
    n->start = double_at(s->times, 2 * i);
    n->seconds = double_at(s->times, 2 * i + 1);
    TbStatus status = check_note(sound, s, i);
    if (status != TB_OK)
        return status;
    n->n_frames = (size_t)integer_at(s->notes, NOTE_COLUMNS * i);
    n->pitched = integer_at(s->notes, NOTE_COLUMNS * i + 1) == 1;
    int64_t has = integer_at(s->notes, NOTE_COLUMNS * i + 2);
    if (n->n_frames > s->n_frames - at->frames || (has & HAS_DETAIL && n->n_frames > s->n_detail - at->detail) ||
        (has & HAS_PHASES && n->n_frames > s->n_phases - at->phases))
        return bad("its notes need more frames than it has");
    n->f0 = s->pitch[2 * i];
    n->inharmonicity = s->pitch[2 * i + 1];
    memcpy(n->ratio, s->ratios + i * TB_PARTIALS, sizeof n->ratio);
    memcpy(n->start_phases.harmonic, s->phases + i * N_PHASES, sizeof n->start_phases.harmonic);
    memcpy(n->start_phases.partial, s->phases + i * N_PHASES + TB_HARMONICS, sizeof n->start_phases.partial);
    n->z = copy_of(s->z + at->frames * latent, n->n_frames * latent * sizeof *n->z);
    n->f0_track = copy_of(s->f0 + at->frames, n->n_frames * sizeof *n->f0_track);
    n->loudness = copy_of(s->loudness + at->frames, n->n_frames * sizeof *n->loudness);
    bool whole = n->z && n->f0_track && n->loudness;
    at->frames += n->n_frames;
    if (has & HAS_DETAIL) {
        n->detail = copy_of(s->detail + at->detail * TB_FEATURES, n->n_frames * TB_FEATURES);
        at->detail += n->n_frames;
        whole = whole && n->detail;
    }
    if (has & HAS_PHASES) {
        n->phase_detail = copy_of(s->phase_detail + at->phases * N_PHASES, n->n_frames * N_PHASES);
        at->phases += n->n_frames;
        whole = whole && n->phase_detail;
    }
    return whole ? TB_OK : tbi_no_memory("to read this sound");
}

static TbStatus read_notes(const Source *s, TbSound *sound) {
    Place at = {0};
    TbStatus status = check_numbers(s);
    if (status != TB_OK)
        return status;
    sound->notes = calloc(s->n_notes + 1, sizeof *sound->notes);
    if (!sound->notes)
        return tbi_no_memory("to read this sound");
    for (size_t i = 0; status == TB_OK && i < s->n_notes; i++) {
        sound->n_notes = i + 1;
        status = read_note(s, i, &at, sound);
    }
    if (status == TB_OK && (at.frames != s->n_frames || at.detail != s->n_detail || at.phases != s->n_phases))
        status = bad("it has frames that belong to no note");
    return status;
}

/* Sounds of one channel have none, nor do files of earlier versions. */
static TbStatus read_width(const TbTensorFile *file, TbSound *sound) {
    size_t n = SIZE_MAX;
    const uint8_t *data = NULL;
    if (!tb_tensor_file_find(file, "width"))
        return TB_OK;
    TbStatus status = find(file, "width", TB_U8, TB_WIDTH_BANDS * sizeof(TbWidthBand), &n, &data);
    if (status == TB_OK && (n == 0 || (double)n * TB_WIDTH_STEP > sound->seconds + SLACK))
        status = bad("its width does not match its length");
    if (status)
        return status;
    sound->width.bands = copy_of(data, n * TB_WIDTH_BANDS * sizeof(TbWidthBand));
    sound->width.n = sound->width.bands ? n : 0;
    return sound->width.bands ? TB_OK : tbi_no_memory("to read this sound");
}

static TbStatus sound_from_file(const TbTensorFile *file, void *object) {
    TbSound *sound = object;
    Source source = {0};
    TbStatus status = read_metadata(file, sound);
    if (status == TB_OK)
        status = source_read(file, sound->latent_dim, &source);
    if (status == TB_OK)
        status = read_notes(&source, sound);
    if (status == TB_OK)
        status = read_width(file, sound);
    tbi_arena_free(&source.memory);
    if (status != TB_OK)
        tb_sound_free(sound);
    return status;
}

static const TensorObject kind = {SOUND_FORMAT, "an encoded sound", "`timbrel encode` makes one", sound_from_file};

TbStatus tb_sound_read(const char *path, TbSound *sound) {
    memset(sound, 0, sizeof *sound);
    return tbi_tensor_object_read(&kind, path, sound);
}

TbStatus tb_sound_parse(const void *data, size_t n_bytes, TbSound *sound) {
    memset(sound, 0, sizeof *sound);
    return tbi_tensor_object_parse(&kind, data, n_bytes, sound);
}
