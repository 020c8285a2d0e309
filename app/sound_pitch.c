/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/sound_pitch.h"
#include "base/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    double pitch, energy; /* sorted by the first */
} Heard;

double midi_of_hz(double hz) {
    return 69 + 12 * log2(hz / 440);
}

double sound_pitch(const TbSound *sound) {
    size_t n = 0, at = 0;
    double all = 0, sum = 0;
    for (size_t i = 0; i < sound->n_notes; i++)
        n += sound->notes[i].pitched ? sound->notes[i].n_frames : 0;
    Heard *heard = n ? malloc(n * sizeof *heard) : NULL;
    if (!heard)
        return NAN;
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *note = &sound->notes[i];
        for (size_t t = 0; note->pitched && t < note->n_frames; t++) {
            heard[at] = (Heard){midi_of_hz(note->f0_track[t]), pow(10, note->loudness[t] / 10)};
            all += heard[at++].energy;
        }
    }
    qsort(heard, n, sizeof *heard, tbi_compare_doubles);
    for (at = 0; at + 1 < n && sum + heard[at].energy < all / 2; at++)
        sum += heard[at].energy;
    double pitch = heard[at].pitch;
    free(heard);
    return pitch;
}

void pitch_name(double midi_pitch, char *text, size_t size) {
    static const char *const names[] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
    long key = lrint(midi_pitch), cents = lrint(100 * (midi_pitch - (double)key));
    long octave = (key + 1200) / 12 - 101, step = (key + 1200) % 12;
    if (labs(cents) <= 1)
        snprintf(text, size, "%s%ld", names[step], octave);
    else
        snprintf(text, size, "%s%ld %+ld cents", names[step], octave, cents);
}
