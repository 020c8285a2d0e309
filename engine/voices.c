/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Voices: allocation, release and mixing. */
#include "base/cpu.h"
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#define FADE_SECONDS 0.006
#define RELEASED_DRUM_SECONDS 3.0 /* a released drum is damped after so long */
#define DAMP_SECONDS 0.05
#define OVERLAP_SECONDS 0.02 /* by which a live sequencer's note-off may be behind the next note-on of its key */
#define KEY_PAN 0.22f        /* pan of the lowest and highest key, -1 .. 1 */
#define WIDE_TONE 0.25f      /* gain of partials into the widener */
#define WIDE_NOISE 0.8f

static float velocity_gain(int velocity) {
    return (float)(velocity * velocity) / (127.0f * 127.0f);
}

static bool is_held(const TbEngine *e, const Voice *v) {
    return v->drum || v->key_down || v->sostenuto || e->channel[v->master].sustain || e->channel[v->channel].sustain;
}

/* A note that has been let go of stays so, even if a pedal comes down a moment later. */
static void release_if_let_go(const TbEngine *e, Voice *v) {
    v->note.held = v->note.held && is_held(e, v);
}

/* A fading voice may only fade faster; a pending one is freed at once. */
static void fade(const TbEngine *e, Voice *v, double seconds) {
    float step = (float)(1 / (seconds * e->rate));
    v->fade_step = v->state == VOICE_FADING && v->fade_step > step ? v->fade_step : step;
    v->state = v->pending ? VOICE_FREE : VOICE_FADING;
}

/* ---- allocation ---- */

/* Returns a free slot. If there is none, the voice that has faded furthest is cut off. */
static Voice *free_slot(TbEngine *e) {
    Voice *lowest = NULL;
    int sounding = 0;
    for (int i = 0; i < e->n_slots; i++)
        sounding += e->voice[i].state == VOICE_SOUNDING;
    if (sounding >= e->n_voices)
        fade(e, tbi_voice_to_steal(e), FADE_SECONDS);
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (v->state == VOICE_FREE)
            return v;
        if (v->state == VOICE_FADING && (!lowest || v->fade < lowest->fade))
            lowest = v;
    }
    return lowest;
}

/* Pans notes by key, low to the left, and drums to their place; constant power, unity gain in the centre. */
static void set_key_pan(const TbEngine *e, Voice *v, const TbDrum *drum) {
    float place = drum ? drum->pan : KEY_PAN * fmaxf(-1, fminf(1, (v->pitch - 60) / 40));
    float x = e->stereo ? fmaxf(-1, fminf(1, place)) : 0;
    float angle = (float)(M_PI / 4) * (1 + x);
    v->pan[0] = (float)M_SQRT2 * cosf(angle);
    v->pan[1] = (float)M_SQRT2 * sinf(angle);
}

static void begin(TbEngine *e, Voice *v, int channel, int key, int velocity) {
    int master = tbi_mpe_master(e, channel);
    const Channel *c = &e->channel[master];
    const TbDrum *drum = tbi_part_is_rhythm(&c->part, master) && e->drum[key].instrument ? &e->drum[key] : NULL;
    TbSynth *synth = v->synth;
    TbPlayedNote *note = &v->note;
    *v = (Voice){.state = VOICE_SOUNDING,
                 .pending = true,
                 .key_down = true,
                 .channel = channel,
                 .key = key,
                 .master = master,
                 .generation = c->generation,
                 .pitch = e->tuning[key],
                 .gain = velocity_gain(velocity),
                 .fade = 1,
                 .damp_at = UINT64_MAX,
                 .order = e->n_started++,
                 .end = SIZE_MAX,
                 .synth = synth};
    if (drum) {
        v->drum = true;
        v->choke = drum->choke;
        v->pitch = drum->key;
        v->gain *= drum->gain;
        v->damp_at = drum->seconds > 0 ? e->time + (uint64_t)((double)drum->seconds * e->rate) : UINT64_MAX;
        note->part[0] = drum->instrument;
        note->weight[0] = 1;
    } else {
        memcpy(note->part, c->mix.part, sizeof note->part);
        memcpy(note->weight, c->weight[1], sizeof note->weight);
    }
    set_key_pan(e, v, drum);
    memcpy(note->knob, c->knob[1], sizeof note->knob);
    note->velocity = (float)velocity / 127;
    note->held = true;
    tb_note_start(note, e->seed + 2 * v->order);
}

/* A note that is struck again replaces the one that sounds. With the pedal down, a louder note keeps ringing when its
 * key is struck again more softly, as a string does. */
static bool is_replaced(const TbEngine *e, const Voice *v, int velocity) {
    return v->drum || v->key_down || !v->note.held || !is_held(e, v) || v->gain <= velocity_gain(velocity);
}

void tbi_voices_note_on(TbEngine *e, int channel, int key, int velocity) {
    e->struck[channel][key] += e->struck[channel][key] < UINT8_MAX;
    e->struck_at[channel][key] = e->time;
    int master = tbi_mpe_master(e, channel);
    bool rhythm = tbi_part_is_rhythm(&e->channel[master].part, master), drum = rhythm && e->drum[key].instrument,
         playable = drum;
    for (int p = 0; p < TB_PARTS && isfinite(e->tuning[key]) && (!rhythm || master == TB_DRUM_CHANNEL || !e->has_drums);
         p++)
        playable = playable || e->channel[master].mix.part[p];
    if (!playable)
        return;
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        bool same = v->channel == channel && v->key == key && is_replaced(e, v, velocity);
        bool choked = drum && v->drum && v->choke && v->choke == e->drum[key].choke;
        if (v->state != VOICE_FREE && (same || choked))
            fade(e, v, FADE_SECONDS);
    }
    Voice *v = free_slot(e);
    begin(e, v, channel, key, velocity);
}

static void key_up(const TbEngine *e, Voice *v) {
    uint64_t late = e->time + (uint64_t)(RELEASED_DRUM_SECONDS * e->rate);
    if (v->state == VOICE_SOUNDING && v->key_down) {
        v->key_down = false;
        v->damp_at = v->drum && late < v->damp_at ? late : v->damp_at;
        release_if_let_go(e, v);
    }
}

/* Whether this note-off belongs to a note that has been struck again: of overlapping notes of a key the first ends
 * first. In a live engine, where a note-off can be lost, only one that follows the new note-on at once (as sequencers
 * send them) is taken for the earlier note's; any later one releases the key, so that no note hangs. */
static bool ends_earlier_note(TbEngine *e, int channel, int key) {
    uint8_t *struck = &e->struck[channel][key];
    bool late = e->live && (double)(e->time - e->struck_at[channel][key]) > OVERLAP_SECONDS * e->rate;
    *struck = *struck > 0 && !late ? *struck - 1 : 0;
    return *struck > 0;
}

void tbi_voices_note_off(TbEngine *e, int channel, int key) {
    if (ends_earlier_note(e, channel, key))
        return;
    for (int i = 0; i < e->n_slots; i++)
        if (e->voice[i].channel == channel && e->voice[i].key == key)
            key_up(e, &e->voice[i]);
}

/* Of the channel itself, or of the zone it is master of. */
static bool belongs_to(const Voice *v, int channel) {
    return v->channel == channel || v->master == channel;
}

void tbi_voices_sostenuto(TbEngine *e, int channel, bool down) {
    for (int i = 0; i < e->n_slots; i++)
        if (belongs_to(&e->voice[i], channel))
            e->voice[i].sostenuto = down && e->voice[i].key_down;
    tbi_voices_pedal_up(e, channel);
}

void tbi_voices_pedal_up(TbEngine *e, int channel) {
    for (int i = 0; i < e->n_slots; i++)
        if (belongs_to(&e->voice[i], channel))
            release_if_let_go(e, &e->voice[i]);
}

void tbi_voices_key_pressure(TbEngine *e, int channel, int key, float pressure) {
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (key < 0 ? belongs_to(v, channel) : v->channel == channel && v->key == key && v->key_down)
            v->mpe.key_pressure = pressure;
    }
}

/* Forgets pending note-offs of earlier notes. */
static void forget_struck(TbEngine *e, int channel) {
    for (int c = 0; c < TB_CHANNELS; c++)
        if (c == channel || tbi_mpe_master(e, c) == channel)
            memset(e->struck[c], 0, sizeof e->struck[c]);
}

void tbi_voices_all_off(TbEngine *e, int channel) {
    forget_struck(e, channel);
    for (int i = 0; i < e->n_slots; i++)
        if (belongs_to(&e->voice[i], channel))
            key_up(e, &e->voice[i]);
}

void tbi_voices_silence(TbEngine *e, int channel) {
    forget_struck(e, channel);
    for (int i = 0; i < e->n_slots; i++)
        if (e->voice[i].state != VOICE_FREE && belongs_to(&e->voice[i], channel))
            fade(e, &e->voice[i], FADE_SECONDS);
}

static void copy_if_changed(float *to, const float *from, int n, float step) {
    float change = 0;
    for (int i = 0; i < n; i++)
        change = fmaxf(change, fabsf(to[i] - from[i]));
    if (change >= step)
        memcpy(to, from, (size_t)n * sizeof *to);
}

void tbi_voices_damp(TbEngine *e) {
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (v->state == VOICE_SOUNDING && v->drum && e->time >= v->damp_at)
            fade(e, v, DAMP_SECONDS);
    }
}

/* Takes over changes of the channel since the voice's last frame. */
void tbi_voice_update(const TbEngine *e, Voice *v) {
    const Channel *c = &e->channel[v->master];
    TbPlayedNote *note = &v->note;
    float bend, knob[TB_KNOBS];
    tbi_mpe_expression(e, v, &bend, knob);
    note->key = v->pitch + c->bend * c->bend_range + bend + c->fine + e->fine + (v->drum ? 0 : c->coarse + e->coarse);
    if (!v->drum && v->generation == c->generation)
        copy_if_changed(note->weight, c->weight[1], TB_PARTS, WEIGHT_STEP);
    copy_if_changed(note->knob, knob, TB_KNOBS, KNOB_STEP);
}

/* ---- samples ---- */

TB_MULTIVERSION
static void add_scaled(float *restrict out, const float *restrict x, float gain, int n) {
    for (int i = 0; i < n; i++)
        out[i] += gain * x[i];
}

/* The gain is the square of a linear ramp, so that it ends smoothly. */
static void fade_out(Voice *v, float *x, float *y, int n) {
    for (int i = 0; i < n; i++) {
        x[i] *= v->fade * v->fade;
        y[i] *= v->fade * v->fade;
        v->fade = fmaxf(v->fade - v->fade_step, 0);
    }
    if (v->fade <= 0)
        v->state = VOICE_FREE;
}

TB_MULTIVERSION
static void add_ramp(float *restrict out, const float *restrict x, float from, float step, int at, int n) {
    for (int i = 0; i < n; i++)
        out[i] += (from + step * (float)(at + i)) * x[i];
}

/* Adds a channel's bus to the output and the reverb send. */
static void add_bus(const TbEngine *e, const Channel *c, int side, const float *bus, float *out, float *send, int n,
                    int at) {
    float from = e->gain * c->gain.current, to = e->gain * c->gain.next;
    if (e->stereo) {
        from *= c->pan[side].current;
        to *= c->pan[side].next;
    }
    add_ramp(out, bus, from, (to - from) / GRID, at, n);
    if (e->reverb) {
        from *= c->send.current;
        to *= c->send.next;
        add_ramp(send, bus, from, (to - from) / GRID, at, n);
    }
}

/* Adds a channel's bus to the widener's input; channels panned hard contribute less. */
static void add_wide(const TbEngine *e, const Channel *c, const float *bus, float *wide, int n, int at) {
    float from = e->gain * c->gain.current * fminf(c->pan[0].current, c->pan[1].current);
    float to = e->gain * c->gain.next * fminf(c->pan[0].next, c->pan[1].next);
    add_ramp(wide, bus, from, (to - from) / GRID, at, n);
}

void tbi_voices_mix(TbEngine *e, float *const out[2], float *const send[2], float *wide, int n, int at) {
    enum { WIDE = 2 };
    float bus[TB_CHANNELS][3][GRID], tone[GRID], noise[GRID];
    bool used[TB_CHANNELS] = {false};
    int sides = e->stereo ? 2 : 1;
    for (int i = 0; i < e->n_slots; i++) {
        Voice *v = &e->voice[i];
        if (v->state == VOICE_FREE || v->pending)
            continue;
        for (int side = 0; side < 3 && !used[v->master]; side++)
            memset(bus[v->master][side], 0, (size_t)n * sizeof(float));
        used[v->master] = true;
        memset(tone, 0, (size_t)n * sizeof *tone);
        memset(noise, 0, (size_t)n * sizeof *noise);
        bool more = tb_synth_render_parts(v->synth, tone, noise, (size_t)n);
        if (v->state == VOICE_FADING)
            fade_out(v, tone, noise, n);
        if (wide) {
            add_scaled(bus[v->master][WIDE], tone, v->gain * WIDE_TONE, n);
            add_scaled(bus[v->master][WIDE], noise, v->gain * WIDE_NOISE, n);
        }
        add_scaled(tone, noise, 1, n);
        for (int side = 0; side < sides; side++)
            add_scaled(bus[v->master][side], tone, e->stereo ? v->gain * v->pan[side] : v->gain, n);
        v->state = more ? v->state : VOICE_FREE;
    }
    for (int side = 0; side < sides; side++) {
        memset(out[side], 0, (size_t)n * sizeof(float));
        memset(send[side], 0, (size_t)n * sizeof(float));
        for (int c = 0; c < TB_CHANNELS; c++)
            if (used[c])
                add_bus(e, &e->channel[c], side, bus[c][side], out[side], send[side], n, at);
    }
    for (int c = 0; c < TB_CHANNELS && wide; c++)
        if (used[c])
            add_wide(e, &e->channel[c], bus[c][WIDE], wide, n, at);
}
