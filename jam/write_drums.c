/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drums: of several beats the one whose kick goes best with the bass. */
#include "compose/styles.h"
#include "jam/write.h"
#include "score/swing.h"

#include <math.h>

enum { BEATS = 6, FILL = 2 /* beats at the end of longer loops */ };
static const double ON = 0.45, RETURNS = 0.15; /* by how much a beat goes on from another, and its returns from it */

static void options_of(const JamBand *band, const JamTask *task, TbRhythmOptions *o) {
    tb_rhythm_defaults(o);
    o->seed = task->seed;
    o->style = tb_rhythm_style_find(tbi_compose_style(band->style)->drums);
    o->numerator = band->harmony->numerator;
    o->denominator = band->harmony->denominator;
    o->tempo = fmin(fmax(band->tempo, TB_SLOWEST), TB_FASTEST);
    o->temperature = band->temperature;
    o->knob[TB_RHYTHM_DENSITY] = tbi_jam_density(band);
}

/* The steps at which the bass begins a note. */
static void find_bass(const JamBand *band, uint64_t bar, bool at[TB_RHYTHM_STEPS]) {
    const int32_t step = TB_JAM_TICKS / 4, ticks = tbi_jam_bar_ticks(band->harmony);
    JamNote note[JAM_NOTES];
    memset(at, 0, TB_RHYTHM_STEPS * sizeof *at);
    for (int i = 0; i < band->n_parts; i++)
        for (int b = 0; b < TB_RHYTHM_BARS && band->role[i] == TB_ROLE_BASS && band->source[i]; b++) {
            const JamView view = {TB_ROLE_BASS, band->harmony, SWING_STRAIGHT, 0.5};
            for (int k = tbi_jam_view_bar(band->source[i], &view, bar + (uint64_t)b, note) - 1; k >= 0; k--) {
                const int32_t s = (b * ticks + note[k].onset + step / 2) / step;
                if (s < TB_RHYTHM_STEPS)
                    at[s] = true;
            }
        }
}

/* The share of the steps with kick or bass that have both. */
static double match(const TbRhythm *r, const bool *bass) {
    int both = 0, any = 0;
    for (int t = 0; t < tb_rhythm_steps(r); t++) {
        const bool kick = r->cell[t][DRUM_KICK].velocity > 0;
        both += kick && bass[t];
        any += kick || bass[t];
    }
    return any ? (double)both / any : 0;
}

/* The beat of the present loop; without hits if it is empty. */
static TbStatus present_beat(const JamBand *band, const JamTask *task, TbRhythm *beat) {
    TbRole role[TB_JAM_PARTS];
    TbScore score;
    TbBars bars = {0};
    TbStatus status =
        tbi_jam_band_score(band, task->bar, TB_RHYTHM_BARS, task->part, task->bar + TB_RHYTHM_BARS, &score, role);
    if (status)
        return status;
    status = tb_bars_new(&score, score.end, &bars);
    status = status ? status : tb_rhythm_from_score(&bars, 0, tb_drum_map(NULL), beat);
    tb_bars_free(&bars);
    tb_score_free(&score);
    return status;
}

static TbStatus draw_beat(const JamBand *band, const JamTask *task, TbRhythmOptions *o, TbRhythm *beat) {
    const TbRhythmModel *model = band->models->rhythm;
    bool bass[TB_RHYTHM_STEPS];
    TbRhythm present;
    double best = -1;
    const double amount = task->how == JAM_VARY ? task->amount : ON;
    bool anew = task->how == JAM_NEW || !band->source[task->part];
    TbStatus status = anew ? TB_OK : present_beat(band, task, &present);
    anew = anew || (status == TB_OK && tb_rhythm_hits(&present) == 0);
    find_bass(band, task->bar, bass);
    for (int i = 0; i < BEATS && status == TB_OK; i++) {
        TbRhythm r;
        o->seed = task->seed + (uint64_t)i * 0x9E3779B97F4A7C15u;
        status = anew ? tb_rhythm_draw_beat(model, o, &r) : tb_rhythm_vary(model, &present, amount, o, &r);
        const double value = status == TB_OK ? match(&r, bass) : -1;
        if (value > best) {
            best = value;
            *beat = r;
        }
    }
    return status;
}

/* The beats one after the other, in a score of their own. */
static TbStatus to_loop(const TbRhythm *beat, int n, JamSource *loop) {
    const int32_t ticks = tbi_jam_bar_ticks(&loop->harmony);
    TbScore score;
    TbStatus status = tb_score_new(TB_JAM_TICKS, &score);
    status = status ? status : tbi_jam_add_part(&score, TB_ROLE_DRUMS, 0);
    for (int i = 0; i < n && status == TB_OK; i++)
        status = tb_rhythm_add_to_score(&beat[i], tb_drum_map(NULL), i * TB_RHYTHM_BARS * ticks, 0, &score);
    if (status == TB_OK) {
        tb_score_sort(&score);
        tbi_jam_take_notes(&score, 0, 0, loop);
    }
    tb_score_free(&score);
    return status;
}

TbStatus tbi_jam_write_drums(const JamBand *band, const JamTask *task, JamSource *loop) {
    TbRhythm beat, beats[TB_JAM_BARS / TB_RHYTHM_BARS];
    TbRhythmMeasures measures;
    TbRhythmOptions o;
    options_of(band, task, &o);
    TbStatus status = draw_beat(band, task, &o, &beat);
    if (status)
        return status;
    beats[0] = beat;
    if (loop->bars > TB_RHYTHM_BARS) {
        TbRhythmSection section;
        tb_rhythm_section_defaults(&section);
        section.n_bars = (size_t)loop->bars;
        section.change = RETURNS;
        section.fill = FILL;
        status = tb_rhythm_section(band->models->rhythm, &beat, &section, &o, beats);
    }
    tb_rhythm_measure(&beat, &measures);
    loop->swing = measures.swing >= SWING_LEAST ? fmin(measures.swing, 75) : SWING_STRAIGHT;
    return status ? status : to_loop(beats, (loop->bars + 1) / TB_RHYTHM_BARS, loop);
}
