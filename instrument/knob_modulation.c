/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/knob_modulation.h"

#include <math.h>

#define TWO_PI 6.28318530718f
#define FLICKER_POLE 0.89f      /* one-pole coefficient per frame of the flicker: 50 ms */
#define VIBRATO_GAIN 1.3f       /* compensates averaging: the mean of many vibratos is smaller than each */
#define FLICKER_GAIN 0.3f       /* in a recording channels flicker together; independent flicker is more audible */
#define MODULATION_OCTAVES 1.5f /* of modulation depth per knob unit */
#define MIN_TREMOLO 0.35f       /* dB */
#define MIN_VIBRATO 0.03f       /* semitones */
#define MAX_TREMOLO 5.0f
#define MAX_VIBRATO 0.3f
#define ATTACK_OCTAVES 0.6f  /* of attack speed per knob unit; it acts for ... */
#define ATTACK_FRAMES 60.0f  /* ... 0.35 s */
#define MEAN_IS_SLOWER 0.44f /* share by which the network's mean attack is slower than real attacks ... */
#define MEAN_FRAMES 20.0f    /* ... for 0.12 s */
#define SKIPPED 1.0f         /* frames per knob unit */
#define RISE_FRAMES 1.2f
#define DECAY_OCTAVES 0.8f     /* of the decay so far, per knob unit; and the decay is faster by ... */
#define MIN_DECAY 1.5f         /* ... this rate, dB/s, scaled by ... */
#define MIN_DECAY_OCTAVES 1.5f /* ... this many octaves per knob unit */

float tbi_knob_amount(const TbPlayedNote *note, int knob) {
    float sum = note->knob[knob];
    for (int p = 0; p < TB_PARTS; p++)
        sum += note->part[p] ? note->weight[p] * note->part[p]->knob_offset[knob] : 0;
    return fminf(fmaxf(sum, -4), 4);
}

/* Limits the deviation so that extreme settings cause no wrong pitch and no gaps; a note whose own vibrato is larger
 * keeps it. */
static float limited(float x, const float *phasor, int width, float most) {
    most = fmaxf(most, VIBRATO_GAIN * hypotf(phasor[0], phasor[width]));
    return fminf(fmaxf(x, -most), most);
}

void tbi_knob_vibrato(TbPlayedNote *note, int latent, float of_recordings, float *x) {
    int width = note_channels(latent);
    float m[3 * TB_NOTE_CHANNELS], c = cosf(TWO_PI * note->phase), s = sinf(TWO_PI * note->phase);
    float fresh = sqrtf(1 - FLICKER_POLE * FLICKER_POLE),
          gain = exp2f(MODULATION_OCTAVES * tbi_knob_amount(note, TB_MOVEMENT));
    float more = fmaxf(gain - 1, 0), own = fminf(fmaxf(of_recordings, 0), 1), share = (1 - own) * gain + own * more;
    float white[TB_NOTE_CHANNELS]; /* uniform is sufficient: a filtered sum of many draws is nearly normal */
    tb_rng_white(&note->rng, white, (size_t)width);
    tbi_note_table_modulation(note->table, latent, (float)note->frame, m);
    for (int k = 0; k < width; k++) {
        note->flicker[k] = FLICKER_POLE * note->flicker[k] + fresh * white[k];
        float size = fmaxf(expf(fminf(m[2 * width + k], 1)) - NOTE_FLICKER_MIN, 0);
        x[k] = share * (VIBRATO_GAIN * (m[k] * c - m[width + k] * s) + FLICKER_GAIN * size * note->flicker[k]);
    }
    /* A note without vibrato has nothing to scale: add a minimum. */
    x[latent] += more * MIN_TREMOLO / 20 * c;
    x[latent + 1] += more * MIN_VIBRATO * NOTE_CENT_SCALE * c;
    x[latent] = limited(x[latent], m + latent, width, MAX_TREMOLO / 20);
    x[latent + 1] = limited(x[latent + 1], m + latent + 1, width, MAX_VIBRATO * NOTE_CENT_SCALE);
    float rate = NOTE_RATE * exp2f(fminf(fmaxf(note->table[note_table_rate(latent)], -1.5f), 1.5f));
    note->phase += rate * (float)TB_HOP;
    note->phase -= floorf(note->phase);
}

/* Frames gained after t by playing the beginning faster by `share`, with time constant `beginning`. */
static float ahead(float t, float share, float beginning) {
    return share * beginning * (1 - expf(-t / beginning));
}

float tbi_knob_attack_warp(const TbPlayedNote *note, float t, float slower) {
    float of_network = 0;
    for (int p = 0; p < TB_PARTS; p++)
        of_network += note->part[p] && note->part[p]->n_layers == 0 ? note->weight[p] : 0;
    float skipped = SKIPPED * fmaxf(-slower, 0); /* a faster attack skips the first frames */
    return t + skipped + ahead(t, of_network * MEAN_IS_SLOWER, MEAN_FRAMES) +
           ahead(t, exp2f(-ATTACK_OCTAVES * slower) - 1, ATTACK_FRAMES);
}

float tbi_knob_attack_gain(float frame, float slower) {
    float frames = RISE_FRAMES * (exp2f(2 * slower) - 1);
    return slower > 0 ? 20 * log10f(1 - expf(-(frame + 0.3f) / frames)) : 0;
}

/* dB by which the network's note is below its maximum so far. */
static float fallen(const TbPlayedNote *note, int latent, float position) {
    int width = note_channels(latent);
    float now[TB_NOTE_CHANNELS], most;
    tbi_note_table_held(note->table, latent, position, now);
    most = now[latent];
    for (int m = 0; m < NOTE_HELD_POINTS && (float)tbi_note_held_frames[m] < position; m++)
        most = fmaxf(most, note->table[m * width + latent]);
    return tbi_note_channel_loudness(most) - tbi_note_channel_loudness(now[latent]);
}

float tbi_knob_decay_gain(const TbPlayedNote *note, int latent, float position) {
    float knob = tbi_knob_amount(note, TB_DECAY);
    if (knob == 0)
        return 0;
    float more = knob > 0 ? MIN_DECAY * (exp2f(MIN_DECAY_OCTAVES * knob) - 1) * (float)TB_HOP * position : 0;
    return -(exp2f(DECAY_OCTAVES * knob) - 1) * fallen(note, latent, position) - more;
}
