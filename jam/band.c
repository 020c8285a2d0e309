/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loops of a band as a score. */
#include "jam/write.h"
#include "score/swing.h"

TbStatus tbi_jam_add_part(TbScore *score, TbRole role, int part) {
    static const struct {
        const char *name;
        int program;
    } parts[] = {[TB_ROLE_OTHER] = {"Other", 48},
                 [TB_ROLE_MELODY] = {"Melody", 73},
                 [TB_ROLE_CHORDS] = {"Chords", 0},
                 [TB_ROLE_BASS] = {"Bass", 33},
                 [TB_ROLE_DRUMS] = {"Drums", 0}};
    return tb_score_add_part(score, parts[role].name, parts[role].program, tbi_jam_channel_of(role, part), NULL);
}

static TbStatus begin(const JamBand *band, TbScore *score) {
    const JamHarmony *h = band->harmony;
    TbStatus status = tb_score_new(TB_JAM_TICKS, score);
    status = status ? status : tb_score_add_metre(score, 0, h->numerator, h->denominator);
    status = status ? status : tb_score_add_tempo(score, 0, 6e7 / band->tempo);
    status = status ? status : tb_score_add_key(score, 0, tb_key_sharps(h->key), h->key.minor);
    for (int i = 0; i < band->n_parts && status == TB_OK; i++)
        status = tbi_jam_add_part(score, band->role[i], i);
    return status;
}

/* A bar of a part; notes end with the last bar of the score. */
static TbStatus add_bar(const JamBand *band, int part, uint64_t bar, int32_t tick, TbScore *score) {
    JamNote note[JAM_NOTES];
    const JamView view = {band->role[part], band->harmony, SWING_STRAIGHT, 0.5};
    const int n = tbi_jam_view_bar(band->source[part], &view, bar, note);
    TbStatus status = TB_OK;
    for (int i = 0; i < n && status == TB_OK; i++) {
        const int32_t onset = tick + note[i].onset, left = score->end - onset;
        status = tb_score_add_note(score, (TbScoreNote){.onset = onset,
                                                        .duration = note[i].duration < left ? note[i].duration : left,
                                                        .pitch = note[i].pitch,
                                                        .velocity = note[i].velocity,
                                                        .part = (uint16_t)part});
    }
    return status;
}

TbStatus tbi_jam_band_score(const JamBand *band, uint64_t first, int n, int own, uint64_t until, TbScore *score,
                            TbRole *role) {
    const int32_t ticks = tbi_jam_bar_ticks(band->harmony);
    TbStatus status = begin(band, score);
    score->end = n * ticks;
    for (int b = 0; b < n && status == TB_OK; b++) {
        const uint64_t bar = first + (uint64_t)b;
        status = tbi_jam_harmony_add(band->harmony, bar, b * ticks, score);
        for (int i = 0; i < band->n_parts && status == TB_OK; i++)
            if (band->source[i] && (i != own || bar < until))
                status = add_bar(band, i, bar, b * ticks, score);
    }
    for (int i = 0; i < band->n_parts; i++)
        role[i] = own >= 0 && i != own && band->role[i] == band->role[own] ? TB_ROLE_OTHER : band->role[i];
    if (status)
        tb_score_free(score);
    else
        tb_score_sort(score);
    return status;
}

void tbi_jam_take_notes(const TbScore *score, size_t part, int32_t from, JamSource *loop) {
    const int32_t end = loop->bars * tbi_jam_bar_ticks(&loop->harmony);
    loop->n = 0;
    for (size_t i = 0; i < score->n_notes && loop->n < JAM_NOTES; i++) {
        const TbScoreNote *note = &score->notes[i];
        const int32_t onset = note->onset - from, left = end - onset;
        if (note->part != part || onset < 0 || left <= 0)
            continue;
        const int32_t duration = note->duration < left ? note->duration : left;
        loop->note[loop->n++] = (JamNote){onset, duration > 0 ? duration : 1, note->pitch, note->velocity};
    }
}
