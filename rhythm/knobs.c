/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knobs, and the measures that they move. */
#include "rhythm/knobs.h"

#include <math.h>

static const char *const names[TB_RHYTHM_KNOBS] = {"density", "syncopation", "swing", "dynamics", "tightness"};

const char *tb_rhythm_knob_name(int knob) {
    return knob >= 0 && knob < TB_RHYTHM_KNOBS ? names[knob] : "";
}

static bool compound(const TbRhythm *r) {
    return r->denominator >= 8 && r->numerator % 3 == 0;
}

int tbi_rhythm_beat_steps(const TbRhythm *r) {
    return compound(r) ? 6 : 4;
}

float tbi_rhythm_weakness(const TbRhythm *r, int step) {
    const int bar = tb_rhythm_steps(r) / TB_RHYTHM_BARS, in_bar = step % bar, beat = tbi_rhythm_beat_steps(r);
    const int n_beats = bar / beat, number = in_bar / beat, place = in_bar % beat;
    if (in_bar == 0)
        return 0;
    if (place == 0)
        return n_beats % 2 == 0 && number == n_beats / 2 ? 0.2f : 0.35f; /* the middle of the bar is stronger */
    return place % 2 == 0 ? 0.7f : 1;                                    /* eighths, sixteenths */
}

float tbi_rhythm_knob_logit(const TbRhythm *r, const double *knob, int step) {
    return (float)(1.2 * knob[TB_RHYTHM_DENSITY] +
                   2.5 * knob[TB_RHYTHM_SYNCOPATION] * ((double)tbi_rhythm_weakness(r, step) - 0.55));
}

/* How much later the knob's swing makes a hit, in steps: a stretch of the beat's first half, a squeeze of the second.
 */
static float swing_delay(const TbRhythm *r, double swing, int step) {
    static const float share[4] = {0, 0.5f, 1, 0.5f};
    return compound(r) ? 0 : (float)(0.25 * swing) * share[step % (tb_rhythm_steps(r) / TB_RHYTHM_BARS) % 4];
}

static float clamp(float x, float low, float high) {
    return fminf(fmaxf(x, low), high);
}

static double mean_velocity(const TbRhythm *r) {
    double sum = 0;
    for (int t = 0; t < tb_rhythm_steps(r); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++)
            sum += (double)r->cell[t][d].velocity;
    return sum / fmax((double)tb_rhythm_hits(r), 1);
}

void tbi_rhythm_knob_play(TbRhythm *r, const double *knob, const bool (*locked)[TB_DRUM_CLASSES]) {
    const float mean = (float)mean_velocity(r), spread = exp2f((float)knob[TB_RHYTHM_DYNAMICS] * 0.5f);
    const float loose = exp2f((float)-knob[TB_RHYTHM_TIGHTNESS]);
    for (int t = 0; t < tb_rhythm_steps(r); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            TbDrumHit *hit = &r->cell[t][d];
            if (!(hit->velocity > 0) || (locked && locked[t][d]))
                continue;
            if (knob[TB_RHYTHM_DYNAMICS] != 0)
                hit->velocity = clamp(mean + spread * (hit->velocity - mean), 1 / 127.0f, 1);
            hit->offset = clamp(loose * hit->offset + swing_delay(r, knob[TB_RHYTHM_SWING], t), -0.4999f, 0.5f);
        }
}

/* ---- measures ---- */

void tb_rhythm_measure(const TbRhythm *r, TbRhythmMeasures *m) {
    double n = 0, weak = 0, velocity = 0, squares = 0, off = 0, second = 0, n_second = 0;
    for (int t = 0; t < tb_rhythm_steps(r); t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = r->cell[t][d];
            const int place = t % (tb_rhythm_steps(r) / TB_RHYTHM_BARS) % 4;
            if (!(hit.velocity > 0))
                continue;
            n++;
            weak += (double)tbi_rhythm_weakness(r, t);
            velocity += (double)hit.velocity;
            squares += (double)(hit.velocity * hit.velocity);
            off += fabs((double)hit.offset);
            if (!compound(r) && place == 2) {
                second += (2 + (double)hit.offset) / 4;
                n_second++;
            }
        }
    const double all = fmax(n, 1), mean = velocity / all;
    *m = (TbRhythmMeasures){.density = n / TB_RHYTHM_BARS,
                            .syncopation = weak / all,
                            .swing = n_second > 0 ? 100 * second / n_second : NAN,
                            .dynamics = sqrt(fmax(squares / all - mean * mean, 0)),
                            .tightness = 1 - 2 * off / all};
}
