/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Computes the next frames of sounding notes: the note network's table at the current time, plus the recordings'
 * difference from it, plus modulation, decoded by the frame decoder. Nothing here allocates, locks or fails. */
#include "instrument/knob_modulation.h"
#include "instrument/note_inference.h"
#include "instrument/played_notes.h"
#include "note/interpolate.h"
#include "timbrel/sound.h"

#include <math.h>
#include <string.h>

#define QUIET_DB -85.0f     /* below this a note is over */
#define FORGOTTEN_DB -55.0f /* a held note this faint has decayed */
#define LOUDEST_DB 0.0f
#define EARLY_FRAME 224 /* 1.3 s: from here to NOTE_FREEZE the decay rate of a held note is measured */
#define SUSTAINS (-1.5f * (float)TB_HOP)
#define STEEPEST (-60.0f * (float)TB_HOP)
#define RELEASE_FRAMES 80.0f /* length of releases in the training data, 0.46 s */
#define RELEASE_FALL (-60.0f * (float)TB_HOP)
#define BARE_FALL (-400.0f * (float)TB_HOP) /* where no release is known */
#define SETTLED_FRAME 17.0f                 /* 0.1 s: a note's pitch returns to its key from here ... */
#define IN_TUNE_FRAME 52.0f                 /* ... to here */
#define DETAIL_KEYS 8.0f                    /* semitones over which a recording's own detail fades */

void tb_note_start(TbPlayedNote *note, uint64_t seed) {
    note->over = note->has_table = note->reused = false;
    note->frame = 0;
    note->release = UINT32_MAX;
    for (int p = 0; p < TB_PARTS; p++)
        note->neighbours[p].of = NULL;
    tb_rng_seed(&note->rng, seed);
    note->phase = tb_rng_uniform(&note->rng);
    for (int k = 0; k < TB_NOTE_CHANNELS; k++) {
        note->flicker[k] = tb_rng_normal(&note->rng);
        note->at_release[k] = 0;
    }
}

/* ---- the current sound ---- */

/* The recordings that contribute to a note. */
typedef struct {
    LayerSource source[2 * TB_PARTS];
    int n;
} Sources;

/* Adds the recordings' channels of a held note; returns their share of the note. *fall: extrapolated decay, dB. */
static float add_held(const Sources *s, float position, int width, float *x, float *fall) {
    float of_recordings = 0;
    for (int i = 0; i < s->n; i++) {
        const RecordedLayer *k = s->source[i].layer;
        float w = s->source[i].share;
        of_recordings += w;
        tbi_layer_add(k, width, tbi_layer_position(k, position), w, x);
        *fall += position > k->last ? w * k->fall * (position - k->last) : 0;
    }
    return fminf(of_recordings, 1);
}

/* Adds the recordings' release; returns the share of recordings with a known release. */
static float add_released(const TbPlayedNote *note, const Sources *s, int width, float *x, float *fall) {
    float ends = 0, after = (float)(note->frame - note->release);
    for (int i = 0; i < s->n; i++) {
        const RecordedLayer *k = s->source[i].layer;
        float w = s->source[i].share, over = (float)k->release + after - (float)(k->n - 1);
        if (k->release < k->n) {
            ends += w;
            tbi_layer_add(k, width, (float)k->release + after, w, x);
            *fall += over > 0 ? w * RELEASE_FALL * over : 0;
        }
    }
    return fminf(ends, 1);
}

/* Extrapolates the decay past the last time point of the table, in dB. */
static float natural_decay(const TbPlayedNote *note, int latent, float position) {
    float early[TB_NOTE_CHANNELS], late[TB_NOTE_CHANNELS];
    if (position <= NOTE_FREEZE)
        return 0;
    tbi_note_table_held(note->table, latent, EARLY_FRAME, early);
    tbi_note_table_held(note->table, latent, NOTE_FREEZE, late);
    float fall = (tbi_note_channel_loudness(late[latent]) - tbi_note_channel_loudness(early[latent])) /
                 (NOTE_FREEZE - EARLY_FRAME);
    if (fall > SUSTAINS)
        return 0;
    float share =
        1 - SUSTAINS * SUSTAINS /
                (fall * fall); /* fades in, so that there is no jump between keys of which some just sustain */
    return share * fmaxf(fall, STEEPEST) * (position - NOTE_FREEZE);
}

/* Deviation of the network's share of a note from its key, as a channel: the pitch may glide, but must end in tune.
 * The recordings' pitch is their own, and already in tune. */
static float slide(const TbPlayedNote *note, int latent, float of_recordings, float slower) {
    float held[TB_NOTE_CHANNELS], released[TB_NOTE_CHANNELS] = {0}, left = 1;
    uint32_t down = note->frame < note->release ? note->frame : note->release;
    tbi_note_table_held(note->table, latent, tbi_knob_attack_warp(note, (float)down, slower), held);
    if (note->frame >= note->release)
        tbi_note_table_released(note->table, latent, (float)(note->frame - note->release), released);
    if (tbi_note_has_pitch(note)) {
        float t = ((float)note->frame - SETTLED_FRAME) / (IN_TUNE_FRAME - SETTLED_FRAME);
        left = 1 - fminf(fmaxf(t, 0), 1);
    }
    return (1 - of_recordings) * left * (held[latent + 1] + released[latent + 1]);
}

/* The frame of a recording nearest to a note's current position. */
static size_t layer_frame(const TbPlayedNote *note, const RecordedLayer *k) {
    float at = tbi_layer_position(k, tbi_knob_attack_warp(note, (float)note->frame, tbi_knob_amount(note, TB_ATTACK)));
    if (note->frame >= note->release)
        at = k->release < k->n ? (float)(k->release + note->frame - note->release) : at;
    return at < (float)(k->n - 1) ? (size_t)(at + 0.5f) : k->n - 1;
}

/* Semitones of an octave jump. Jumps cannot be mixed, so the recording with more than half of the note determines
 * it, if there is one. */
static float jump(const TbPlayedNote *note, const Sources *s) {
    for (int i = 0; i < s->n; i++) {
        const RecordedLayer *k = s->source[i].layer;
        if (note->weight[s->source[i].part] > 0.5f && s->source[i].share > 0.5f)
            return k->jump[layer_frame(note, k)];
    }
    return 0;
}

/* Channels of a held note, or of a released one as if held, without the glide; returns the recordings' share. */
static float held_at(const TbPlayedNote *note, const Sources *s, int latent, bool learned, float slower, float *x) {
    float position = tbi_knob_attack_warp(note, (float)note->frame, slower), fall = 0;
    if (learned) {
        tbi_note_table_held(note->table, latent, position, x);
        x[latent + 1] = 0;
    }
    float of_recordings = add_held(s, position, note_channels(latent), x, &fall);
    fall += tbi_knob_attack_gain((float)note->frame, slower);
    fall += learned ? tbi_knob_decay_gain(note, latent, position) : 0;
    fall += learned ? (1 - of_recordings) * natural_decay(note, latent, position) : 0;
    x[latent] = tbi_note_loudness_channel(tbi_note_channel_loudness(x[latent]) + fall);
    return of_recordings;
}

/* Channels of a released note without the glide; held: its channels as if held. Returns its loudness. */
static float released_at(const TbPlayedNote *note, const Sources *s, int latent, bool learned, float of_recordings,
                         const float *held, float *x) {
    float after = (float)(note->frame - note->release), fall = 0, loud = tbi_note_channel_loudness(held[latent]);
    if (learned) {
        tbi_note_table_released(note->table, latent, after, x);
        x[latent + 1] = 0;
    }
    float ends = add_released(note, s, note_channels(latent), x, &fall), endless = fmaxf(of_recordings - ends, 0);
    for (int k = 0; k < note_channels(latent); k++) /* recordings without a known release continue as well */
        x[k] += note->at_release[k] + endless * (held[k] - note->at_release[k]);
    fall += learned ? 0 : (1 - ends) * BARE_FALL * after;
    fall += after > RELEASE_FRAMES ? RELEASE_FALL * (after - RELEASE_FRAMES) : 0;
    float loudness = tbi_note_channel_loudness(x[latent]) + fall;
    return loudness - (1 - ends) * fmaxf(loudness - loud, 0); /* a release must not be louder than the held note */
}

/* Computes the current latents z, and f0 and power of the frame. */
static void current_sound(TbPlayedNote *note, int latent, bool learned, float *z, TbFrame *frame) {
    float held[TB_NOTE_CHANNELS] = {0}, released[TB_NOTE_CHANNELS] = {0}, modulation[TB_NOTE_CHANNELS] = {0}, *x = held;
    bool off = note->frame >= note->release;
    Sources s;
    s.n = tbi_layer_sources(note, s.source);
    float of_recordings = held_at(note, &s, latent, learned, tbi_knob_amount(note, TB_ATTACK), held);
    float loudness = tbi_note_channel_loudness(held[latent]);
    if (learned)
        tbi_knob_vibrato(note, latent, of_recordings, modulation);
    if (off) {
        x = released;
        loudness = released_at(note, &s, latent, learned, of_recordings, held, x);
    } else {
        memcpy(note->at_release, held, sizeof note->at_release);
    }
    float sliding = learned ? slide(note, latent, of_recordings, tbi_knob_amount(note, TB_ATTACK)) : 0;
    float semitones = tbi_note_channel_pitch(x[latent + 1] + sliding) + jump(note, &s);
    semitones += modulation[latent + 1] / NOTE_CENT_SCALE;
    loudness += tbi_note_channel_loudness(modulation[latent]) - tbi_note_channel_loudness(0);
    float quiet = off || note->frame < NOTE_FREEZE ? QUIET_DB : FORGOTTEN_DB;
    /* The comparison is false for NaN: then the note is over, too. */
    note->over = note->over || (!(loudness >= quiet) && (off || note->frame > EARLY_FRAME / 2));
    for (int k = 0; k < latent; k++)
        z[k] = x[k] + modulation[k];
    float hz = tbi_note_has_pitch(note) ? 440 * exp2f((note->key - 69) / 12) : TB_BASE_F0;
    frame->f0 = fminf(fmaxf(hz * exp2f((semitones + tbi_note_above_key(note)) / 12), 8), 20000);
    frame->power = note->over ? 0 : powf(10, fminf(loudness, LOUDEST_DB) / 10);
}

/* Adds the nearest recordings' detail, which the latents do not represent. */
static void add_detail(const TbPlayedNote *note, const Sources *s, float *features) {
    for (int i = 0; i < s->n; i++) {
        const RecordedLayer *k = s->source[i].layer;
        float far = note->part[s->source[i].part]->has_pitch ? (note->key - k->key) / DETAIL_KEYS : 0;
        float w = s->source[i].share * expf(-far * far) / LAYER_STEPS;
        size_t t = layer_frame(note, k);
        for (int f = 0; k->detail && f < TB_FEATURES; f++)
            features[f] += w * (float)k->detail[t * TB_FEATURES + (size_t)f];
    }
}

/* A note of a single recording gets the inharmonicity and free partials of that recording. */
static void own_partials(const TbPlayedNote *note, const Sources *s, TbFrame *frame) {
    if (note->weight[0] > 0.99f && s->n > 0 && s->source[0].part == 0) {
        frame->inharmonicity = s->source[0].layer->inharmonicity;
        memcpy(frame->ratio, s->source[0].layer->ratio, sizeof frame->ratio);
    }
}

void tbi_notes_frames(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch,
                      TbFrame *const *frames) {
    bool learned = tb_model_notes(model) != NULL;
    int latent = tb_vae_config(tb_model_vae(model))->latent_dim;
    Scratch s;
    tbi_note_scratch_init(model, n, scratch, &s);
    for (size_t i = 0; i < n; i++) {
        TbPlayedNote *note = notes[i];
        if (!note->held && note->release == UINT32_MAX)
            note->release = note->frame;
        current_sound(note, latent, learned, s.z + i * (size_t)latent, frames[i]);
        tbi_note_frame_condition(frames[i]->f0, 10 * log10f(frames[i]->power + 1e-12f),
                                 s.frame_condition + i * TB_CONDITIONS);
        note->frame++;
    }
    tb_vae_decoder_run(tb_model_decoder(model), s.z, s.frame_condition, n, s.net, s.features);
    for (size_t i = 0; i < n; i++)
        notes[i]->frame--; /* back to the first of this note's frames here */
    for (size_t i = 0; i < n; i++) {
        Sources sources;
        sources.n = tbi_layer_sources(notes[i], sources.source);
        add_detail(notes[i], &sources, s.features + i * TB_FEATURES);
        tb_features_to_frame(s.features + i * TB_FEATURES, frames[i]);
        own_partials(notes[i], &sources, frames[i]);
        notes[i]->frame++;
    }
}

void tb_notes_next(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch, TbFrame *const *frames) {
    tbi_notes_infer(model, notes, n, scratch);
    tbi_notes_frames(model, notes, n, scratch, frames);
}
