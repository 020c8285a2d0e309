/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/track_kit.h"

#include <math.h>

#define AVERAGE 90    /* velocity that the kits are balanced for */
#define MOST_GAIN 2.0 /* by which a class is raised or lowered */
enum { KEYS = 128, HI_HAT = 1 /* choke group; the same as in drum_kit.c */ };

/* A drum: a bundled sound at a key, a gain, a length until it is damped, a choke group, and knobs. */
typedef struct {
    const char *sound;
    float key, gain, seconds;
    int choke;
    float knob[TB_KNOBS]; /* brightness, noisiness, attack, decay ... */
} Drum;

/* By class: kick, snare, closed and open hi-hat, low, mid and high tom, crash, ride. The hi-hats and cymbals are the
 * bundled cymbal, made brighter and faster: most of their power is above 5 kHz. */
static const struct {
    const char *name;
    Drum drum[TB_DRUM_CLASSES];
} kits[] = {
    {"studio kit",
     {{"kick", 39, 0.9f, 0, 0, {0}},
      {"snare", 60, 1.4f, 0, 0, {0.4f, 0.3f}},
      {"cymbal", 60, 0.6f, 0.12f, HI_HAT, {2, 0.5f, -2, 1}},
      {"cymbal", 60, 0.5f, 0.40f, HI_HAT, {3, 2, -3, 0}},
      {"kick", 46, 0.9f, 0, 0, {0}},
      {"kick", 51, 0.9f, 0, 0, {0}},
      {"kick", 57, 0.9f, 0, 0, {0}},
      {"cymbal", 60, 0.55f, 0, 0, {2, 0, -3, 0}},
      {"cymbal", 60, 0.45f, 0.8f, 0, {2, -1, -3, 0}}}},
    {"tight kit",
     {{"kick", 41, 0.9f, 0.25f, 0, {0.3f, 0, -0.5f, 0}},
      {"snare", 62, 1.4f, 0.14f, 0, {0.5f, 0.3f}},
      {"cymbal", 60, 0.6f, 0.08f, HI_HAT, {2, 0, -3, 1}},
      {"cymbal", 60, 0.5f, 0.25f, HI_HAT, {3, 1, -3, 0}},
      {"kick", 48, 0.9f, 0.4f, 0, {0}},
      {"kick", 53, 0.9f, 0.4f, 0, {0}},
      {"kick", 60, 0.9f, 0.4f, 0, {0}},
      {"cymbal", 60, 0.6f, 1.5f, 0, {2, 0, -2, 0}},
      {"cymbal", 60, 0.45f, 0.5f, 0, {3, -1, -3, 0}}}},
    {"deep kit",
     {{"kick", 37, 0.9f, 0, 0, {-0.3f}},
      {"snare", 58, 1.4f, 0, 0, {0.3f, 0.3f}},
      {"cymbal", 60, 0.6f, 0.15f, HI_HAT, {2, 0, -3, 0.5f}},
      {"cymbal", 60, 0.45f, 0.50f, HI_HAT, {3, 1, -3, 0}},
      {"kick", 43, 0.9f, 0, 0, {0}},
      {"kick", 48, 0.9f, 0, 0, {0}},
      {"kick", 53, 0.9f, 0, 0, {0}},
      {"cymbal", 60, 0.4f, 0, 0, {2, 0, -3, -0.3f}},
      {"cymbal", 60, 0.45f, 1.0f, 0, {2, -0.5f, -3, 0}}}},
};

size_t track_kit_count(void) {
    return sizeof kits / sizeof *kits;
}

const char *track_kit_name(size_t kit) {
    return kits[kit].name;
}

/* Side stick, clap and ride bell are in a class with another drum, but sound otherwise. */
static bool has_own_sound(int key) {
    return key == 37 || key == 39 || key == 53;
}

TbStatus track_kit_load(Instruments *all, size_t kit, const bool used[128], TbDrum drums[128]) {
    const TbInstrument *made[TB_DRUM_CLASSES] = {NULL};
    bool others[KEYS];
    for (int key = 0; key < KEYS; key++)
        others[key] = used[key] && (tb_drum_class(tb_drum_map(NULL), key) < 0 || has_own_sound(key));
    TbStatus status = kit_load(all, NULL, others, drums);
    for (int key = 0; key < KEYS && status == TB_OK; key++) {
        if (!used[key] || others[key])
            continue;
        int class = tb_drum_class(tb_drum_map(NULL), key);
        const Drum *d = &kits[kit].drum[class];
        if (!made[class])
            status = instruments_with_knobs(all, d->sound, d->knob, &made[class]);
        drums[key] = (TbDrum){
            .instrument = made[class], .key = d->key, .gain = d->gain, .seconds = d->seconds, .choke = d->choke};
    }
    return status;
}

/* The root mean square of the amplitudes of a class; 0: it is not played. The engine squares velocities. */
static double amplitude_of(const TbScore *score, int drum_class) {
    double sum = 0, n = 0;
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *note = &score->notes[i];
        if (score->parts[note->part].channel != TB_SCORE_DRUM_CHANNEL ||
            tb_drum_class(tb_drum_map(NULL), note->pitch) != drum_class)
            continue;
        sum += pow(note->velocity / 127.0, 4);
        n++;
    }
    return n > 0 ? sqrt(sum / n) : 0;
}

void track_kit_mix(const TbScore *score, TbDrum drums[128]) {
    static const float place[TB_DRUM_CLASSES] = {0, 0.05f, 0.3f, 0.3f, -0.3f, -0.05f, 0.25f, -0.4f, 0.4f};
    const double usual = pow(AVERAGE / 127.0, 2);
    float gain[TB_DRUM_CLASSES];
    for (int c = 0; c < TB_DRUM_CLASSES; c++)
        gain[c] = (float)fmin(fmax(usual / fmax(amplitude_of(score, c), 1e-3), 1 / MOST_GAIN), MOST_GAIN);
    for (int key = 0; key < KEYS; key++) {
        int class = tb_drum_class(tb_drum_map(NULL), key);
        drums[key].pan = class >= 0 ? place[class] : key % 2 ? -0.2f : 0.2f; /* bongos and the like on both sides */
        drums[key].gain *= class >= 0 ? gain[class] : 1;
    }
}
