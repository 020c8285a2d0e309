/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to a finished score. */
#include "base/no_memory.h"
#include "compose/draft.h"
#include "compose/options.h"

enum { ATTEMPTS = 8 /* until the key is found in the notes */ };

/* The signature of a key: its major scale, on the circle of fifths. */
static int sharps_of(TbKey key) {
    const int major = (key.tonic + (key.minor ? 3 : 0)) % 12, fifths = major * 7 % 12;
    return fifths > 6 ? fifths - 12 : fifths;
}

/* ---- the frame ---- */

/* The channel, if no part is on it, or else a free one; the channel, if there is none. */
static int free_channel(const TbScore *s, int channel) {
    bool used[16] = {[TB_SCORE_DRUM_CHANNEL] = true};
    if (channel == TB_SCORE_DRUM_CHANNEL)
        return channel;
    for (size_t i = 0; i < s->n_parts; i++)
        used[s->parts[i].channel] = true;
    for (int k = 0; k < 16; k++)
        if (!used[(channel + k) % 16])
            return (channel + k) % 16;
    return channel;
}

static TbStatus add_part(Draft *d, TbRole role) {
    static const struct {
        const char *name;
        int program, channel;
    } parts[] = {[TB_ROLE_MELODY] = {"Melody", 73, 0},
                 [TB_ROLE_CHORDS] = {"Chords", 0, 2},
                 [TB_ROLE_BASS] = {"Bass", 33, 1},
                 [TB_ROLE_DRUMS] = {"Drums", 0, TB_SCORE_DRUM_CHANNEL}};
    if (!tbi_draft_wants(d, role) || d->part[role] != SIZE_MAX || d->from[role] >= d->bars)
        return TB_OK;
    return tb_score_add_part(&d->score, parts[role].name, parts[role].program,
                             free_channel(&d->score, parts[role].channel), &d->part[role]);
}

static TbStatus take_given(Draft *d) {
    TbStatus status = d->o.primer   ? tbi_draft_take_primer(d)
                      : d->o.locked ? tbi_draft_take_locked(d)
                                    : tb_score_new(TB_COMPOSE_TICKS, &d->score);
    if (status == TB_OK && d->o.tempo > 0)
        d->tempo = d->o.tempo;
    return status;
}

/* Tempo, metre and key of the bars that are not given; all bar lines, and the parts that are to be written. */
static TbStatus begin_score(Draft *d) {
    TbScore *s = &d->score;
    const int64_t bar = (int64_t)d->numerator * 4 * s->ticks_per_quarter;
    const int64_t end = d->given_end + (d->bars - d->given_bars) * (bar / d->denominator);
    const int sharps = sharps_of(d->key);
    if (bar % d->denominator)
        return tb_fail(TB_ERR_UNSUPPORTED, "The given piece has %d ticks a quarter note, too few for bars of %d/%d.",
                       s->ticks_per_quarter, d->numerator, d->denominator);
    if (end > TB_SCORE_TICKS)
        return tb_fail(TB_ERR_UNSUPPORTED, "The given piece and new bars are too long together; ask for fewer bars.");
    TbStatus status = TB_OK;
    if (!d->given_bars)
        status = tb_score_add_metre(s, 0, d->numerator, d->denominator);
    if (d->o.locked)
        s->n_tempos = d->o.tempo > 0 ? 1 : s->n_tempos;
    if (status == TB_OK && (!d->given_bars || d->o.tempo > 0))
        status = tb_score_add_tempo(s, d->o.locked ? 0 : d->given_end, 6e7 / d->tempo);
    if (status == TB_OK && (s->n_keys == 0 || s->keys[s->n_keys - 1].sharps != sharps))
        status = tb_score_add_key(s, s->n_keys && !d->o.locked ? d->given_end : 0, sharps, d->key.minor);
    for (int role = TB_ROLE_DRUMS; status == TB_OK && role >= TB_ROLE_MELODY; role--)
        status = add_part(d, (TbRole)role);
    s->end = (int32_t)end;
    return status ? status : tb_bars_new(s, s->end, &d->lines);
}

static void forget_score(Draft *d) {
    tb_bars_free(&d->lines);
    tb_score_free(&d->score);
    for (size_t k = 0; k <= TB_ROLE_DRUMS; k++)
        d->part[k] = SIZE_MAX;
}

static void end_draft(Draft *d) {
    forget_score(d);
    tb_melody_free(&d->melody);
    tb_melody_free(&d->given_melody);
}

/* ---- the key ---- */

/* Whether the notes of melody and chords have the key that was planned. */
static TbStatus has_key(const Draft *d, bool *has) {
    TbScore score;
    TbKey found;
    size_t part;
    TbStatus status = tb_melody_to_score(&d->melody, &score);
    *has = false;
    if (status)
        return status;
    status = tb_score_key(&score, TB_SCOPE_MELODY, &found);
    const bool alone = status == TB_OK && found.tonic == d->key.tonic && found.minor == d->key.minor;
    status = status ? status : tb_score_add_part(&score, "chords", 0, 1, &part);
    for (size_t i = 0; status == TB_OK && i < d->melody.n_chords; i++) {
        const unsigned pitches = tb_chord_pitches(d->melody.chords[i].chord);
        const int32_t start = d->melody.chords[i].step;
        const int32_t end =
            i + 1 < d->melody.n_chords ? d->melody.chords[i + 1].step : d->melody.line[d->melody.n_bars];
        for (int k = 0; status == TB_OK && k < 12; k++)
            if (pitches >> k & 1)
                status = tb_score_add_note(
                    &score, (TbScoreNote){40 * start, 40 * (end - start), (uint8_t)(48 + k), 80, (uint16_t)part});
    }
    tb_score_sort(&score);
    status = status ? status : tb_score_key(&score, TB_SCOPE_ALL, &found);
    *has = alone && status == TB_OK && found.tonic == d->key.tonic && found.minor == d->key.minor;
    tb_score_free(&score);
    return status;
}

/* ---- the track ---- */

static TbStatus draw_melody(Draft *d, int *redrawn) {
    bool has = d->given_bars > 0; /* what is given may have a key of its own */
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && (i == 0 || !has) && i < ATTEMPTS; i++) {
        d->seed = d->o.seed + ((uint64_t)i << 32);
        *redrawn = i;
        status = tbi_draft_melody(d);
        status = status || has ? status : has_key(d, &has);
    }
    return status;
}

static TbStatus write(Draft *d, int *redrawn) {
    TbStatus status = TB_OK;
    if (d->o.parts & ~TB_COMPOSE_PART(TB_ROLE_DRUMS)) {
        status = draw_melody(d, redrawn);
        status = status ? status : tbi_draft_add_melody(d);
    }
    if (status == TB_OK && tbi_draft_wants(d, TB_ROLE_DRUMS))
        status = tbi_draft_add_drums(d);
    status = status ? status : tbi_draft_add_parts(d);
    if (status)
        return status;
    tbi_draft_swing(d);
    return tbi_draft_finish(d);
}

static TbStatus tell(const Draft *d, int redrawn, TbComposeReport *report) {
    TbKey found;
    TbStatus status = tb_score_key(&d->score, TB_SCOPE_AUTO, &found);
    memset(report, 0, sizeof *report);
    report->key = (TbKey){d->key.tonic, d->key.minor, found.clarity};
    report->tempo = d->tempo;
    report->numerator = d->numerator;
    report->denominator = d->denominator;
    report->bars = d->bars;
    report->style = d->o.style;
    report->swing = d->swing;
    report->first = d->given_bars;
    report->redrawn = redrawn;
    if (d->returns) {
        report->phrase = d->phrase;
        tbi_draft_form(d, report->form);
    }
    return status;
}

TbStatus tb_compose(const TbMusicModels *models, const TbComposeOptions *options, TbScore *out,
                    TbComposeReport *report) {
    TbArena memory = {0};
    Draft *d = tbi_arena_alloc(&memory, 1, sizeof *d);
    int redrawn = 0;
    memset(out, 0, sizeof *out);
    TbStatus status = d ? tbi_compose_read_options(models, options, &d->o) : tbi_no_memory("to compose");
    if (status) {
        tbi_arena_free(&memory);
        return status;
    }
    d->models = models;
    d->style = tbi_compose_style(d->o.style);
    d->seed = d->o.seed;
    d->key = (TbKey){d->o.tonic, d->o.minor, 0};
    d->numerator = d->o.numerator;
    d->denominator = d->o.denominator;
    d->bars = d->o.bars;
    forget_score(d);
    status = take_given(d);
    status = status ? status : tbi_compose_check_plan(&d->o, d->bars - d->first, d->numerator, d->denominator);
    if (status == TB_OK) {
        tbi_draft_plan(d);
        status = begin_score(d);
    }
    status = status ? status : write(d, &redrawn);
    if (status == TB_OK && report)
        status = tell(d, redrawn, report);
    if (status == TB_OK) {
        *out = d->score;
        memset(&d->score, 0, sizeof d->score);
    }
    end_draft(d);
    tbi_arena_free(&memory);
    return status;
}
