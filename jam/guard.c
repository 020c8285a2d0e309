/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds that keep a long night safe. */
#include "jam/write.h"

#include <math.h>

enum { COPY_NOTES = 24, /* as `timbrel compose` */ SAME_NOTES = 6 };
static const double OUTSIDE = 0.25; /* share of notes outside key and chords */

static const struct {
    double fewest, most; /* notes a bar */
    int lowest, highest;
} bounds[TB_ROLE_DRUMS + 1] = {
    [TB_ROLE_OTHER] = {0.5, 32, 36, 96}, [TB_ROLE_MELODY] = {1, 20, 55, 90}, [TB_ROLE_CHORDS] = {1, 48, 43, 76},
    [TB_ROLE_BASS] = {0.5, 20, 24, 57},  [TB_ROLE_DRUMS] = {3, 48, 0, 127},
};

static double outside_share(const JamSource *loop) {
    static const unsigned scales[2] = {0xAB5, 0x5AD}; /* major; natural minor */
    const JamHarmony *h = &loop->harmony;
    int outside = 0;
    for (int i = 0; i < loop->n; i++) {
        const int above = (loop->note[i].pitch - h->key.tonic + 120) % 12;
        const TbChord chord = tbi_jam_chord(h, loop->first * tbi_jam_bar_ticks(h) + loop->note[i].onset);
        outside += !(scales[h->key.minor] >> above & 1) && !(tb_chord_pitches(chord) >> loop->note[i].pitch % 12 & 1);
    }
    return loop->n ? (double)outside / loop->n : 0;
}

static int longest_same(const JamSource *loop) {
    int longest = 0;
    for (int i = 0, run = 0; i < loop->n; i++) {
        run = i > 0 && loop->note[i].pitch == loop->note[i - 1].pitch ? run + 1 : 1;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static TbStatus find_copies(const JamBand *band, TbRole role, const JamSource *loop, double *run) {
    TbCopied copied;
    TbScore score;
    TbStatus status = tb_score_new(TB_JAM_TICKS, &score);
    *run = 0;
    status = status ? status : tbi_jam_add_part(&score, role, 0);
    for (int i = 0; i < loop->n && status == TB_OK; i++)
        status = tb_score_add_note(&score, (TbScoreNote){loop->note[i].onset, loop->note[i].duration,
                                                         loop->note[i].pitch, loop->note[i].velocity, 0});
    if (status == TB_OK) {
        tb_score_sort(&score);
        status = tb_copy_index_find(band->learned, &score, &copied);
        *run = status == TB_OK && copied.run > 0 ? copied.run : 0;
    }
    tb_score_free(&score);
    return status;
}

TbStatus tbi_jam_faults(const JamBand *band, TbRole role, const JamSource *loop, double *faults) {
    const double a_bar = (double)loop->n / loop->bars;
    double out_of_register = 0, run = 0;
    TbStatus status = TB_OK;
    *faults = fmax(0, bounds[role].fewest - a_bar) + fmax(0, a_bar - bounds[role].most);
    if (role == TB_ROLE_DRUMS)
        return TB_OK;
    for (int i = 0; i < loop->n; i++)
        out_of_register += loop->note[i].pitch < bounds[role].lowest || loop->note[i].pitch > bounds[role].highest;
    *faults += out_of_register + 10 * fmax(0, outside_share(loop) - OUTSIDE);
    if (role == TB_ROLE_MELODY) {
        *faults += fmax(0, longest_same(loop) - SAME_NOTES);
        if (band->learned)
            status = find_copies(band, role, loop, &run);
        *faults += run > COPY_NOTES ? run : 0;
    }
    return status;
}
