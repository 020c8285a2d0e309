/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decodes notes of latents into notes of frames. */
#include "audio/erb.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "note/detail.h"
#include "note/interpolate.h"
#include "sound/moved_width.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ATTACK_SECONDS 0.06 /* this much of a note's beginning is not stretched */

/* Resamples levels[n]: level i becomes the old level at position source(i, ratio). */
static void shift_levels(float *levels, int n, float (*source)(float i, float ratio), float ratio) {
    float old[TB_HARMONICS];
    memcpy(old, levels, (size_t)n * sizeof *old);
    for (int i = 0; i < n; i++) {
        float p = source((float)i, ratio);
        if (p >= (float)(n - 1)) {
            levels[i] = p < (float)n ? old[n - 1] : 0;
        } else if (p <= 0) {
            levels[i] = old[0];
        } else {
            int j = (int)p;
            levels[i] = old[j] + (p - (float)j) * (old[j + 1] - old[j]);
        }
    }
}

/* The old position of harmonic i's level when the envelope is shifted up by `ratio`. */
static float harmonic_source(float i, float ratio) {
    return (i + 1) / ratio - 1;
}

/* The same for noise bands, which are evenly spaced in ERB number. */
static float band_source(float i, float ratio) {
    const float lo = tbi_erb_numberf(TB_LOWEST_BAND), hi = tbi_erb_numberf(TB_HIGHEST_BAND);
    float hz = tbi_erb_hzf(lo + (hi - lo) * i / (TB_BANDS - 1)) / ratio;
    return (tbi_erb_numberf(hz) - lo) / (hi - lo) * (TB_BANDS - 1);
}

static void shift_formants(float *x, double semitones) {
    float ratio = (float)exp2(semitones / 12);
    shift_levels(x + TB_FEATURE_HARMONIC, TB_HARMONICS, harmonic_source, ratio);
    shift_levels(x + TB_FEATURE_BAND, TB_BANDS, band_source, ratio);
}

/* The position in the old note of frame t of the new one: the attack unchanged, the rest stretched. */
static double source_position(const TbEncodedNote *note, double stretch, double t) {
    double attack = fmin(ATTACK_SECONDS / TB_HOP, (double)note->n_frames / 4);
    return t < attack ? t : attack + (t - attack) / stretch;
}

static size_t stretched_frames(const TbEncodedNote *note, double stretch) {
    double attack = fmin(ATTACK_SECONDS / TB_HOP, (double)note->n_frames / 4);
    double n = attack + ((double)note->n_frames - attack) * stretch;
    return n < 1 ? 1 : (size_t)rint(n);
}

/* foreign: the latents are of another model, and only the detail is used. */
static TbStatus decode_note(const TbModel *model, bool foreign, int latent, const TbEncodedNote *from,
                            const TbDecodeOptions *o, TbNote *to) {
    const TbVae *vae = tb_model_vae(model);
    size_t n = stretched_frames(from, o->stretch);
    bool detail = from->detail && o->detail > 0, moved = o->transpose != 0;
    float ratio = (float)exp2(o->transpose / 12);
    memset(to, 0, sizeof *to);
    to->start = from->start * o->stretch;
    to->seconds = o->stretch == 1 ? from->seconds : (double)n * TB_HOP;
    to->pitched = from->pitched;
    to->voicing = from->pitched ? 1 : 0;
    to->f0 = from->f0 * ratio;
    to->n_frames = n;
    to->frames = calloc(n, sizeof *to->frames);
    bool same_time = o->stretch == 1 && !moved;
    to->n_phases = detail && o->detail == 1 && same_time && from->phase_detail ? n : 1;
    to->phases = calloc(to->n_phases, sizeof *to->phases);
    float *z = malloc(n * (size_t)(latent + 2 * TB_CONDITIONS + 2 * TB_FEATURES) * sizeof *z);
    if (!to->frames || !to->phases || !z) {
        free(z);
        return tbi_no_memory("to decode this sound");
    }
    float *c = z + n * (size_t)latent, *c_old = c + n * TB_CONDITIONS, *y = c_old + n * TB_CONDITIONS,
          *y_old = y + n * TB_FEATURES;
    for (size_t t = 0; t < n; t++) {
        double p = source_position(from, o->stretch, (double)t);
        float f0 = tbi_note_f0(from, p), loudness = tbi_note_loudness(from, p);
        tbi_note_z(from, latent, p, z + t * (size_t)latent);
        tbi_note_frame_condition(f0, loudness, c_old + t * TB_CONDITIONS);
        tbi_note_frame_condition(f0 * ratio, loudness, c + t * TB_CONDITIONS);
        to->frames[t].f0 = f0 * ratio;
        to->frames[t].power = powf(10, loudness / 10);
    }
    TbStatus status = tb_vae_decode(vae, z, c, n, y);
    if (status == TB_OK && detail && moved && !foreign)
        status = tb_vae_decode(vae, z, c_old, n, y_old);
    const float *y_ref = moved && !foreign ? y_old : y;
    for (size_t t = 0; status == TB_OK && t < n; t++) {
        float *x = y + t * TB_FEATURES;
        if (detail) {
            float d[TB_FEATURES];
            tbi_note_detail(from, source_position(from, o->stretch, (double)t), d);
            for (int k = 0; k < TB_FEATURES; k++) {
                /* x may be y_ref itself: read before writing */
                float lost = d[k] - y_ref[t * TB_FEATURES + (size_t)k];
                x[k] += (float)o->detail * lost;
            }
        }
        if (o->formant != 0)
            shift_formants(x, o->formant);
        TbFrame *f = &to->frames[t];
        tb_features_to_frame(x, f);
        if (!detail || from->pitched) {
            f->inharmonicity = from->inharmonicity;
            memcpy(f->ratio, from->ratio, sizeof f->ratio);
        }
        if (t < to->n_phases && to->n_phases > 1)
            tbi_phases_unpack(from->phase_detail + t * N_PHASES, &to->phases[t]);
    }
    if (to->n_phases == 1)
        to->phases[0] = from->start_phases;
    free(z);
    return status;
}

TbStatus tb_decode(const TbModel *model, const TbSound *sound, const TbDecodeOptions *options, TbAnalysis *analysis) {
    TbDecodeOptions o;
    tb_decode_defaults(&o);
    memset(analysis, 0, sizeof *analysis);
    TbStatus status = options ? tbi_options_read(options, &o, sizeof o) : TB_OK;
    if (status)
        return status;
    if (!(o.stretch >= 0.05 && o.stretch <= 100) || fabs(o.transpose) > 96 || fabs(o.formant) > 48) {
        return tb_fail(TB_ERR_ARGUMENT, "The stretch must be from 0.05 to 100, the transposition at most 96 semitones "
                                        "and the formant shift at most 48.");
    }
    bool foreign = sound->model != tb_model_fingerprint(model);
    for (size_t i = 0; i < sound->n_notes && foreign; i++) {
        if (!sound->notes[i].detail || o.detail < 1 ||
            sound->latent_dim != tb_vae_config(tb_model_vae(model))->latent_dim) {
            return tb_fail(
                TB_ERR_VERSION,
                "This sound was encoded with another model; name that model with --model, or encode the sound again.");
        }
    }
    analysis->seconds = sound->seconds * o.stretch;
    analysis->notes = calloc(sound->n_notes ? sound->n_notes : 1, sizeof *analysis->notes);
    status = analysis->notes ? tbi_width_stretch(&sound->width, o.stretch, &analysis->width)
                             : tbi_no_memory("to decode this sound");
    for (size_t i = 0; status == TB_OK && i < sound->n_notes; i++) {
        analysis->n_notes = i + 1;
        status = decode_note(model, foreign, sound->latent_dim, &sound->notes[i], &o, &analysis->notes[i]);
    }
    if (status != TB_OK)
        tb_analysis_free(analysis);
    return status;
}
