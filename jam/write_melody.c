/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies over the chords. */
#include "jam/write.h"

#include <math.h>

enum { LOWEST = 62, HIGHEST = 82, PER_STEP = TB_JAM_TICKS / TB_GRID_MELODY };
enum { LIFT = 8 /* semitones from intensity 0 to 1 */ };

/* chords[JAM_CHORDS * TB_JAM_BARS] of the new bars, in steps. */
static size_t find_chords(const JamBand *band, const JamTask *task, TbMelodyChord *chords) {
    const int32_t ticks = tbi_jam_bar_ticks(band->harmony);
    const int32_t start = (int32_t)(task->bar % TB_JAM_BARS) * ticks;
    size_t n = 0;
    for (int32_t tick = 0; tick < task->bars * ticks; tick += PER_STEP) {
        const TbChord chord = tbi_jam_chord(band->harmony, start + tick);
        if (n == 0 || !tbi_jam_same_chord(chord, chords[n - 1].chord))
            chords[n++] = (TbMelodyChord){tick / PER_STEP, chord};
    }
    return n;
}

/* The part's own bars first .. first + n - 1 with their chords; without any bars if it has no notes there. */
static TbStatus own_melody(const JamBand *band, int part, uint64_t first, int n, TbMelody *melody) {
    JamBand alone = *band;
    TbRole role[TB_JAM_PARTS];
    TbScore score;
    memset(melody, 0, sizeof *melody);
    for (int i = 0; i < band->n_parts; i++)
        alone.source[i] = i == part ? band->source[i] : NULL;
    TbStatus status = tbi_jam_band_score(&alone, first, n, part, first + (uint64_t)n, &score, role);
    if (status)
        return status;
    if (score.n_notes)
        status = tb_melody_from_score(&score, 0, (size_t)n, melody);
    tb_score_free(&score);
    melody->key = band->harmony->key;
    return status;
}

static void take(const TbMelody *melody, int32_t from, JamSource *loop) {
    loop->n = 0;
    for (size_t i = 0; i < melody->n_notes && loop->n < JAM_NOTES; i++) {
        const TbMelodyNote *x = &melody->notes[i];
        if (x->onset >= from)
            loop->note[loop->n++] =
                (JamNote){(x->onset - from) * PER_STEP, x->duration * PER_STEP, x->pitch, x->velocity};
    }
}

TbStatus tbi_jam_write_melody(const JamBand *band, const JamTask *task, JamSource *loop) {
    TbMelodyChord chords[JAM_CHORDS * TB_JAM_BARS];
    TbMelody own = {0}, out = {0};
    TbMelodyOptions o;
    const JamHarmony *h = band->harmony;
    const int lift = (int)lround(LIFT * (band->intensity - 0.5));
    tb_melody_defaults(&o);
    o.seed = task->seed;
    o.numerator = h->numerator;
    o.denominator = h->denominator;
    o.tonic = h->key.tonic;
    o.minor = h->key.minor;
    o.bars = task->bars;
    o.chords = chords;
    o.n_chords = find_chords(band, task, chords);
    o.temperature = fmin(0.9 * band->temperature, 2);
    o.density = tbi_jam_density(band);
    o.lowest = LOWEST + lift;
    o.highest = HIGHEST + lift;
    o.form = "";
    o.loop = true;
    TbStatus status = TB_OK;
    if (task->how == JAM_VARY)
        status = own_melody(band, task->part, task->bar, task->bars, &own);
    else if (task->how == JAM_ON && task->bar >= (uint64_t)task->bars)
        status = own_melody(band, task->part, task->bar - (uint64_t)task->bars, task->bars, &own);
    const bool anew = own.n_bars == 0;
    if (status == TB_OK)
        status = anew                    ? tb_melody_draw(band->models->melody, &o, &out)
                 : task->how == JAM_VARY ? tb_melody_vary(band->models->melody, &own, task->amount, &o, &out)
                                         : tb_melody_continue(band->models->melody, &own, &o, &out);
    if (status == TB_OK)
        take(&out, !anew && task->how == JAM_ON ? out.line[task->bars] : 0, loop);
    tb_melody_free(&own);
    tb_melody_free(&out);
    return status;
}
