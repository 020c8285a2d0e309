/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key of a piece: Krumhansl and Kessler (1982); the algorithm is described in Krumhansl (1990), "Cognitive
 * Foundations of Musical Pitch", chapter 4. */
#include "score/key.h"

#include <math.h>
#include <stdio.h>

static const double profiles[2][12] = {
    {6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88},
    {6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17},
};

static double correlation(const double *profile, int turn, const double *weight) {
    double mean_p = 0, mean_w = 0, pp = 0, ww = 0, pw = 0;
    for (int i = 0; i < 12; i++) {
        mean_p += profile[i] / 12;
        mean_w += weight[i] / 12;
    }
    for (int i = 0; i < 12; i++) {
        double p = profile[(i - turn + 12) % 12] - mean_p, w = weight[i] - mean_w;
        pp += p * p;
        ww += w * w;
        pw += p * w;
    }
    return pw / sqrt(pp * ww);
}

TbKey tbi_key_of(const TbScoreNote *notes, size_t n, int ticks_per_quarter) {
    enum { LONGEST = 8 }; /* quarters: a drone must not decide alone */
    double weight[12] = {0};
    unsigned used = 0;
    TbKey key = {.tonic = -1, .clarity = NAN};
    for (size_t i = 0; i < n; i++) {
        int32_t most = LONGEST * ticks_per_quarter, duration = notes[i].duration;
        weight[notes[i].pitch % 12] += (duration < most ? duration : most) + 1;
        used |= 1u << notes[i].pitch % 12;
    }
    if (!(used & (used - 1)))
        return key;
    for (int k = 0; k < 24; k++) {
        double c = correlation(profiles[k / 12], k % 12, weight);
        if (key.tonic < 0 || c > key.clarity)
            key = (TbKey){k % 12, k >= 12, c};
    }
    return key;
}

double tb_key_margin(const double weight[12], TbKey key) {
    const int own = key.tonic + (key.minor ? 12 : 0);
    double best = -1;
    for (int k = 0; k < 24; k++)
        if (k != own)
            best = fmax(best, correlation(profiles[k / 12], k % 12, weight));
    return correlation(profiles[key.minor], key.tonic, weight) - best;
}

TbStatus tb_score_key(const TbScore *score, TbScope scope, TbKey *key) {
    Scope s;
    TbStatus status = tbi_score_scope_new(score, scope, &s);
    if (status)
        return status;
    *key = tbi_key_of(s.notes, s.n, score->ticks_per_quarter);
    tbi_score_scope_free(&s);
    return TB_OK;
}

bool tb_key_flats(TbKey key) {
    static const bool flats[2][12] = {{[1] = 1, [3] = 1, [5] = 1, [8] = 1, [10] = 1},           /* Db Eb F Ab Bb */
                                      {[0] = 1, [2] = 1, [3] = 1, [5] = 1, [7] = 1, [10] = 1}}; /* c d eb f g bb */
    return key.tonic >= 0 && flats[key.minor][key.tonic];
}

int tb_key_sharps(TbKey key) {
    const int major = (key.tonic + (key.minor ? 3 : 0)) % 12, fifths = major * 7 % 12;
    return fifths > 6 ? fifths - 12 : fifths;
}

void tb_key_name(TbKey key, char text[TB_CHORD_TEXT]) {
    static const char *const names[] = {"C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"};
    if (key.tonic < 0)
        snprintf(text, TB_CHORD_TEXT, "none");
    else
        snprintf(text, TB_CHORD_TEXT, "%s %s", names[key.tonic], key.minor ? "minor" : "major");
}
