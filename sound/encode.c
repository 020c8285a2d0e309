/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes notes of frames into notes of latents. */
#include "base/no_memory.h"
#include "note/detail.h"
#include "sound/infer_latents.h"
#include "sound/moved_width.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_HALF 65504.0f

static void note_free(TbEncodedNote *n) {
    free(n->z);
    free(n->f0_track);
    free(n->loudness);
    free(n->detail);
    free(n->phase_detail);
}

void tb_sound_free(TbSound *sound) {
    for (size_t i = 0; i < sound->n_notes; i++)
        note_free(&sound->notes[i]);
    free(sound->notes);
    tb_width_free(&sound->width);
    memset(sound, 0, sizeof *sound);
}

/* The ratios of the free partials for the whole note: means over its frames, weighted by energy. */
static void mean_ratios(const TbNote *note, float *ratio) {
    for (int s = 0; s < TB_PARTIALS; s++) {
        double sum = 1e-20 * note->frames[0].ratio[s], all = 1e-20;
        for (size_t t = 0; t < note->n_frames; t++) {
            double e = (double)note->frames[t].partial[s] * note->frames[t].partial[s];
            sum += e * note->frames[t].ratio[s];
            all += e;
        }
        ratio[s] = (float)(sum / all);
    }
}

static TbStatus encode_note(const TbModel *model, const TbNote *from, float loudest, bool detail, TbEncodedNote *to) {
    size_t n = from->n_frames, latent = (size_t)tb_vae_config(tb_model_vae(model))->latent_dim;
    memset(to, 0, sizeof *to);
    to->start = from->start;
    to->seconds = from->seconds;
    to->pitched = from->pitched;
    to->f0 = from->f0;
    to->n_frames = n;
    to->z = malloc(n * latent * sizeof *to->z);
    to->f0_track = malloc(n * sizeof *to->f0_track);
    to->loudness = malloc(n * sizeof *to->loudness);
    float *x = malloc(n * (TB_MODEL_INPUTS + 2 * TB_FEATURES + TB_CONDITIONS) * sizeof *x);
    detail = detail && from->n_phases == n;
    if (detail) {
        to->detail = malloc(n * TB_FEATURES);
        to->phase_detail = malloc(n * N_PHASES);
    }
    if (!to->z || !to->f0_track || !to->loudness || !x || (detail && (!to->detail || !to->phase_detail))) {
        free(x);
        return tbi_no_memory("to encode this sound");
    }
    float *target = x + n * TB_MODEL_INPUTS, *threshold = target + n * TB_FEATURES,
          *condition = threshold + n * TB_FEATURES;
    for (size_t t = 0; t < n; t++) {
        const TbFrame *f = &from->frames[t];
        tbi_model_input(f, x + t * TB_MODEL_INPUTS);
        tb_frame_to_features(f, target + t * TB_FEATURES);
        tb_frame_to_condition(f, condition + t * TB_CONDITIONS);
        tb_masking_threshold(target + t * TB_FEATURES, condition + t * TB_CONDITIONS,
                             10 * log10f(loudest / (f->power + 1e-20f)), threshold + t * TB_FEATURES);
        to->f0_track[t] = f->f0;
        to->loudness[t] = 10 * log10f(fmaxf(f->power, 1e-12f));
        if (detail) {
            tbi_detail_pack(target + t * TB_FEATURES, to->detail + t * TB_FEATURES);
            tbi_phases_pack(&from->phases[t], to->phase_detail + t * N_PHASES);
        }
    }
    to->inharmonicity = from->frames[0].inharmonicity;
    mean_ratios(from, to->ratio);
    if (from->n_phases > 0)
        to->start_phases = from->phases[0];
    TbStatus status = tbi_model_infer_track(tb_model_vae(model), x, target, threshold, condition, n, to->z);
    for (size_t k = 0; status == TB_OK && k < n * latent; k++) {
        /* Rounded as in the file, so that a sound and its file are identical. */
        to->z[k] = tb_half_to_float(tb_float_to_half(fminf(fmaxf(to->z[k], -LARGEST_HALF), LARGEST_HALF)));
    }
    free(x);
    return status;
}

TbStatus tb_encode(const TbModel *model, const TbAnalysis *analysis, bool detail, TbSound *sound) {
    memset(sound, 0, sizeof *sound);
    sound->seconds = analysis->seconds;
    sound->latent_dim = tb_vae_config(tb_model_vae(model))->latent_dim;
    sound->model = tb_model_fingerprint(model);
    sound->notes = calloc(analysis->n_notes ? analysis->n_notes : 1, sizeof *sound->notes);
    TbStatus status =
        sound->notes ? tbi_width_stretch(&analysis->width, 1, &sound->width) : tbi_no_memory("to encode this sound");
    float loudest = 1e-12f;
    for (size_t i = 0; i < analysis->n_notes; i++)
        for (size_t t = 0; t < analysis->notes[i].n_frames; t++)
            loudest = fmaxf(loudest, analysis->notes[i].frames[t].power);
    for (size_t i = 0; status == TB_OK && i < analysis->n_notes; i++) {
        sound->n_notes = i + 1;
        status = encode_note(model, &analysis->notes[i], loudest, detail, &sound->notes[i]);
    }
    if (status != TB_OK)
        tb_sound_free(sound);
    return status;
}
