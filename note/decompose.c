/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Separates a held note into a smooth trajectory and its modulation. Vibratos of different notes are not in phase,
 * so a network that learned their mean would learn no vibrato; here the phase is removed. Each channel becomes a
 * smooth trajectory, a phasor at the vibrato rate (relative to the phase of the vibrato itself), and the size of the
 * residual. */
#include "base/no_memory.h"
#include "note/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979f
#define SMOOTH_FRAMES 20.7f /* standard deviation, 0.12 s: passes variations slower than about 1.5 Hz */
#define PHASOR_FRAMES 34.0f
#define FLICKER_FRAMES 40.0f
enum {
    WINDOW_SIGMAS = 3,
    GROWS = 6,
    SETTLED = 43 /* frames, 0.25 s: vibrato is searched for only after this */,
    SHORTEST = 60
};
#define SLOWEST 3.0f
#define FASTEST 9.0f
#define RATE_STEP 0.1f
#define CLEAR 0.35f                             /* share of the variation that a vibrato must explain */
#define PITCH_AUDIBLE (0.05f * NOTE_CENT_SCALE) /* 5 cents */
#define LOUDNESS_AUDIBLE (0.4f / 20)            /* 0.4 dB */

typedef struct {
    size_t held, width; /* frames until release, channels */
    const float *x;     /* [..][width] */
    float *residual;    /* [held][width]: the residual of the smooth trajectory */
    size_t row;
    float *rows;
} Parts;

/* The value at t of a locally weighted (Gaussian) linear fit through x. */
static void smooth_at(const Parts *p, size_t t, float *out) {
    float sigma = fminf(SMOOTH_FRAMES, (float)t / GROWS);
    memcpy(out, p->x + t * p->width, p->width * sizeof *out);
    if (sigma < 0.5f)
        return;
    size_t reach = (size_t)(WINDOW_SIGMAS * sigma) + 1, first = t > reach ? t - reach : 0;
    size_t end = t + reach + 1 < p->held ? t + reach + 1 : p->held;
    double s0 = 0, s1 = 0, s2 = 0;
    for (size_t i = first; i < end; i++) {
        double d = (double)i - (double)t, w = exp(-0.5 * d * d / (sigma * sigma));
        s0 += w;
        s1 += w * d;
        s2 += w * d * d;
    }
    double det = s0 * s2 - s1 * s1;
    memset(out, 0, p->width * sizeof *out);
    for (size_t i = first; i < end; i++) {
        double d = (double)i - (double)t, w = exp(-0.5 * d * d / (sigma * sigma));
        float v = (float)(det > 1e-9 ? w * (s2 - s1 * d) / det : w / s0);
        for (size_t k = 0; k < p->width; k++)
            out[k] += v * p->x[i * p->width + k];
    }
}

/* The share of channel k's variation at `rate` Hz, and the variation's root mean square. */
static float vibrato_share(const Parts *p, size_t k, float rate, float *rms) {
    double re = 0, im = 0, all = 1e-12, step = 2 * PI * rate * TB_HOP, windows = 0;
    double n = (double)(p->held - SETTLED);
    for (size_t t = SETTLED; t < p->held; t++) {
        double v = p->residual[t * p->width + k], u = ((double)(t - SETTLED) + 0.5) / n, w = sin(PI * u) * sin(PI * u);
        re += w * v * cos(step * (double)t);
        im += w * v * sin(step * (double)t);
        all += w * v * v;
        windows += w;
    }
    *rms = (float)sqrt(all / windows);
    return (float)(2 * (re * re + im * im) / (windows * all));
}

/* The vibrato's rate in Hz and the channel with the clearest vibrato; 0 if there is none. */
static float find_vibrato(const Parts *p, size_t *leader) {
    const struct {
        size_t channel;
        float audible;
    } lead[] = {{p->width - 1, PITCH_AUDIBLE}, {p->width - 2, LOUDNESS_AUDIBLE}};
    float best = 0, found = 0;
    for (int i = 0; i < 2 && p->held >= SETTLED + SHORTEST; i++) {
        for (float rate = SLOWEST; rate <= FASTEST; rate += RATE_STEP) {
            float rms, share = vibrato_share(p, lead[i].channel, rate, &rms);
            float audible = fminf(1, rms / lead[i].audible);
            if (share > CLEAR && audible > 0.5f && share * audible > best) {
                best = share * audible;
                found = rate;
                *leader = lead[i].channel;
            }
        }
    }
    return found;
}

static void gaussian(float sigma, size_t n, float *w) {
    for (size_t i = 0; i < n; i++)
        w[i] = expf(-0.5f * (float)(i * i) / (sigma * sigma));
}

/* Phasors of all channels at frame t relative to the leader's phase. rotation: cos and sin of the vibrato's phase,
 * [held]. */
static void phasors_at(const Parts *p, const float *w, size_t reach, const float *rotation, size_t leader, size_t t,
                       float *re, float *im) {
    size_t first = t > reach ? t - reach : 0, end = t + reach < p->held ? t + reach : p->held;
    float all = 1e-9f;
    memset(re, 0, p->width * sizeof *re);
    memset(im, 0, p->width * sizeof *im);
    for (size_t i = first; i < end; i++) {
        float g = w[i > t ? i - t : t - i], c = g * rotation[2 * i], s = g * rotation[2 * i + 1];
        all += g;
        for (size_t k = 0; k < p->width; k++) {
            re[k] += c * p->residual[i * p->width + k];
            im[k] -= s * p->residual[i * p->width + k];
        }
    }
    float size = hypotf(re[leader], im[leader]) + 1e-12f, c = re[leader] / size, s = im[leader] / size;
    for (size_t k = 0; k < p->width; k++) {
        float a = re[k], b = im[k];
        re[k] = 2 / all * (a * c + b * s);
        im[k] = 2 / all * (b * c - a * s);
    }
    /* The vibrato's own phase is the removed rotation times the leader's phasor. */
    float phase_c = rotation[2 * t] * c - rotation[2 * t + 1] * s,
          phase_s = rotation[2 * t] * s + rotation[2 * t + 1] * c;
    re[p->width] = phase_c;
    im[p->width] = phase_s;
}

static void set_phasors(Parts *p, float rate, size_t leader, float *scratch) {
    size_t reach = (size_t)(WINDOW_SIGMAS * PHASOR_FRAMES);
    float *rotation = scratch, *w = rotation + 2 * p->held, *re = w + reach + 1, *im = re + p->width + 1,
          *left = im + p->width + 1;
    gaussian(PHASOR_FRAMES, reach + 1, w);
    for (size_t t = 0; t < p->held; t++) {
        rotation[2 * t] = cosf(2 * PI * rate * (float)TB_HOP * (float)t);
        rotation[2 * t + 1] = sinf(2 * PI * rate * (float)TB_HOP * (float)t);
    }
    for (size_t t = 0; t < p->held; t++) {
        phasors_at(p, w, reach, rotation, leader, t, re, im);
        float *row = p->rows + t * p->row;
        memcpy(row + p->width, re, p->width * sizeof *re);
        memcpy(row + 2 * p->width, im, p->width * sizeof *im);
        for (size_t k = 0; k < p->width; k++) /* the residual that the vibrato does not explain */
            left[t * p->width + k] = p->residual[t * p->width + k] - (re[k] * re[p->width] - im[k] * im[p->width]);
    }
    memcpy(p->residual, left, p->held * p->width * sizeof *left);
}

static void set_flicker(Parts *p, float *w) {
    size_t reach = (size_t)(WINDOW_SIGMAS * FLICKER_FRAMES);
    gaussian(FLICKER_FRAMES, reach + 1, w);
    for (size_t t = 0; t < p->held; t++) {
        size_t first = t > reach ? t - reach : 0, end = t + reach < p->held ? t + reach : p->held;
        float *out = p->rows + t * p->row + 3 * p->width, all = 1e-9f;
        memset(out, 0, p->width * sizeof *out);
        for (size_t i = first; i < end; i++) {
            float g = w[i > t ? i - t : t - i];
            all += g;
            for (size_t k = 0; k < p->width; k++) {
                float v = p->residual[i * p->width + k];
                out[k] += g * v * v;
            }
        }
        for (size_t k = 0; k < p->width; k++)
            out[k] = logf(sqrtf(out[k] / all) + NOTE_FLICKER_MIN);
    }
}

/* Near a steady pitch, deviations in cents unchanged; near one that falls by octaves, scaled down as its channel is. */
static float pitch_movement(float channel, float smooth) {
    float pitch = tbi_note_channel_pitch(smooth), off = tbi_note_channel_pitch(channel) - pitch;
    return NOTE_CENT_SCALE * off / (1 + NOTE_CENT_SCALE * fabsf(pitch));
}

TbStatus tbi_note_decompose(const NoteTrack *track, float *rows) {
    size_t width = (size_t)note_channels(track->latent), held = track->release, row = (size_t)note_row(track->latent);
    Parts p = {.held = held, .width = width, .x = track->channels, .row = row, .rows = rows};
    size_t scratch = 2 * held + (size_t)(WINDOW_SIGMAS * FLICKER_FRAMES) + 4 + 2 * (width + 1) + held * width;
    p.residual = malloc((held * width + scratch) * sizeof *p.residual);
    if (!p.residual)
        return tbi_no_memory("for the notes of these sounds");
    memset(rows, 0, track->n * row * sizeof *rows);
    for (size_t t = 0; t < held; t++) {
        smooth_at(&p, t, rows + t * row);
        for (size_t k = 0; k < width; k++)
            p.residual[t * width + k] = p.x[t * width + k] - rows[t * row + k];
        p.residual[t * width + width - 1] = pitch_movement(p.x[t * width + width - 1], rows[t * row + width - 1]);
    }
    size_t leader = 0;
    float rate = find_vibrato(&p, &leader);
    if (rate > 0)
        set_phasors(&p, rate, leader, p.residual + held * width);
    set_flicker(&p, p.residual + held * width);
    for (size_t t = 0; t < track->n; t++) {
        float *to = rows + t * row;
        if (t >= held) { /* the modulation of the held note continues during the release */
            memcpy(to, p.x + t * width, width * sizeof *to);
            memcpy(to + width, rows + (held - 1) * row + width, 3 * width * sizeof *to);
        }
        to[4 * width] = rate > 0 ? log2f(rate / NOTE_RATE) : 0;
    }
    free(p.residual);
    return TB_OK;
}
