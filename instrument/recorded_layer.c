/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/recorded_layer.h"
#include "base/no_memory.h"
#include "note/detail.h"
#include "note/interpolate.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_SEMITONES 4.0f     /* semitones */
#define SUSTAINS (-3.0 * TB_HOP) /* dB per frame: a slower decay counts as sustained */
#define OCTAVES_APART 6.0f       /* semitones */
enum {
    CREST = 18,
    MIRROR = 4
};                   /* frames: from crest to trough of a 5 Hz vibrato; compared to each side of a loop point */
enum { MARGIN = 3 }; /* frames before the release that may be affected by it */

/* ---- playback ---- */

/* The share of a recording at a distance in semitones from its key. */
static float share_at(const TbInstrument *in, float semitones) {
    float d = semitones / RANGE_SEMITONES;
    return in->has_pitch && tb_model_notes(in->model) ? expf(-d * d) : 1;
}

/* The index of the first layer in from .. to that sorts after this key and velocity; `to` if there is none. */
static size_t first_after(const RecordedLayer *layer, size_t from, size_t to, float key, float velocity) {
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const RecordedLayer *k = &layer[middle];
        if (k->key < key || (k->key == key && k->velocity <= velocity))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* The recording nearest in velocity among those with the key of layer[at]; the first of equals. */
static size_t nearest(const TbInstrument *in, size_t at, float velocity) {
    const RecordedLayer *layer = in->layer;
    float key = layer[at].key;
    size_t from = first_after(layer, 0, at, key, -INFINITY), to = first_after(layer, at, in->n_layers, key, INFINITY);
    size_t louder = first_after(layer, from, to, key, velocity), low = from, high = louder;
    if (louder == from)
        return louder;
    float distance = fabsf(layer[louder - 1].velocity - velocity);
    while (low < high) { /* the first of those as near as the last of them */
        size_t middle = low + (high - low) / 2;
        if (fabsf(layer[middle].velocity - velocity) > distance)
            low = middle + 1;
        else
            high = middle;
    }
    return louder < to && fabsf(layer[louder].velocity - velocity) < distance ? louder : low;
}

/* The recordings below and above a key; n_layers: none on that side. */
static void find_neighbours(const TbInstrument *in, float key, float velocity, size_t *below, size_t *above) {
    size_t n = in->n_layers, higher = first_after(in->layer, 0, n, key, INFINITY);
    *below = higher > 0 ? nearest(in, higher - 1, velocity) : n;
    *above = higher < n ? nearest(in, higher, velocity) : n;
}

static int set_shares(const TbInstrument *in, float key, size_t below, size_t above, LayerWeight share[2]) {
    const RecordedLayer *layer = in->layer;
    size_t n = in->n_layers;
    if (below == n && above == n)
        return 0;
    float w = below == n ? 1 : 0; /* of the recording above */
    if (below < n && above < n) {
        w = (key - layer[below].key) / (layer[above].key - layer[below].key);
        if (fabsf(layer[above].above - layer[below].above) > OCTAVES_APART)
            w = w > 0.5f ? 1 : 0;
    }
    int count = 0;
    if (w < 1)
        share[count++] = (LayerWeight){below, (1 - w) * share_at(in, key - layer[below].key)};
    if (w > 0)
        share[count++] = (LayerWeight){above, w * share_at(in, key - layer[above].key)};
    return count;
}

int tbi_layer_weights(const TbInstrument *in, float key, float velocity, LayerWeight share[2]) {
    size_t below, above;
    find_neighbours(in, key, velocity, &below, &above);
    return set_shares(in, key, below, above, share);
}

/* Whether the cached recordings are still those around the note's key, which may have been bent. */
static bool cache_is_valid(const TbPlayedNote *note, int p) {
    const TbInstrument *in = note->part[p];
    size_t below = note->neighbours[p].below, above = note->neighbours[p].above, n = in->n_layers;
    return note->neighbours[p].of == in && note->neighbours[p].velocity == note->velocity &&
           (below == n || in->layer[below].key <= note->key) && (above == n || in->layer[above].key > note->key);
}

int tbi_layer_part_shares(const TbPlayedNote *note, int p, LayerWeight share[2]) {
    return cache_is_valid(note, p)
               ? set_shares(note->part[p], note->key, note->neighbours[p].below, note->neighbours[p].above, share)
               : tbi_layer_weights(note->part[p], note->key, note->velocity, share);
}

int tbi_layer_sources(TbPlayedNote *note, LayerSource source[2 * TB_PARTS]) {
    int n = 0;
    for (int p = 0; p < TB_PARTS; p++) {
        const TbInstrument *in = note->part[p];
        if (!in || !(note->weight[p] > 0) || in->n_layers == 0)
            continue;
        if (!cache_is_valid(note, p)) {
            note->neighbours[p].of = in;
            note->neighbours[p].velocity = note->velocity;
            find_neighbours(in, note->key, note->velocity, &note->neighbours[p].below, &note->neighbours[p].above);
        }
        LayerWeight share[2];
        int found = set_shares(in, note->key, note->neighbours[p].below, note->neighbours[p].above, share);
        for (int i = 0; i < found; i++)
            source[n++] = (LayerSource){p, &in->layer[share[i].index], note->weight[p] * share[i].share};
    }
    return n;
}

float tbi_layer_position(const RecordedLayer *k, float frame) {
    if (frame <= k->last)
        return frame;
    float span = k->last - k->first;
    if (span < 1)
        return k->last;
    float p = fmodf(frame - k->last, 2 * span);
    return p < span ? k->last - p : k->first + (p - span);
}

void tbi_layer_add(const RecordedLayer *k, int width, float position, float share, float *x) {
    float last = (float)(k->n - 1), p = position > 0 ? fminf(position, last) : 0;
    size_t i = (size_t)p, j = i + 1 < k->n ? i + 1 : i;
    float w = p - (float)i;
    if (i + 1 == k->release) /* do not interpolate across the release */
        j = i;
    const float *a = k->channels + i * (size_t)width, *b = k->channels + j * (size_t)width;
    for (int c = 0; c < width; c++)
        x[c] += share * (a[c] + w * (b[c] - a[c]));
}

/* ---- creation ---- */

/* channels: the recording minus the network's note. After the release: its change since then minus the network's.
 * Pitch is the recording's own (no network is in tune to the cent), from tbi_layer_pitch. */
static TbStatus subtract_network(const TbModel *model, const float *code, const NoteTrack *t, const float *pitch,
                                 float *channels) {
    const TbNoteModel *notes = tb_model_notes(model);
    size_t width = (size_t)note_channels(t->latent);
    const float *last = t->channels + (t->release - 1) * width;
    float condition[NOTE_CONDITIONS], table[NOTE_TABLE_MAX] = {0}, net[NOTE_CHANNELS_MAX] = {0};
    tbi_note_condition(t->key, t->velocity, t->pitched, condition);
    TbStatus status = notes ? tb_vae_decode(notes->net, code, condition, 1, table) : TB_OK;
    for (size_t i = 0; status == TB_OK && i < t->n; i++) {
        if (notes && i < t->release)
            tbi_note_table_held(table, t->latent, (float)i, net);
        else if (notes)
            tbi_note_table_released(table, t->latent, (float)(i - t->release), net);
        for (size_t k = 0; k + 1 < width; k++)
            channels[i * width + k] = t->channels[i * width + k] - net[k] - (i < t->release ? 0 : last[k]);
        channels[i * width + width - 1] = pitch[i] - (i < t->release ? 0 : pitch[t->release - 1]);
    }
    return status;
}

/* The frame of first .. last around which the recording is most nearly symmetric in time: the crest of a vibrato, if
 * it has one. Reversing there continues smoothly; on a slope it would be audible as a kink. */
static size_t best_reversal(const NoteTrack *t, size_t first, size_t last) {
    size_t width = (size_t)note_channels(t->latent), best = last;
    float least = INFINITY;
    for (size_t i = first; i <= last; i++) {
        float unlike = 0;
        for (size_t d = 1; d <= MIRROR; d++) {
            const float *a = t->channels + (i - d) * width, *b = t->channels + (i + d) * width;
            for (size_t k = 0; k < width; k++)
                unlike += (b[k] - a[k]) * (b[k] - a[k]);
        }
        if (unlike < least) {
            least = unlike;
            best = i;
        }
    }
    return best;
}

/* Finds the loop and the decay for a key held longer than the recording. */
static void find_sustain(const NoteTrack *t, RecordedLayer *k) {
    size_t width = (size_t)note_channels(t->latent), end = t->release > MARGIN + 1 ? t->release - MARGIN : 1;
    size_t from = end / 2;
    double sx = 0, sy = 0, sxx = 0, sxy = 0, n = (double)(end - from);
    for (size_t i = from; i < end; i++) {
        double x = (double)(i - from), y = tbi_note_channel_loudness(t->channels[i * width + width - 2]);
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
        k->first = (float)best_reversal(t, end * 2 / 5, end * 2 / 5 + CREST);
        k->last = (float)best_reversal(t, end - 1 - MIRROR - CREST, end - 1 - MIRROR);
    }
}

static TbStatus keep_detail(const TbModel *model, const TbEncodedNote *note, RecordedLayer *k) {
    const TbVae *vae = tb_model_vae(model);
    size_t n = note->n_frames;
    float *c = malloc(n * (TB_CONDITIONS + TB_FEATURES) * sizeof *c);
    k->detail = tbi_arena_alloc(&k->memory, n, TB_FEATURES);
    if (!c || !k->detail) {
        free(c);
        return tbi_no_memory("for an instrument");
    }
    float *y = c + n * TB_CONDITIONS;
    for (size_t i = 0; i < n; i++)
        tbi_note_frame_condition(note->f0_track[i], note->loudness[i], c + i * TB_CONDITIONS);
    TbStatus status = tb_vae_decode(vae, note->z, c, n, y);
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        float d[TB_FEATURES];
        tbi_detail_unpack(note->detail + i * TB_FEATURES, d);
        for (size_t f = 0; f < TB_FEATURES; f++) {
            float lost = LAYER_STEPS * (d[f] - y[i * TB_FEATURES + f]);
            k->detail[i * TB_FEATURES + f] = (int8_t)lrintf(fminf(fmaxf(lost, -127), 127));
        }
    }
    free(c);
    return status;
}

TbStatus tbi_layer_new(const TbModel *model, const float *code, const TbEncodedNote *note, const NoteTrack *track,
                       float key, RecordedLayer *k) {
    size_t width = (size_t)note_channels(track->latent);
    *k = (RecordedLayer){.key = key,
                         .above = track->pitched ? track->key - key : 12 * log2f(note->f0 / TB_BASE_F0),
                         .velocity = track->velocity,
                         .n = track->n,
                         .release = track->release,
                         .inharmonicity = note->inharmonicity};
    memcpy(k->ratio, note->ratio, sizeof k->ratio);
    float *pitch = malloc(track->n * sizeof *pitch);
    k->channels = tbi_arena_floats(&k->memory, track->n * width);
    k->jump = tbi_arena_floats(&k->memory, track->n);
    TbStatus status = pitch && !k->memory.failed ? TB_OK : tbi_no_memory("for an instrument");
    if (status == TB_OK) {
        tbi_layer_pitch(track, k->jump, pitch);
        status = subtract_network(model, code, track, pitch, k->channels);
        find_sustain(track, k);
    }
    free(pitch);
    if (status == TB_OK && note->detail)
        status = keep_detail(model, note, k);
    if (status != TB_OK)
        tbi_layer_free(k);
    return status;
}

TbStatus tbi_layer_copy(const RecordedLayer *from, int width, RecordedLayer *k) {
    size_t n = from->n * (size_t)width, m = from->n * TB_FEATURES;
    *k = *from;
    k->memory = (TbArena){0};
    k->channels = tbi_arena_floats(&k->memory, n);
    k->jump = tbi_arena_floats(&k->memory, from->n);
    k->detail = from->detail ? tbi_arena_alloc(&k->memory, m, 1) : NULL;
    if (k->memory.failed) {
        tbi_layer_free(k);
        return tbi_no_memory("for an instrument");
    }
    memcpy(k->channels, from->channels, n * sizeof *k->channels);
    memcpy(k->jump, from->jump, from->n * sizeof *k->jump);
    if (from->detail)
        memcpy(k->detail, from->detail, m);
    return TB_OK;
}

void tbi_layer_free(RecordedLayer *k) {
    tbi_arena_free(&k->memory);
    memset(k, 0, sizeof *k);
}
