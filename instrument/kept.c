// SPDX-License-Identifier: GPL-3.0-or-later
#include "instrument/kept.h"
#include "sound/detail.h"
#include "sound/position.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REACH 4.0f               /* semitones */
#define SUSTAINS (-3.0 * TB_HOP) /* dB per frame: what falls less is held by its player */
#define OCTAVES_APART 6.0f       /* semitones */
enum { CREST = 18, MIRROR = 4 }; /* frames: from crest to trough of a vibrato of 5 Hz; that are compared at a turn */
enum { MARGIN = 3 };             /* frames before the release that may already know of it */

/* ---- playing ---- */

/* How much a recording says of a key so many semitones away. */
static float reach(const TbInstrument *in, float semitones) {
    float d = semitones / REACH;
    return in->has_pitch && tb_model_notes(in->model) ? expf(-d * d) : 1;
}

int kept_shares(const TbInstrument *in, float key, float velocity, KeptShare share[2]) {
    const KeptNote *kept = in->kept;
    size_t below = in->n_kept, above = in->n_kept;
    for (size_t i = 0; i < in->n_kept; i++) { /* by key; of equal keys the one nearest in velocity */
        size_t *side = kept[i].key <= key ? &below : &above;
        bool nearer = *side == in->n_kept || (kept[i].key <= key ? kept[i].key > kept[*side].key : false) ||
                      (kept[i].key == kept[*side].key &&
                       fabsf(kept[i].velocity - velocity) < fabsf(kept[*side].velocity - velocity));
        if (nearer) {
            *side = i;
        }
    }
    if (below == in->n_kept || above == in->n_kept) {
        size_t only = below == in->n_kept ? above : below;
        if (only == in->n_kept) {
            return 0;
        }
        share[0] = (KeptShare){only, reach(in, key - kept[only].key)};
        return 1;
    }
    float w = (key - kept[below].key) / (kept[above].key - kept[below].key);
    if (fabsf(kept[above].above - kept[below].above) > OCTAVES_APART) {
        size_t next = w > 0.5f ? above : below;
        share[0] = (KeptShare){next, reach(in, key - kept[next].key)};
        return 1;
    }
    share[0] = (KeptShare){below, (1 - w) * reach(in, key - kept[below].key)};
    share[1] = (KeptShare){above, w * reach(in, key - kept[above].key)};
    return w > 0 ? 2 : 1;
}

float kept_position(const KeptNote *k, float frame) {
    if (frame <= k->last) {
        return frame;
    }
    float span = k->last - k->first;
    if (span < 1) {
        return k->last;
    }
    float p = fmodf(frame - k->last, 2 * span);
    return p < span ? k->last - p : k->first + (p - span);
}

void kept_add(const KeptNote *k, int width, float position, float share, float *x) {
    float last = (float)(k->n - 1), p = position > 0 ? fminf(position, last) : 0;
    size_t i = (size_t)p, j = i + 1 < k->n ? i + 1 : i;
    float w = p - (float)i;
    if (i + 1 == k->release) { /* what lies behind the release is of another kind */
        j = i;
    }
    const float *a = k->channels + i * (size_t)width, *b = k->channels + j * (size_t)width;
    for (int c = 0; c < width; c++) {
        x[c] += share * (a[c] + w * (b[c] - a[c]));
    }
}

/* ---- making ---- */

/* channels: what the recording has over the network's note. Behind the release: its change since then over the
 * network's. Of pitch, which is its own (no network is in tune to the cent), what kept_pitch says. */
static TbStatus subtract_network(const TbModel *model, const float *code, const NoteTrack *t, const float *pitch,
                                 float *channels) {
    const TbNoteModel *notes = tb_model_notes(model);
    size_t width = (size_t)note_channels(t->latent);
    const float *last = t->channels + (t->release - 1) * width;
    float condition[NOTE_CONDITIONS], table[NOTE_TABLE_MAX] = {0}, net[NOTE_CHANNELS_MAX] = {0};
    note_condition(t->key, t->velocity, t->pitched, condition);
    TbStatus status = notes ? tb_vae_decode(notes->net, code, condition, 1, table) : TB_OK;
    for (size_t i = 0; status == TB_OK && i < t->n; i++) {
        if (notes && i < t->release) {
            note_table_held(table, t->latent, (float)i, net);
        } else if (notes) {
            note_table_released(table, t->latent, (float)(i - t->release), net);
        }
        for (size_t k = 0; k + 1 < width; k++) {
            channels[i * width + k] = t->channels[i * width + k] - net[k] - (i < t->release ? 0 : last[k]);
        }
        channels[i * width + width - 1] = pitch[i] - (i < t->release ? 0 : pitch[t->release - 1]);
    }
    return status;
}

/* The frame of first .. last about which the recording is most nearly its own mirror image: the crest of a vibrato, if
 * it has one. Turned round there it goes on as it did; on a slope that would be heard as a pinch. */
static size_t best_turn(const NoteTrack *t, size_t first, size_t last) {
    size_t width = (size_t)note_channels(t->latent), best = last;
    float least = INFINITY;
    for (size_t i = first; i <= last; i++) {
        float unlike = 0;
        for (size_t d = 1; d <= MIRROR; d++) {
            const float *a = t->channels + (i - d) * width, *b = t->channels + (i + d) * width;
            for (size_t k = 0; k < width; k++) {
                unlike += (b[k] - a[k]) * (b[k] - a[k]);
            }
        }
        if (unlike < least) {
            least = unlike;
            best = i;
        }
    }
    return best;
}

/* How it goes on when the key is held for longer than it was recorded. */
static void find_sustain(const NoteTrack *t, KeptNote *k) {
    size_t width = (size_t)note_channels(t->latent), end = t->release > MARGIN + 1 ? t->release - MARGIN : 1;
    size_t from = end / 2;
    double sx = 0, sy = 0, sxx = 0, sxy = 0, n = (double)(end - from);
    for (size_t i = from; i < end; i++) {
        double x = (double)(i - from), y = note_channel_loudness(t->channels[i * width + width - 2]);
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double det = n * sxx - sx * sx, slope = det > 0 ? (n * sxy - sx * sy) / det : 0;
    k->last = (float)(end - 1);
    k->fall = slope < SUSTAINS ? (float)slope : 0;
    k->first = slope < SUSTAINS ? k->last : (float)(end > 120 ? end * 2 / 5 : from);
    if (slope >= SUSTAINS && end > 120) {
        k->first = (float)best_turn(t, end * 2 / 5, end * 2 / 5 + CREST);
        k->last = (float)best_turn(t, end - 1 - MIRROR - CREST, end - 1 - MIRROR);
    }
}

static TbStatus keep_detail(const TbModel *model, const TbEncodedNote *note, KeptNote *k) {
    const TbVae *vae = tb_model_vae(model);
    size_t n = note->n_frames;
    float *c = malloc(n * (TB_CONDITIONS + TB_FEATURES) * sizeof *c);
    k->detail = malloc(n * TB_FEATURES);
    if (!c || !k->detail) {
        free(c);
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for an instrument.");
    }
    float *y = c + n * TB_CONDITIONS;
    for (size_t i = 0; i < n; i++) {
        make_condition(note->f0_track[i], note->loudness[i], c + i * TB_CONDITIONS);
    }
    TbStatus status = tb_vae_decode(vae, note->z, c, n, y);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        float d[TB_FEATURES];
        detail_unpack(note->detail + i * TB_FEATURES, d);
        for (size_t f = 0; f < TB_FEATURES; f++) {
            float lost = KEPT_STEPS * (d[f] - y[i * TB_FEATURES + f]);
            k->detail[i * TB_FEATURES + f] = (int8_t)lrintf(fminf(fmaxf(lost, -127), 127));
        }
    }
    free(c);
    return status;
}

TbStatus kept_new(const TbModel *model, const float *code, const TbEncodedNote *note, const NoteTrack *track, float key,
                  KeptNote *k) {
    size_t width = (size_t)note_channels(track->latent);
    *k = (KeptNote){.key = key,
                    .above = track->pitched ? track->key - key : 12 * log2f(note->f0 / TB_BASE_F0),
                    .velocity = track->velocity,
                    .n = track->n,
                    .release = track->release,
                    .inharmonicity = note->inharmonicity};
    memcpy(k->ratio, note->ratio, sizeof k->ratio);
    float *pitch = malloc(track->n * sizeof *pitch);
    k->channels = malloc(track->n * width * sizeof *k->channels);
    k->jump = malloc(track->n * sizeof *k->jump);
    TbStatus status = pitch && k->channels && k->jump
                          ? TB_OK
                          : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for an instrument.");
    if (status == TB_OK) {
        kept_pitch(track, k->jump, pitch);
        status = subtract_network(model, code, track, pitch, k->channels);
        find_sustain(track, k);
    }
    free(pitch);
    if (status == TB_OK && note->detail) {
        status = keep_detail(model, note, k);
    }
    if (status != TB_OK) {
        kept_free(k);
    }
    return status;
}

TbStatus kept_copy(const KeptNote *from, int width, KeptNote *k) {
    size_t n = from->n * (size_t)width, m = from->n * TB_FEATURES;
    *k = *from;
    k->channels = malloc(n * sizeof *k->channels);
    k->jump = malloc(from->n * sizeof *k->jump);
    k->detail = from->detail ? malloc(m) : NULL;
    if (!k->channels || !k->jump || (from->detail && !k->detail)) {
        kept_free(k);
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for an instrument.");
    }
    memcpy(k->channels, from->channels, n * sizeof *k->channels);
    memcpy(k->jump, from->jump, from->n * sizeof *k->jump);
    if (from->detail) {
        memcpy(k->detail, from->detail, m);
    }
    return TB_OK;
}

void kept_free(KeptNote *k) {
    free(k->channels);
    free(k->jump);
    free(k->detail);
    memset(k, 0, sizeof *k);
}
