/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/knob_modulation.h"

#include <math.h>

#define TURN 6.28318530718f
#define FLICKER_KEEPS 0.89f   /* of the noise that moves a channel, from frame to frame: 50 ms */
#define TURN_SHARE 1.3f       /* the mean of many vibratos is smaller than each */
#define FLICKER_SHARE 0.3f    /* channels flicker together in a recording; alone they are heard sooner */
#define MOVEMENT_OCTAVES 1.5f /* of its depth, for each step of the knob */
#define LEAST_TREMOLO 0.35f   /* dB */
#define LEAST_VIBRATO 0.03f   /* semitones */
#define MOST_TREMOLO 5.0f
#define MOST_VIBRATO 0.3f
#define ATTACK_OCTAVES 0.6f  /* of the pace of an attack, for each step of the knob; it holds for ... */
#define ATTACK_FRAMES 60.0f  /* ... 0.35 s */
#define MEAN_IS_SLOWER 0.44f /* share by which attacks are longer in the mean that the network has learned ... */
#define MEAN_FRAMES 20.0f    /* ... for 0.12 s */
#define SKIPPED 1.0f         /* frames for each step of the knob */
#define RISE_FRAMES 1.2f
#define DECAY_OCTAVES 0.8f /* of how far a note has fallen, for each step of the knob; and it falls by ... */
#define LEAST_DECAY 1.5f   /* ... so many dB/s more, which double at ... */
#define DECAY_DOUBLES 1.5f /* ... so many octaves for each step */

float tbi_knob_amount(const TbPlayedNote *note, int knob) {
    float sum = note->knob[knob];
    for (int p = 0; p < TB_PARTS; p++)
        sum += note->part[p] ? note->weight[p] * note->part[p]->knob_offset[knob] : 0;
    return fminf(fmaxf(sum, -4), 4);
}

/* However far it is turned, nobody is to hear another pitch, or gaps: only what moves farther by itself does. */
static float held_within(float x, const float *pointer, int width, float most) {
    most = fmaxf(most, TURN_SHARE * hypotf(pointer[0], pointer[width]));
    return fminf(fmaxf(x, -most), most);
}

void tbi_knob_vibrato(TbPlayedNote *note, int latent, float of_recordings, float *x) {
    int width = note_channels(latent);
    float m[3 * TB_NOTE_CHANNELS], c = cosf(TURN * note->phase), s = sinf(TURN * note->phase);
    float fresh = sqrtf(1 - FLICKER_KEEPS * FLICKER_KEEPS),
          gain = exp2f(MOVEMENT_OCTAVES * tbi_knob_amount(note, TB_MOVEMENT));
    float more = fmaxf(gain - 1, 0), own = fminf(fmaxf(of_recordings, 0), 1), share = (1 - own) * gain + own * more;
    float white[TB_NOTE_CHANNELS]; /* evenly spread is enough: what a channel keeps of many draws is normal again */
    tb_rng_white(&note->rng, white, (size_t)width);
    tbi_note_table_movement(note->table, latent, (float)note->frame, m);
    for (int k = 0; k < width; k++) {
        note->flicker[k] = FLICKER_KEEPS * note->flicker[k] + fresh * white[k];
        float size = fmaxf(expf(fminf(m[2 * width + k], 1)) - NOTE_FLICKER_LEAST, 0);
        x[k] = share * (TURN_SHARE * (m[k] * c - m[width + k] * s) + FLICKER_SHARE * size * note->flicker[k]);
    }
    /* What does not move at all has nothing to turn up. */
    x[latent] += more * LEAST_TREMOLO / 20 * c;
    x[latent + 1] += more * LEAST_VIBRATO * NOTE_CENT_SCALE * c;
    x[latent] = held_within(x[latent], m + latent, width, MOST_TREMOLO / 20);
    x[latent + 1] = held_within(x[latent + 1], m + latent + 1, width, MOST_VIBRATO * NOTE_CENT_SCALE);
    float rate = NOTE_RATE * exp2f(fminf(fmaxf(note->table[note_table_rate(latent)], -1.5f), 1.5f));
    note->phase += rate * (float)TB_HOP;
    note->phase -= floorf(note->phase);
}

/* How far what goes faster by `share` in its beginning is ahead, frames. */
static float ahead(float t, float share, float beginning) {
    return share * beginning * (1 - expf(-t / beginning));
}

float tbi_knob_attack_warp(const TbPlayedNote *note, float t, float slower) {
    float of_network = 0;
    for (int p = 0; p < TB_PARTS; p++)
        of_network += note->part[p] && note->part[p]->n_layers == 0 ? note->weight[p] : 0;
    float skipped = SKIPPED * fmaxf(-slower, 0); /* a faster attack leaves out what it begins with */
    return t + skipped + ahead(t, of_network * MEAN_IS_SLOWER, MEAN_FRAMES) +
           ahead(t, exp2f(-ATTACK_OCTAVES * slower) - 1, ATTACK_FRAMES);
}

float tbi_knob_attack_gain(float frame, float slower) {
    float frames = RISE_FRAMES * (exp2f(2 * slower) - 1);
    return slower > 0 ? 20 * log10f(1 - expf(-(frame + 0.3f) / frames)) : 0;
}

/* dB under its loudest moment so far at which the network's note stands. */
static float fallen(const TbPlayedNote *note, int latent, float position) {
    int width = note_channels(latent);
    float now[TB_NOTE_CHANNELS], most;
    tbi_note_table_held(note->table, latent, position, now);
    most = now[latent];
    for (int m = 0; m < NOTE_DOWN && (float)tbi_note_down[m] < position; m++)
        most = fmaxf(most, note->table[m * width + latent]);
    return tbi_note_channel_loudness(most) - tbi_note_channel_loudness(now[latent]);
}

float tbi_knob_decay_gain(const TbPlayedNote *note, int latent, float position) {
    float knob = tbi_knob_amount(note, TB_DECAY);
    if (knob == 0)
        return 0;
    float more = knob > 0 ? LEAST_DECAY * (exp2f(DECAY_DOUBLES * knob) - 1) * (float)TB_HOP * position : 0;
    return -(exp2f(DECAY_OCTAVES * knob) - 1) * fallen(note, latent, position) - more;
}
