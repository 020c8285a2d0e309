/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps notes as analysed while the frame network is trained; only then can their latents be inferred. */
#include "base/clock.h"
#include "base/no_memory.h"
#include "note/detail.h"
#include "sound/infer_latents.h"
#include "timbrel/sound.h"
#include "train/dataset.h"
#include "train/note_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAINT_DB 30.0f /* below the loudest note of its file */
#define VELOCITY (100 / 127.0f)
#define LONGEST_RELEASE 0.75 /* s: a sound that goes on for longer after `hold` was held for another time */
enum { SHORTEST = 6 };

void tbi_cached_note_free(CachedNote *h) {
    free(h->path);
    free(h->note.f0_track);
    free(h->note.loudness);
    free(h->note.detail);
    memset(h, 0, sizeof *h);
}

static float note_power(const TbNote *note) {
    float most = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        most = fmaxf(most, note->frames[t].power);
    return most;
}

static TbStatus copy_note(const TbNote *from, const char *path, CachedNote *to) {
    size_t n = from->n_frames;
    float x[TB_FEATURES];
    *to = (CachedNote){.path = strdup(path)};
    TbEncodedNote *note = &to->note;
    note->start = from->start;
    note->seconds = from->seconds;
    note->pitched = from->pitched;
    note->f0 = from->f0;
    note->n_frames = n;
    note->f0_track = malloc(n * sizeof *note->f0_track);
    note->loudness = malloc(n * sizeof *note->loudness);
    note->detail = malloc(n * TB_FEATURES);
    if (!to->path || !note->f0_track || !note->loudness || !note->detail) {
        tbi_cached_note_free(to);
        return tbi_no_memory("for the notes to learn from");
    }
    for (size_t t = 0; t < n; t++) {
        note->f0_track[t] = from->frames[t].f0;
        note->loudness[t] = 10 * log10f(fmaxf(from->frames[t].power, 1e-12f));
        tb_frame_to_features(&from->frames[t], x);
        tbi_detail_pack(x, note->detail + t * TB_FEATURES);
    }
    TbStatus status = tb_note_attributes(from, to->attribute);
    if (status)
        tbi_cached_note_free(to);
    return status;
}

TbStatus tbi_note_cache_add(const TbAnalysis *analysis, const char *path, size_t max_frames, FileFrames *out) {
    float loudest = tbi_loudest_power(analysis);
    size_t frames = 0;
    out->cached = calloc(analysis->n_notes + 1, sizeof *out->cached);
    TbStatus status = out->cached ? TB_OK : tbi_no_memory("for the notes to learn from");
    for (size_t i = 0; status == TB_OK && i < analysis->n_notes; i++) {
        const TbNote *note = &analysis->notes[i];
        if (note->n_frames < SHORTEST || 10 * log10f(note_power(note) / loudest + 1e-20f) < -FAINT_DB ||
            (frames > 0 && frames + note->n_frames > max_frames))
            continue;
        status = copy_note(note, path, &out->cached[out->n_cached]);
        out->n_cached += status == TB_OK;
        frames += note->n_frames;
    }
    return status;
}

/* ---- grouping by instrument ---- */

/* Pitched notes of one file belong to one instrument, and so do those of files that differ only in the note at the
 * end of their names, provided that these names are correct (the keys of a drum kit are not pitches). */
static void group_of(const CachedNote *h, size_t index, char *group, size_t size, float *velocity) {
    NoteFileName name = tbi_note_file_name_parse(h->path);
    *velocity = name.velocity > 0 ? name.velocity : VELOCITY;
    float found = 69 + 12 * log2f(h->note.f0 / 440);
    if (!h->note.pitched) /* each drum is an instrument of its own */
        snprintf(group, size, "%s#%zu", h->path, index);
    else if (name.key >= 0 && isnan(tbi_note_name_octaves(name.key, found)))
        snprintf(group, size, "%s", h->path);
    else
        snprintf(group, size, "%.*s", (int)name.length, h->path);
}

/* ---- latents ---- */

static TbStatus infer(const TbModel *model, TbEncodedNote *note) {
    size_t n = note->n_frames, latent = (size_t)tb_vae_config(tb_model_vae(model))->latent_dim;
    float loudest = -200;
    for (size_t t = 0; t < n; t++)
        loudest = fmaxf(loudest, note->loudness[t]);
    note->z = malloc(n * latent * sizeof *note->z);
    float *x = malloc(n * (TB_MODEL_INPUTS + 2 * TB_FEATURES + TB_CONDITIONS) * sizeof *x);
    if (!note->z || !x) {
        free(x);
        return tbi_no_memory("for the notes to learn from");
    }
    float *target = x + n * TB_MODEL_INPUTS, *threshold = target + n * TB_FEATURES,
          *condition = threshold + n * TB_FEATURES;
    for (size_t t = 0; t < n; t++) {
        float *row = x + t * TB_MODEL_INPUTS, *c = condition + t * TB_CONDITIONS;
        TbFrame f = {.f0 = note->f0_track[t], .power = powf(10, note->loudness[t] / 10)};
        tb_frame_to_condition(&f, c);
        tbi_detail_unpack(note->detail + t * TB_FEATURES, target + t * TB_FEATURES);
        tb_masking_threshold(target + t * TB_FEATURES, c, loudest - note->loudness[t], threshold + t * TB_FEATURES);
        memcpy(row, target + t * TB_FEATURES, TB_FEATURES * sizeof *row);
        for (int k = 0; k < TB_PARTIALS; k++) /* as in tbi_model_input */
            row[TB_FEATURE_RATIO + k] *= fminf(3 * row[TB_FEATURE_PARTIAL + k], 1);
        memcpy(row + TB_FEATURES, c, TB_CONDITIONS * sizeof *row);
    }
    TbStatus status = tbi_model_infer_track(tb_model_vae(model), x, target, threshold, condition, n, note->z);
    free(x);
    return status;
}

/* The hold to assume: recordings of keys held for the same time may be among others. 0: detect it. */
static double hold_of(const TbEncodedNote *note, double hold) {
    return note->start + (double)note->n_frames * TB_HOP <= hold + LONGEST_RELEASE ? hold : 0;
}

TbStatus tbi_note_cache_build_set(TbDataset *d, const TbModel *model, double hold, TbProgress progress, void *context,
                                  NoteSet *set) {
    size_t n_left;
    return tbi_note_cache_build_set_until(0, d, model, hold, progress, context, set, &n_left);
}

TbStatus tbi_note_cache_build_set_until(double deadline, TbDataset *d, const TbModel *model, double hold,
                                        TbProgress progress, void *context, NoteSet *set, size_t *n_left) {
    TbStatus status = TB_OK;
    tbi_note_set_init(set, tb_vae_config(tb_model_vae(model))->latent_dim);
    *n_left = 0;
    for (size_t i = 0; status == TB_OK && i < d->n_notes; i++) {
        size_t at = deadline > 0 ? tbi_dataset_spread(i, d->n_notes) : i;
        CachedNote *h = &d->notes[at];
        char group[4200];
        float velocity;
        if (h->held_out)
            continue;
        if (deadline > 0 && set->n > 0 && tbi_now() > deadline) {
            ++*n_left;
            continue;
        }
        group_of(h, at, group, sizeof group, &velocity);
        status = infer(model, &h->note);
        if (status == TB_OK)
            status = tbi_note_set_add(set, &h->note, h->attribute, group, hold_of(&h->note, hold), velocity);
        free(h->note.z);
        h->note.z = NULL;
        if (status == TB_OK && progress && i % 8 == 0 &&
            !progress(context, (double)i / (double)d->n_notes, "Encoding the notes"))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    if (status == TB_OK)
        status = tbi_note_set_finish(set);
    if (status != TB_OK)
        tbi_note_set_free(set);
    return status;
}
