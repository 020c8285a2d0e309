/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a held note apart into what it is and how it moves. A network that learns the mean of many notes would learn no
 * vibrato, since these are never in step: here the step is taken out. Each channel becomes a smooth course, a pointer
 * that turns once per vibrato (relative to the phase of the vibrato itself), and the size of what is left. */
#include "note/note.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979f
#define SMOOTH_FRAMES 20.7f /* standard deviation, 0.12 s: lets pass what is slower than some 1.5 Hz */
#define POINTER_FRAMES 34.0f
#define FLICKER_FRAMES 40.0f
enum { REACH = 3, GROWS = 6, SETTLED = 43 /* frames, 0.25 s: no vibrato is looked for before */, SHORTEST = 60 };
#define SLOWEST 3.0f
#define FASTEST 9.0f
#define RATE_STEP 0.1f
#define CLEAR 0.35f                          /* share of the movement that a vibrato must explain */
#define PITCH_FELT (0.05f * NOTE_CENT_SCALE) /* 5 cents */
#define LOUDNESS_FELT (0.4f / 20)            /* 0.4 dB */

typedef struct {
    size_t held, width; /* frames until release, channels */
    const float *x;     /* [..][width] */
    float *rest;        /* [held][width]: what the smooth course leaves */
    size_t row;
    float *rows;
} Parts;

/* Local line through x around t under a Gaussian: its value there. */
static void smooth_at(const Parts *p, size_t t, float *out) {
    float sigma = fminf(SMOOTH_FRAMES, (float)t / GROWS);
    memcpy(out, p->x + t * p->width, p->width * sizeof *out);
    if (sigma < 0.5f)
        return;
    size_t reach = (size_t)(REACH * sigma) + 1, first = t > reach ? t - reach : 0;
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

/* The share of channel k's movement that turns at `rate` Hz, and its root mean square. */
static float turning_share(const Parts *p, size_t k, float rate, float *rms) {
    double re = 0, im = 0, all = 1e-12, step = 2 * PI * rate * TB_HOP, windows = 0;
    double n = (double)(p->held - SETTLED);
    for (size_t t = SETTLED; t < p->held; t++) {
        double v = p->rest[t * p->width + k], u = ((double)(t - SETTLED) + 0.5) / n, w = sin(PI * u) * sin(PI * u);
        re += w * v * cos(step * (double)t);
        im += w * v * sin(step * (double)t);
        all += w * v * v;
        windows += w;
    }
    *rms = (float)sqrt(all / windows);
    return (float)(2 * (re * re + im * im) / (windows * all));
}

/* Rate of the vibrato in Hz and the channel that leads it; 0 if there is none. */
static float find_vibrato(const Parts *p, size_t *leader) {
    const struct {
        size_t channel;
        float felt;
    } lead[] = {{p->width - 1, PITCH_FELT}, {p->width - 2, LOUDNESS_FELT}};
    float best = 0, found = 0;
    for (int i = 0; i < 2 && p->held >= SETTLED + SHORTEST; i++) {
        for (float rate = SLOWEST; rate <= FASTEST; rate += RATE_STEP) {
            float rms, share = turning_share(p, lead[i].channel, rate, &rms);
            float felt = fminf(1, rms / lead[i].felt);
            if (share > CLEAR && felt > 0.5f && share * felt > best) {
                best = share * felt;
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

/* Pointers of all channels at frame t, in step with the leader's. turn: cos and sin of the vibrato's phase, [held]. */
static void pointers_at(const Parts *p, const float *w, size_t reach, const float *turn, size_t leader, size_t t,
                        float *re, float *im) {
    size_t first = t > reach ? t - reach : 0, end = t + reach < p->held ? t + reach : p->held;
    float all = 1e-9f;
    memset(re, 0, p->width * sizeof *re);
    memset(im, 0, p->width * sizeof *im);
    for (size_t i = first; i < end; i++) {
        float g = w[i > t ? i - t : t - i], c = g * turn[2 * i], s = g * turn[2 * i + 1];
        all += g;
        for (size_t k = 0; k < p->width; k++) {
            re[k] += c * p->rest[i * p->width + k];
            im[k] -= s * p->rest[i * p->width + k];
        }
    }
    float size = hypotf(re[leader], im[leader]) + 1e-12f, c = re[leader] / size, s = im[leader] / size;
    for (size_t k = 0; k < p->width; k++) {
        float a = re[k], b = im[k];
        re[k] = 2 / all * (a * c + b * s);
        im[k] = 2 / all * (b * c - a * s);
    }
    /* The vibrato itself is what was turned back. */
    float phase_c = turn[2 * t] * c - turn[2 * t + 1] * s, phase_s = turn[2 * t] * s + turn[2 * t + 1] * c;
    re[p->width] = phase_c;
    im[p->width] = phase_s;
}

static void set_pointers(Parts *p, float rate, size_t leader, float *scratch) {
    size_t reach = (size_t)(REACH * POINTER_FRAMES);
    float *turn = scratch, *w = turn + 2 * p->held, *re = w + reach + 1, *im = re + p->width + 1,
          *left = im + p->width + 1;
    gaussian(POINTER_FRAMES, reach + 1, w);
    for (size_t t = 0; t < p->held; t++) {
        turn[2 * t] = cosf(2 * PI * rate * (float)TB_HOP * (float)t);
        turn[2 * t + 1] = sinf(2 * PI * rate * (float)TB_HOP * (float)t);
    }
    for (size_t t = 0; t < p->held; t++) {
        pointers_at(p, w, reach, turn, leader, t, re, im);
        float *row = p->rows + t * p->row;
        memcpy(row + p->width, re, p->width * sizeof *re);
        memcpy(row + 2 * p->width, im, p->width * sizeof *im);
        for (size_t k = 0; k < p->width; k++) /* what the vibrato does not explain */
            left[t * p->width + k] = p->rest[t * p->width + k] - (re[k] * re[p->width] - im[k] * im[p->width]);
    }
    memcpy(p->rest, left, p->held * p->width * sizeof *left);
}

static void set_flicker(Parts *p, float *w) {
    size_t reach = (size_t)(REACH * FLICKER_FRAMES);
    gaussian(FLICKER_FRAMES, reach + 1, w);
    for (size_t t = 0; t < p->held; t++) {
        size_t first = t > reach ? t - reach : 0, end = t + reach < p->held ? t + reach : p->held;
        float *out = p->rows + t * p->row + 3 * p->width, all = 1e-9f;
        memset(out, 0, p->width * sizeof *out);
        for (size_t i = first; i < end; i++) {
            float g = w[i > t ? i - t : t - i];
            all += g;
            for (size_t k = 0; k < p->width; k++) {
                float v = p->rest[i * p->width + k];
                out[k] += g * v * v;
            }
        }
        for (size_t k = 0; k < p->width; k++)
            out[k] = logf(sqrtf(out[k] / all) + NOTE_FLICKER_LEAST);
    }
}

/* Cents around a held pitch, as they are; around one that falls by octaves they count as little as they do there. */
static float pitch_movement(float channel, float smooth) {
    float pitch = tbi_note_channel_pitch(smooth), off = tbi_note_channel_pitch(channel) - pitch;
    return NOTE_CENT_SCALE * off / (1 + NOTE_CENT_SCALE * fabsf(pitch));
}

TbStatus tbi_note_decompose(const NoteTrack *track, float *rows) {
    size_t width = (size_t)note_channels(track->latent), held = track->release, row = (size_t)note_row(track->latent);
    Parts p = {.held = held, .width = width, .x = track->channels, .row = row, .rows = rows};
    size_t scratch = 2 * held + (size_t)(REACH * FLICKER_FRAMES) + 4 + 2 * (width + 1) + held * width;
    p.rest = malloc((held * width + scratch) * sizeof *p.rest);
    if (!p.rest)
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the notes of these sounds.");
    memset(rows, 0, track->n * row * sizeof *rows);
    for (size_t t = 0; t < held; t++) {
        smooth_at(&p, t, rows + t * row);
        for (size_t k = 0; k < width; k++)
            p.rest[t * width + k] = p.x[t * width + k] - rows[t * row + k];
        p.rest[t * width + width - 1] = pitch_movement(p.x[t * width + width - 1], rows[t * row + width - 1]);
    }
    size_t leader = 0;
    float rate = find_vibrato(&p, &leader);
    if (rate > 0)
        set_pointers(&p, rate, leader, p.rest + held * width);
    set_flicker(&p, p.rest + held * width);
    for (size_t t = 0; t < track->n; t++) {
        float *to = rows + t * row;
        if (t >= held) { /* the way it moved lives on while it dies away */
            memcpy(to, p.x + t * width, width * sizeof *to);
            memcpy(to + width, rows + (held - 1) * row + width, 3 * width * sizeof *to);
        }
        to[4 * width] = rate > 0 ? log2f(rate / NOTE_RATE) : 0;
    }
    free(p.rest);
    return TB_OK;
}
