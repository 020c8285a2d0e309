/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sixty sounds as people bring them, with the notes that a listener hears in them. */
#ifndef TIMBREL_TESTS_HEARING_CASES_H
#define TIMBREL_TESTS_HEARING_CASES_H

#include "tests/hearing_maker.h"

enum { CASE_VOICES = 8 };

typedef struct {
    const char *kind, *name;
    double seconds;
    Voice voice[CASE_VOICES]; /* until the first whose stop is 0 */
    void (*make)(Made *m);    /* more than these voices */
    double chord;             /* Hz: the root of a chord; 0: not a chord */
    bool no_pitch;
} HearingCase;

/* ---- made by functions ---- */

/* Notes one after the other, `seconds` apart, each `length` long. */
static inline void add_notes(Made *m, Voice v, const int *semitones, int count, double seconds, double length) {
    double hz = v.hz, start = v.start;
    for (int i = 0; i < count; i++) {
        v.hz = hz * exp2(semitones[i] / 12.0);
        v.start = start + i * seconds;
        v.stop = v.start + length;
        add_voice(m, &v);
    }
}

static void piano_trill(Made *m) {
    add_notes(m, (Voice){.start = 0.1, .hz = 523.25, .slope = 1.5, .decay = 20, .damping = 4, .release = 0.04},
              (int[]){0, 2, 0, 2, 0, 2, 0, 2, 0, 2}, 10, 0.125, 0.16);
}
static void flute_trill(Made *m) {
    add_notes(m, (Voice){.start = 0.1, .hz = 880, .slope = 1.8, .breath = 0.01, .attack = 0.012, .release = 0.012},
              (int[]){0, 2, 0, 2, 0, 2, 0, 2}, 8, 0.2, 0.212);
}
static void mandolin_roll(Made *m) {
    add_notes(m, (Voice){.start = 0.1, .hz = 440, .slope = 1, .decay = 60, .damping = 12, .release = 0.01},
              (int[12]){0}, 12, 0.1, 0.15);
}
static void snare_roll(Made *m) {
    for (int i = 0; i < 12; i++) {
        made_note(m, 0.05 + 0.09 * i, 0);
        add_snare(m, 0.05 + 0.09 * i, 0.6 + 0.2 * (i % 2));
    }
}
static void sax_legato(Made *m) {
    add_notes(m, (Voice){.start = 0.1, .hz = 233.08, .slope = 1.1, .breath = 0.02, .attack = 0.015, .release = 0.015},
              (int[]){0, 3, 5, 7, 3, 0}, 6, 0.3, 0.315);
}
static void sax_tongued(Made *m) {
    add_notes(m, (Voice){.start = 0.1, .hz = 233.08, .slope = 1.1, .breath = 0.02, .attack = 0.012, .release = 0.03},
              (int[]){0, 0, 3, 3, 5}, 5, 0.35, 0.31);
}
static void bass_line(Made *m) {
    add_notes(m, (Voice){.start = 0.1, .hz = 41.203, .slope = 1.4, .decay = 12, .damping = 3, .release = 0.02},
              (int[]){0, 0, 3, 5, 7}, 5, 0.4, 0.39);
}
static void guitar_rings(Made *m) { /* every string rings on */
    static const int keys[] = {0, 7, 12, 16};
    for (int i = 0; i < 4; i++)
        add_voice(m, &(Voice){.start = 0.1 + 0.4 * i,
                              .stop = 2.4,
                              .hz = 110 * exp2(keys[i] / 12.0),
                              .slope = 1,
                              .decay = 15,
                              .damping = 4,
                              .release = 0.1,
                              .unpitched = i > 0});
}
static void rock_beat(Made *m) {
    for (int i = 0; i < 8; i++) {
        double at = 0.05 + 0.25 * i;
        made_note(m, at, 0);
        add_hat(m, at, 1);
        if (i % 4 == 0)
            add_kick(m, at);
        if (i % 4 == 2)
            add_snare(m, at, 1);
    }
}
static void hats(Made *m) {
    for (int i = 0; i < 16; i++) {
        made_note(m, 0.05 + 0.125 * i, 0);
        add_hat(m, 0.05 + 0.125 * i, i % 2 ? 0.5 : 1);
    }
}
static void toms(Made *m) {
    for (int i = 0; i < 6; i++) {
        made_note(m, 0.05 + 0.2 * i, 0);
        add_hit_tone(m, 0.05 + 0.2 * i, 200 - 20 * i, 130 - 15 * i, 50, 1);
        add_hit_noise(m, 0.05 + 0.2 * i, 1500, 0.1, true);
    }
}
static void kick_and_bass(Made *m) { /* a bass note goes on under the drums */
    for (int i = 0; i < 4; i++) {
        made_note(m, 0.05 + 0.4 * i, 0);
        add_snare(m, 0.05 + 0.4 * i, 1);
    }
    add_voice(m, &(Voice){.start = 0.05, .stop = 1.7, .hz = 55, .slope = 1.5, .level = 0.1, .joins = true});
}
static void bar_after_bar(Made *m) { /* the tail of the hit before, then the hit, as inharmonic partials */
    static const double ratio[] = {1, 2.756, 5.404, 8.933}, level[] = {1, 0.5, 0.3, 0.15};
    made_note(m, 0, 0);
    made_note(m, 0.31, 0);
    for (int hit = 0; hit < 2; hit++)
        for (int k = 0; k < (hit ? 4 : 1); k++)
            add_voice(m, &(Voice){.start = hit ? 0.31 : 0,
                                  .stop = 2,
                                  .hz = 440 * ratio[k],
                                  .harmonics = 1,
                                  .level = level[k] * (hit ? 1 : 0.06),
                                  .decay = 18.0 + 10 * k,
                                  .release = 0.1,
                                  .joins = true});
}
static void gliss(Made *m) { /* a trombone: one note that slides up and down twice */
    Voice v = {.start = 0.1, .stop = 2.1, .hz = 233.08};
    made_note(m, v.start, 0);
    double phase = 0;
    for (size_t i = (size_t)(v.start * RATE); i < (size_t)(v.stop * RATE); i++) {
        double t = (double)i / RATE, hz = v.hz * exp2(-0.25 + 0.25 * cos(2 * TB_PI * (t - v.start))), sum = 0;
        phase += hz / RATE;
        for (int k = 1; k <= 20; k++)
            sum += pow(k, -1.2) * sin(2 * TB_PI * k * phase);
        m->x[i] += (float)(sum * fmin(1, fmin((t - v.start) / 0.03, (v.stop - t) / 0.05)));
        made_pitch(m, t, hz);
    }
}

static const SpeechSound a_ = {0.16, {730, 1090, 2440}, 0.3, 0}, e_ = {0.14, {530, 1840, 2480}, 0.25, 0},
                         o_ = {0.18, {500, 900, 2300}, 0.3, 0}, i_ = {0.12, {300, 2200, 2900}, 0.2, 0},
                         m_ = {0.08, {250, 1000, 2200}, 0.12, 0}, l_ = {0.07, {360, 1300, 2600}, 0.15, 0},
                         s_ = {0.11, {0}, 0, 0.03}, t_ = {0.05, {0}, 0, 0}, burst = {0.012, {0}, 0, 0.06};

static void speech_voiced(Made *m) {
    const SpeechSound s[] = {a_, m_, e_, l_, o_, m_, a_, l_, i_};
    add_phrase(m, 0.1, s, 9, 120, 400);
}
static void speech_hissed(Made *m) {
    const SpeechSound s[] = {m_, a_, s_, e_, l_, o_, s_, i_, m_, a_};
    add_phrase(m, 0.1, s, 10, 200, 500);
}
static void speech_two(Made *m) {
    const SpeechSound s[] = {l_, a_, m_, e_, l_, o_}, again[] = {m_, o_, s_, a_, l_, i_};
    add_phrase(m, 0.1, s, 6, 140, 300);
    add_phrase(m, 1.4, again, 6, 150, 500);
}
static void speech_stops(Made *m) {
    const SpeechSound s[] = {a_, t_, burst, e_, l_, o_, t_, burst, a_, m_};
    add_phrase(m, 0.1, s, 10, 110, 300);
}

/* ---- the table ---- */

#define SAW .slope = 1
#define ORGAN .slope = 0.6, .harmonics = 16, .scattered = true, .attack = 0.02, .release = 0.05
#define RANK .slope = 0.6, .harmonics = 4, .scattered = true, .attack = 0.02, .release = 0.05
#define STRING .slope = 0.3, .scattered = true, .attack = 0.002, .release = 0.05, .decay = 8, .damping = 0.5
#define GUITAR .slope = 1.1, .attack = 0.004, .release = 0.05, .decay = 6, .damping = 1
#define REED .slope = 1.3, .harmonics = 24, .attack = 0.03, .release = 0.06
#define BOWED .slope = 1, .harmonics = 30, .attack = 0.05, .release = 0.08
#define ONE(...) .voice = {{__VA_ARGS__}}

static const HearingCase hearing_cases[] = {
    {"glide", "saw 110 to 220 Hz in 1.5 s", 1.5,
     ONE(.stop = 1.5, .hz = 110, .to_hz = 220, .glide_stop = 1.5, .attack = 0.03, .release = 0.1, SAW)},
    {"glide", "saw 110 to 220 Hz in 1.7 s", 1.7,
     ONE(.stop = 1.7, .hz = 110, .to_hz = 220, .glide_stop = 1.7, .attack = 0.03, .release = 0.1, SAW)},
    {"glide", "sine 80 to 800 Hz in 5 s", 5,
     ONE(.stop = 5, .hz = 80, .to_hz = 800, .glide_stop = 5, .attack = 0.03, .release = 0.1, .harmonics = 1)},
    {"glide", "sine 700 Hz to 5 kHz in 3 s", 3,
     ONE(.stop = 3, .hz = 700, .to_hz = 5000, .glide_stop = 3, .attack = 0.03, .release = 0.1, .harmonics = 1)},
    {"glide", "saw 700 Hz to 2.8 kHz in 2 s", 2,
     ONE(.stop = 2, .hz = 700, .to_hz = 2800, .glide_stop = 2, .attack = 0.03, .release = 0.1, SAW)},
    {"glide", "portamento of a fifth in 0.25 s", 1.5,
     ONE(.start = 0.1, .stop = 1.45, .hz = 220, .to_hz = 330, .glide_start = 0.6, .glide_stop = 0.85, REED)},
    {"glide", "fall of an octave at the end", 1.5,
     ONE(.start = 0.1, .stop = 1.45, .hz = 466.16, .to_hz = 233.08, .glide_start = 0.9, .glide_stop = 1.4, REED)},
    {"glide", "scoop of three semitones in 0.12 s", 1.3,
     ONE(.start = 0.1, .stop = 1.25, .hz = 277.18, .to_hz = 329.63, .glide_start = 0.1, .glide_stop = 0.22, REED)},
    {"glide", "string bent by two semitones", 1.6,
     ONE(.start = 0.1, .stop = 1.55, .hz = 246.94, .to_hz = 277.18, .glide_start = 0.5, .glide_stop = 0.7, .slope = 1.1,
         .attack = 0.004, .release = 0.05, .decay = 6)},
    {"glide", "trombone up and down", 2.2, .make = gliss},
    {"low saw", "A0, 2 ms", 1.5, ONE(.start = 0.1, .stop = 1.4, .hz = 27.5, .attack = 0.002, .release = 0.002, SAW)},
    {"low saw", "A0, 10 ms", 1.5, ONE(.start = 0.1, .stop = 1.4, .hz = 27.5, .attack = 0.01, .release = 0.01, SAW)},
    {"low saw", "C1, 5 ms", 1.5, ONE(.start = 0.1, .stop = 1.4, .hz = 32.703, .attack = 0.005, .release = 0.005, SAW)},
    {"low saw", "E1, 2 ms", 1.5, ONE(.start = 0.1, .stop = 1.4, .hz = 41.203, .attack = 0.002, .release = 0.002, SAW)},
    {"low saw", "A1, 2 ms", 1.5, ONE(.start = 0.1, .stop = 1.4, .hz = 55, .attack = 0.002, .release = 0.002, SAW)},
    {"low saw", "A1, 10 ms", 1.5, ONE(.start = 0.1, .stop = 1.4, .hz = 55, .attack = 0.01, .release = 0.01, SAW)},
    {"low saw", "five notes of a bass", 2.1, .make = bass_line},
    {"organ", "16.35 Hz", 2.5, ONE(.start = 0.1, .stop = 2.4, .hz = 16.352, ORGAN)},
    {"organ", "20.6 Hz", 2.5, ONE(.start = 0.1, .stop = 2.4, .hz = 20.602, ORGAN)},
    {"organ", "24.5 Hz", 2.5, ONE(.start = 0.1, .stop = 2.4, .hz = 24.5, ORGAN)},
    {"organ", "27.5 Hz", 2.5, ONE(.start = 0.1, .stop = 2.4, .hz = 27.5, ORGAN)},
    {"organ", "four ranks on C4", 1.6,
     .voice = {{.start = 0.1, .stop = 1.5, .hz = 261.63, .level = 0.6, RANK},
               {.start = 0.1, .stop = 1.5, .hz = 523.25, .level = 0.5, RANK, .joins = true},
               {.start = 0.1, .stop = 1.5, .hz = 784.88, .level = 0.3, RANK, .joins = true},
               {.start = 0.1, .stop = 1.5, .hz = 1046.5, .level = 0.4, RANK, .joins = true}}},
    {"stiff string", "A0", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 27.5, .stretch = 4e-4, STRING)},
    {"stiff string", "C1", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 32.703, .stretch = 3e-4, STRING)},
    {"stiff string", "E1", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 41.203, .stretch = 4e-4, STRING)},
    {"stiff string", "A1", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 55, .stretch = 2e-4, STRING)},
    {"stiff string", "E2", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 82.407, .stretch = 2e-4, STRING)},
    {"stiff string", "C4", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 261.63, .stretch = 5e-4, STRING)},
    {"chord", "E2 B2 E3", 2, .chord = 82.407,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 82.407, GUITAR},
               {.start = 0.1, .stop = 1.9, .hz = 123.47, GUITAR, .joins = true},
               {.start = 0.1, .stop = 1.9, .hz = 164.81, GUITAR, .joins = true}}},
    {"chord", "A2 E3", 2, .chord = 110,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 110, GUITAR},
               {.start = 0.1, .stop = 1.9, .hz = 164.81, GUITAR, .joins = true}}},
    {"chord", "C4 E4", 2, .chord = 261.63,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 261.63, REED},
               {.start = 0.1, .stop = 1.9, .hz = 329.63, REED, .joins = true}}},
    {"chord", "C4 E4 G4", 2, .chord = 261.63,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 261.63, REED},
               {.start = 0.1, .stop = 1.9, .hz = 329.63, REED, .joins = true},
               {.start = 0.1, .stop = 1.9, .hz = 392, REED, .joins = true}}},
    {"chord", "A3 C4 E4", 2, .chord = 220,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 220, GUITAR},
               {.start = 0.1, .stop = 1.9, .hz = 261.63, GUITAR, .joins = true},
               {.start = 0.1, .stop = 1.9, .hz = 329.63, GUITAR, .joins = true}}},
    {"chord", "G3 B3 D4 F4", 2, .chord = 196,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 196, GUITAR},
               {.start = 0.1, .stop = 1.9, .hz = 246.94, GUITAR, .joins = true},
               {.start = 0.1, .stop = 1.9, .hz = 293.66, GUITAR, .joins = true},
               {.start = 0.1, .stop = 1.9, .hz = 349.23, GUITAR, .joins = true}}},
    {"chord", "octaves, which are none", 2,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 130.81, REED},
               {.start = 0.1, .stop = 1.9, .hz = 261.63, REED, .joins = true}}},
    {"tail", "the same note struck again", 2,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 220, GUITAR}, {.start = 0.9, .stop = 1.95, .hz = 220, GUITAR}}},
    {"tail", "another note into a ringing one", 2,
     .voice = {{.start = 0.1, .stop = 1.9, .hz = 196, GUITAR, .level = 0.7},
               {.start = 0.9, .stop = 1.95, .hz = 293.66, GUITAR, .unpitched = true}}},
    {"tail", "a bar struck after a bar", 2, .make = bar_after_bar},
    {"tail", "strings that ring on", 2.5, .make = guitar_rings},
    {"tail", "one note of 5 s", 5,
     ONE(.start = 0.1, .stop = 5, .hz = 146.83, .slope = 1.1, .decay = 14, .damping = 1, .release = 0.05)},
    {"vibrato", "a semitone to each side, 5.5 Hz", 2,
     ONE(.start = 0.1, .stop = 1.9, .hz = 440, .vibrato_hz = 5.5, .vibrato_cents = 100, REED)},
    {"vibrato", "violin, 40 cents, 6 Hz", 2,
     ONE(.start = 0.1, .stop = 1.9, .hz = 659.26, .vibrato_hz = 6, .vibrato_cents = 40, BOWED)},
    {"vibrato", "cello, 60 cents, 5 Hz", 2,
     ONE(.start = 0.1, .stop = 1.9, .hz = 98, .vibrato_hz = 5, .vibrato_cents = 60, BOWED)},
    {"tremolo", "12 dB, 6 Hz", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 330, .tremolo_hz = 6, .tremolo_db = 12, REED)},
    {"tremolo", "20 dB, 5 Hz", 2, ONE(.start = 0.1, .stop = 1.9, .hz = 220, .tremolo_hz = 5, .tremolo_db = 20, REED)},
    {"tremolo", "crescendo by 40 dB in 3 s", 3.3,
     ONE(.start = 0.1, .stop = 3.2, .hz = 174.61, .from_db = -40, .rise = 3, REED)},
    {"trill", "piano, 8 a second", 1.6, .make = piano_trill},
    {"trill", "flute, 5 a second, slurred", 1.9, .make = flute_trill},
    {"trill", "mandolin roll, 10 a second", 1.5, .make = mandolin_roll},
    {"trill", "snare roll, 11 a second", 1.4, .make = snare_roll},
    {"phrase", "saxophone, slurred", 2.1, .make = sax_legato},
    {"phrase", "saxophone, tongued", 2, .make = sax_tongued},
    {"speech", "voiced", 1.5, .make = speech_voiced},
    {"speech", "with s", 1.7, .make = speech_hissed},
    {"speech", "two phrases", 2.4, .make = speech_two},
    {"speech", "with stops", 1.6, .make = speech_stops},
    {"loop", "rock beat", 2.2, .make = rock_beat},
    {"loop", "hats", 2.2, .make = hats},
    {"loop", "toms", 1.6, .make = toms},
    {"loop", "snares over a bass note", 1.8, .make = kick_and_bass},
    {"high", "5.9 kHz", 1, ONE(.start = 0.1, .stop = 0.9, .hz = 5900, .harmonics = 1, .attack = 0.005)},
    {"high", "piccolo D8", 1, ONE(.start = 0.1, .stop = 0.9, .hz = 4698.6, .slope = 2, .attack = 0.01, .breath = 0.01)},
    {"high", "8 kHz: no pitch", 1, .no_pitch = true,
     ONE(.start = 0.1, .stop = 0.9, .hz = 8000, .harmonics = 1, .attack = 0.005)},
};

#endif
