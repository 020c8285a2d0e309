/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One frame of a morph: pitch mixes in log frequency, loudness in dB, timbre in latent space (blend.c). */
#include "sound/morph_frame.h"
#include "note/detail.h"
#include "note/interpolate.h"
#include "sound/blend.h"

#include <math.h>
#include <string.h>

#define MAX_LOUDER 0.4f
#define JOIN_SECONDS 0.3

/* Pitch of the morph at frame positions u: the weighted mean of log frequency over the sounds with pitch, or over
 * all. */
static float mix_pitch(const MorphNotes *m, const double *w, const double *u) {
    double sum = 0, all = 0, sum_any = 0, all_any = 0;
    for (size_t i = 0; i < m->n; i++) {
        double l = log(tbi_note_f0(m->notes[i], u[i]));
        sum_any += w[i] * l;
        all_any += w[i];
        if (m->notes[i]->pitched) {
            sum += w[i] * l;
            all += w[i];
        }
    }
    if (all == 0) { /* only sounds without pitch have weight: use the pitch of another sound if there is one */
        for (size_t i = 0; i < m->n; i++)
            if (m->notes[i]->pitched)
                return tbi_note_f0(m->notes[i], u[i]);
        return (float)exp(sum_any / all_any);
    }
    return (float)exp(sum / all);
}

static float mix_loudness(const MorphNotes *m, const double *w, const double *u) {
    double sum = 0;
    for (size_t i = 0; i < m->n; i++) {
        double last = (double)m->notes[i]->n_frames;
        float l = u[i] >= last ? MORPH_FLOOR_DB : tbi_note_loudness(m->notes[i], u[i]);
        sum += w[i] * fmax(l, MORPH_FLOOR_DB);
    }
    return (float)sum;
}

/* A sound without pitch has its partials at ratios to a fixed base. To keep their frequencies relative to another
 * f0, levels and ratios are moved to other slots. */
static void rebase_partials(float *x, float octaves) {
    float level[TB_PARTIALS] = {0}, ratio[TB_PARTIALS] = {0};
    const float width = 6.58496250072f / (TB_PARTIALS - 1);
    for (int s = 0; s < TB_PARTIALS; s++) {
        float position = (float)s + x[TB_FEATURE_RATIO + s] + octaves / width;
        int to = (int)lrintf(position);
        if (to >= 0 && to < TB_PARTIALS && x[TB_FEATURE_PARTIAL + s] > level[to]) {
            level[to] = x[TB_FEATURE_PARTIAL + s];
            ratio[to] = position - (float)to;
        }
    }
    memcpy(x + TB_FEATURE_PARTIAL, level, sizeof level);
    memcpy(x + TB_FEATURE_RATIO, ratio, sizeof ratio);
}

/* The position at which the timbre of sound i is read at time t of the morph, when its loudness is read at u.
 * Loudness is stretched between landmarks; but the transient of a sharp attack, stretched to the length of a slow
 * one, is a hiss. So during the attack the timbre does not fall behind its original pace, and afterwards it rejoins
 * the landmarks. */
static double timbre_position(const MorphNotes *m, size_t i, double u, double t) {
    double after = (t - m->target.at[1]) * TB_HOP / JOIN_SECONDS;
    double lead = fmax(0, t - u) * (after < 0 ? 1 : after > 1 ? 0 : 1 - after);
    return fmin(u + lead, fmax(u, m->marks[i].at[2]));
}

TbStatus tbi_morph_frame(const TbModel *model, const MorphNotes *m, const MorphWeights *w, double t, TbFrame *frame) {
    enum { ROWS = TB_MORPH_MAX + 1, LATENT_MAX = 256 };
    const TbVae *vae = tb_model_vae(model);
    size_t latent = (size_t)m->latent_dim, n = m->n;
    static _Thread_local float z[ROWS * LATENT_MAX], y[ROWS * TB_FEATURES];
    static _Thread_local BlendPart parts[TB_MORPH_MAX];
    float c[ROWS * TB_CONDITIONS];
    double u[TB_MORPH_MAX], v[TB_MORPH_MAX];
    bool any_pitch = false;
    for (size_t i = 0; i < n; i++) {
        u[i] = tbi_warp(&m->target, &m->marks[i], t);
        v[i] = timbre_position(m, i, u[i], t);
        any_pitch = any_pitch || m->notes[i]->pitched;
    }
    memset(frame, 0, sizeof *frame);
    frame->f0 = mix_pitch(m, w->pitch, u);
    float loudness = mix_loudness(m, w->loudness, u);
    frame->power = powf(10, loudness / 10);
    float *joint = z + n * latent;
    memset(joint, 0, latent * sizeof *joint);
    for (size_t i = 0; i < n; i++) {
        tbi_note_z(m->notes[i], m->latent_dim, v[i], z + i * latent);
        tbi_note_frame_condition(tbi_note_f0(m->notes[i], v[i]), tbi_note_loudness(m->notes[i], v[i]),
                                 c + i * TB_CONDITIONS);
        for (size_t k = 0; k < latent; k++)
            joint[k] += (float)w->timbre[i] * z[i * latent + k];
    }
    tbi_note_frame_condition(frame->f0, loudness, c + n * TB_CONDITIONS);
    TbStatus status = tb_vae_decode(vae, z, c, n + 1, y);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        BlendPart *p = &parts[i];
        const TbEncodedNote *note = m->notes[i];
        p->weight = w->timbre[i];
        p->level_offset = fminf(fmaxf((tbi_note_loudness(note, u[i]) - loudness) / 100, -MAX_LOUDER), MAX_LOUDER);
        memcpy(p->decoded, y + i * TB_FEATURES, sizeof p->decoded);
        if (note->detail)
            tbi_note_detail(note, v[i], p->x);
        else
            memcpy(p->x, p->decoded, sizeof p->x);
        if (any_pitch && !note->pitched) {
            rebase_partials(p->x, log2f(tbi_note_f0(note, v[i]) / frame->f0));
            rebase_partials(p->decoded, log2f(tbi_note_f0(note, v[i]) / frame->f0));
        }
    }
    if (status == TB_OK) {
        float x[TB_FEATURES];
        tbi_blend_frame(parts, n, y + n * TB_FEATURES, x);
        tb_features_to_frame(x, frame);
    }
    return status;
}
