/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Morphs: one sound with the properties of several, not a mix of signals. Notes are aligned by onset, end of attack,
 * release and end; then pitch is mixed in log frequency, loudness in dB, timbre in latent space (blend.c). */
#include "base/no_memory.h"
#include "base/options.h"
#include "note/detail.h"
#include "note/interpolate.h"
#include "sound/align.h"
#include "sound/blend.h"
#include "sound/morph_frame.h"
#include "sound/moved_width.h"
#include "sound/perceptual_spacing.h"
#include "synth/envelope.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVE_DB 40.0f

void tb_morph_mix(TbMorphOptions *o, double start, double end) {
    o->n_sounds = 2;
    double *first[] = {o->timbre, o->pitch, o->loudness}, *last[] = {o->timbre_end, o->pitch_end, o->loudness_end};
    for (int i = 0; i < 3; i++) {
        first[i][0] = 1 - start;
        first[i][1] = start;
        last[i][0] = 1 - end;
        last[i][1] = end;
    }
    o->timing[0] = 1 - (start + end) / 2;
    o->timing[1] = (start + end) / 2;
}

static bool normalise(double *w, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(w[i] >= 0 && w[i] < 1e9))
            return false;
        sum += w[i];
    }
    for (size_t i = 0; i < n && sum > 0; i++)
        w[i] /= sum;
    return sum > 0;
}

static void weights_at(const double *a, const double *b, size_t n, double p, double *w) {
    for (size_t i = 0; i < n; i++)
        w[i] = a[i] + p * (b[i] - a[i]);
}

/* The index of the sound that has all of the weight throughout, or -1. */
static int alone(const TbMorphOptions *o) {
    for (size_t i = 0; i < o->n_sounds; i++)
        if (o->timbre[i] == 1 && o->timbre_end[i] == 1 && o->pitch[i] == 1 && o->pitch_end[i] == 1 &&
            o->loudness[i] == 1 && o->loudness_end[i] == 1 && o->timing[i] == 1)
            return (int)i;
    return -1;
}

/* Mixing in dB frame by frame makes envelopes of different shape quieter overall than either. The level of the note
 * as a whole is corrected to the interpolation of its sounds' levels. */
static float level_of(const float *db, size_t n) {
    float top = MORPH_FLOOR_DB;
    for (size_t t = 0; t < n; t++)
        top = db[t] > top ? db[t] : top;
    double sum = 0;
    size_t first = n, last = 0;
    for (size_t t = 0; t < n; t++) {
        if (db[t] > top - ACTIVE_DB) {
            first = t < first ? t : first;
            last = t;
        }
    }
    for (size_t t = first; t <= last && t < n; t++)
        sum += pow(10, db[t] / 10);
    return first <= last ? (float)(10 * log10(sum / (double)(last - first + 1) + 1e-12)) : MORPH_FLOOR_DB;
}

static TbStatus correct_level(const MorphNotes *m, const TbMorphOptions *o, TbNote *to) {
    float *db = malloc(to->n_frames * sizeof *db), line = 0;
    double w[TB_MORPH_MAX];
    if (!db)
        return tbi_no_memory("to morph");
    weights_at(o->loudness, o->loudness_end, m->n, 0.5, w);
    for (size_t i = 0; i < m->n; i++)
        line += (float)w[i] * level_of(m->notes[i]->loudness, m->notes[i]->n_frames);
    for (size_t t = 0; t < to->n_frames; t++)
        db[t] = 10 * log10f(to->frames[t].power + 1e-12f);
    float gain = powf(10, (line - level_of(db, to->n_frames)) / 20);
    free(db);
    for (size_t t = 0; t < to->n_frames; t++)
        tbi_frame_scale(&to->frames[t], gain);
    return TB_OK;
}

/* Start phases of the mix: the angle of the weighted sum of the sounds' unit phasors. */
static float mix_phase(const MorphNotes *m, const double *w, int k) {
    float re = 0, im = 0;
    for (size_t i = 0; i < m->n; i++) {
        const TbPhases *p = &m->notes[i]->start_phases;
        float a = 6.2831853f * (k < TB_HARMONICS ? p->harmonic[k] : p->partial[k - TB_HARMONICS]);
        re += (float)w[i] * cosf(a);
        im += (float)w[i] * sinf(a);
    }
    float turns = atan2f(im, re) / 6.2831853f;
    return turns < 0 ? turns + 1 : turns;
}

static TbStatus morph_note(const TbModel *model, MorphNotes *m, const TbMorphOptions *o, TbNote *to) {
    MorphWeights w;
    memset(to, 0, sizeof *to);
    for (int l = 0; l < LANDMARKS; l++) {
        m->target.at[l] = 0;
        for (size_t i = 0; i < m->n; i++)
            m->target.at[l] += o->timing[i] * m->marks[i].at[l];
    }
    double seconds = 0, tail = 0;
    for (size_t i = 0; i < m->n; i++) {
        to->start += o->timing[i] * m->notes[i]->start;
        to->pitched = to->pitched || m->notes[i]->pitched;
        tail += o->timing[i] * ((double)m->notes[i]->n_frames - m->marks[i].at[LANDMARKS - 1]);
    }
    to->n_frames = (size_t)fmax(1, rint(m->target.at[LANDMARKS - 1] + tail));
    seconds = (double)to->n_frames * TB_HOP;
    to->seconds = seconds;
    to->voicing = to->pitched ? 1 : 0;
    to->frames = calloc(to->n_frames, sizeof *to->frames);
    to->n_phases = 1;
    to->phases = calloc(1, sizeof *to->phases);
    if (!to->frames || !to->phases)
        return tbi_no_memory("to morph");
    SpacingMap spacing;
    TbStatus status = tbi_spacing_map(model, m, &spacing);
    for (size_t t = 0; status == TB_OK && t < to->n_frames; t++) {
        double p = to->n_frames > 1 ? (double)t / (double)(to->n_frames - 1) : 0;
        weights_at(o->timbre, o->timbre_end, m->n, p, w.timbre);
        weights_at(o->pitch, o->pitch_end, m->n, p, w.pitch);
        weights_at(o->loudness, o->loudness_end, m->n, p, w.loudness);
        tbi_spacing_apply(&spacing, w.timbre);
        status = tbi_morph_frame(model, m, &w, (double)t, &to->frames[t]);
    }
    weights_at(o->timbre, o->timbre_end, m->n, 0, w.timbre);
    for (int k = 0; k < N_PHASES; k++) {
        float phase = mix_phase(m, w.timbre, k);
        *(k < TB_HARMONICS ? &to->phases->harmonic[k] : &to->phases->partial[k - TB_HARMONICS]) = phase;
    }
    if (status == TB_OK) {
        status = correct_level(m, o, to);
        to->f0 = to->frames[to->n_frames / 4].f0;
    }
    return status;
}

/* Mixes the widths of the sounds over a note, with the weights of their timbre. */
static TbStatus morph_width(const MorphNotes *m, const TbWidth *const *widths, const TbMorphOptions *o,
                            const TbNote *note, TbWidth *to) {
    double end = note->start + (double)note->n_frames * TB_HOP, w[TB_MORPH_MAX], at[TB_MORPH_MAX];
    size_t first = (size_t)fmax(0, note->start / TB_WIDTH_STEP), last = (size_t)ceil(end / TB_WIDTH_STEP);
    TbStatus status = tbi_width_reach(to, last + 1);
    for (size_t step = first; step <= last && status == TB_OK; step++) {
        double t = fmin(fmax(((double)step * TB_WIDTH_STEP - note->start) / TB_HOP, 0), (double)note->n_frames);
        weights_at(o->timbre, o->timbre_end, m->n, t / (double)note->n_frames, w);
        for (size_t i = 0; i < m->n; i++)
            at[i] = m->notes[i]->start + tbi_warp(&m->target, &m->marks[i], t) * TB_HOP;
        tbi_width_mix(widths, w, at, m->n, &to->bands[step * TB_WIDTH_BANDS]);
    }
    return status;
}

/* Aligns note `index` of every sound and morphs it. */
static TbStatus morph_index(const TbModel *model, const TbSound *const *sounds, const TbWidth *const *widths,
                            const TbMorphOptions *o, size_t index, TbAnalysis *analysis) {
    TbNote *to = &analysis->notes[index];
    MorphNotes m = {.n = o->n_sounds, .latent_dim = sounds[0]->latent_dim};
    TbStatus status = TB_OK;
    for (size_t i = 0; i < m.n && status == TB_OK; i++) {
        m.notes[i] = &sounds[i]->notes[index];
        status = tbi_landmarks_find(m.notes[i], &m.marks[i]);
    }
    status = status == TB_OK ? morph_note(model, &m, o, to) : status;
    bool wide = false;
    for (size_t i = 0; i < m.n; i++)
        wide = wide || widths[i]->n > 0;
    return wide && status == TB_OK ? morph_width(&m, widths, o, to, &analysis->width) : status;
}

/* Has the width that a morph of all of them would have: steps of a morph are alike. */
static TbStatus decode_alone(const TbModel *model, const TbSound *const *sounds, size_t n, const TbSound *sound,
                             TbAnalysis *analysis) {
    TbStatus status = tb_decode(model, sound, NULL, analysis);
    for (size_t i = 0; i < n && status == TB_OK; i++)
        if (sounds[i]->width.n > 0)
            status = tbi_width_reach(&analysis->width, 1);
    if (status != TB_OK)
        tb_analysis_free(analysis);
    return status;
}

TbStatus tb_morph(const TbModel *model, const TbSound *const *sounds, const TbMorphOptions *options,
                  TbAnalysis *analysis) {
    TbMorphOptions o;
    TbSound flat[TB_MORPH_MAX] = {{0}};
    const TbSound *use[TB_MORPH_MAX];
    const TbWidth *widths[TB_MORPH_MAX];
    memset(analysis, 0, sizeof *analysis);
    TbStatus status = tbi_options_read(options, &o, sizeof o);
    if (status)
        return status;
    double *weights[] = {o.timbre, o.timbre_end, o.pitch, o.pitch_end, o.loudness, o.loudness_end, o.timing};
    if (o.n_sounds < 2 || o.n_sounds > TB_MORPH_MAX)
        return tb_fail(TB_ERR_ARGUMENT, "A morph takes 2 to %d sounds.", TB_MORPH_MAX);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (!normalise(weights[i], o.n_sounds))
            return tb_fail(TB_ERR_ARGUMENT, "The weights of a morph must not be negative or all zero.");
    bool alike = true;
    for (size_t i = 0; i < o.n_sounds; i++) {
        if (sounds[i]->n_notes == 0)
            return tb_fail(TB_ERR_EMPTY, "Sound %zu of the morph is silent.", i + 1);
        if (sounds[i]->model != tb_model_fingerprint(model) ||
            sounds[i]->latent_dim != tb_vae_config(tb_model_vae(model))->latent_dim || sounds[i]->latent_dim > 256) {
            return tb_fail(TB_ERR_VERSION, "Sound %zu of the morph was encoded with another model; encode it again.",
                           i + 1);
        }
        alike = alike && sounds[i]->n_notes == sounds[0]->n_notes;
    }
    int only = alone(&o);
    if (only >= 0)
        return decode_alone(model, sounds, o.n_sounds, sounds[only], analysis);
    for (size_t i = 0; i < o.n_sounds && status == TB_OK; i++) {
        use[i] = sounds[i];
        widths[i] = &sounds[i]->width;
        if (!alike && sounds[i]->n_notes > 1) {
            status = tbi_flatten_sound(sounds[i], &flat[i]);
            use[i] = &flat[i];
        }
    }
    size_t n_notes = status == TB_OK ? use[0]->n_notes : 0;
    analysis->notes = calloc(n_notes ? n_notes : 1, sizeof *analysis->notes);
    if (!analysis->notes)
        status = tbi_no_memory("to morph");
    for (size_t i = 0; i < n_notes && status == TB_OK; i++) {
        analysis->n_notes = i + 1;
        status = morph_index(model, use, widths, &o, i, analysis);
        const TbNote *note = &analysis->notes[i];
        analysis->seconds = fmax(analysis->seconds, note->start + (double)note->n_frames * TB_HOP);
    }
    for (size_t i = 0; i < o.n_sounds; i++)
        tb_sound_free(&flat[i]);
    if (status != TB_OK)
        tb_analysis_free(analysis);
    return status;
}
