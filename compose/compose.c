/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to a finished score. */
#include "base/no_memory.h"
#include "compose/draft.h"
#include "compose/options.h"
#include "score/edit.h"

enum {
    ATTEMPTS = 6, /* at a melody */
    TRACKS = 3,   /* that miss the key, until one counts */
    SHORT = 8     /* bars: the notes of fewer do not tell the key; one track, two melodies */
};
static const double ENOUGH = 3.8; /* of tbi_draft_judge: the key, and four of five strong notes in the chord */

/* ---- the frame ---- */

static TbStatus add_part(Draft *d, TbRole role) {
    static const struct {
        const char *name;
        int program, channel;
    } parts[] = {[TB_ROLE_MELODY] = {"Melody", 73, 0},
                 [TB_ROLE_CHORDS] = {"Chords", 0, 2},
                 [TB_ROLE_BASS] = {"Bass", 33, 1},
                 [TB_ROLE_DRUMS] = {"Drums", 0, TB_SCORE_DRUM_CHANNEL}};
    if (!tbi_draft_writes(d, role) || d->part[role] != SIZE_MAX)
        return TB_OK;
    return tbi_score_add_own_part(&d->score, parts[role].name, parts[role].program, parts[role].channel,
                                  &d->part[role]);
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
    const int sharps = tb_key_sharps(d->key);
    if (bar % d->denominator)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "This piece has %d ticks a quarter note, too few for bars of %d/%d; give one with more.",
                       s->ticks_per_quarter, d->numerator, d->denominator);
    if (end > TB_SCORE_TICKS)
        return tb_fail(TB_ERR_UNSUPPORTED, "This piece and the new bars are too long together; ask for fewer bars.");
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

/* ---- the track ---- */

static void choose_seed(Draft *d, int attempt) {
    d->seed = d->o.seed + ((uint64_t)attempt << 32);
}

/* Draws melodies until one fits the plan, or takes the best. What is given has a key of its own: the first one counts.
 */
static TbStatus draw_melody(Draft *d, int first, int *drawn) {
    const int n = d->given_bars ? 1 : d->bars < SHORT ? 2 : ATTEMPTS;
    double best = -1, value = 0;
    int chosen = first;
    TbStatus status = TB_OK;
    for (int i = first; status == TB_OK && i < first + n && best < ENOUGH; i++, ++*drawn) {
        choose_seed(d, i);
        status = tbi_draft_melody(d);
        status = status || n == 1 ? status : tbi_draft_judge(d, &value);
        if (value > best)
            best = value, chosen = i;
    }
    if (status == TB_OK && d->seed != d->o.seed + ((uint64_t)chosen << 32)) {
        choose_seed(d, chosen);
        status = tbi_draft_melody(d);
    }
    return status;
}

/* The shares of the time are those of the networks: melody, drums, bass and chords. */
static void begin_stage(Draft *d, int stage) {
    static const char *const names[] = {"melody", "drums", "bass and chords"};
    const bool accompanied = tbi_draft_writes(d, TB_ROLE_BASS) || tbi_draft_writes(d, TB_ROLE_CHORDS);
    const double times[] = {d->o.parts & ~TB_COMPOSE_PART(TB_ROLE_DRUMS) ? 3 : 0,
                            tbi_draft_writes(d, TB_ROLE_DRUMS) ? 1 : 0, accompanied ? 6 : 0};
    double before = 0, all = 0;
    for (int i = 0; i < 3; i++) {
        before += i < stage ? times[i] : 0;
        all += times[i];
    }
    d->stage = (ComposeStage){&d->o, before / all, (before + times[stage]) / all, names[stage]};
}

static TbStatus write(Draft *d, int first, int *drawn) {
    TbStatus status = TB_OK;
    choose_seed(d, first);
    if (d->o.parts & ~TB_COMPOSE_PART(TB_ROLE_DRUMS)) {
        begin_stage(d, 0);
        status = draw_melody(d, first, drawn);
        status = status ? status : tbi_draft_add_melody(d);
    }
    if (status == TB_OK && tbi_draft_writes(d, TB_ROLE_DRUMS)) {
        begin_stage(d, 1);
        status = tbi_draft_add_drums(d);
    }
    begin_stage(d, 2);
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
    report->bars = d->bars - (d->o.without_primer ? d->given_bars : 0);
    report->style = d->o.style;
    report->swing = d->swing;
    report->first = d->o.primer && !d->o.without_primer ? d->given_bars : 0;
    report->redrawn = redrawn;
    if (d->returns) {
        report->phrase = d->phrase;
        tbi_draft_form(d, report->form);
    }
    return status;
}

/* A track from melody `first` on; *drawn counts melodies. */
static TbStatus draw_track(Draft *d, int first, int *drawn) {
    d->seed = d->o.seed;
    d->key = (TbKey){d->o.tonic, d->o.minor, 0};
    d->numerator = d->o.numerator;
    d->denominator = d->o.denominator;
    d->bars = d->o.bars;
    end_draft(d);
    TbStatus status = take_given(d);
    status = status ? status : tbi_compose_check_plan(&d->o, d->bars - d->first, d->numerator, d->denominator);
    if (status)
        return status;
    tbi_draft_plan(d);
    status = begin_score(d);
    return status ? status : write(d, first, drawn);
}

/* Draws tracks until the notes of one have its key. */
static TbStatus draw_tracks(Draft *d, int *drawn) {
    const bool has_key =
        d->o.parts & ~TB_COMPOSE_PART(TB_ROLE_DRUMS) && !d->o.primer && !d->o.locked && d->o.bars >= SHORT;
    TbStatus status = TB_OK;
    for (int i = 0; status == TB_OK && i < TRACKS; i++) {
        TbKey found;
        status = draw_track(d, i * ATTEMPTS, drawn);
        status = status ? status : tb_score_key(&d->score, TB_SCOPE_AUTO, &found);
        if (status || !has_key || (found.tonic == d->key.tonic && found.minor == d->key.minor))
            break;
    }
    return status;
}

TbStatus tb_compose(const TbMusicModels *models, const TbComposeOptions *options, TbScore *out,
                    TbComposeReport *report) {
    TbArena memory = {0};
    Draft *d = tbi_arena_alloc(&memory, 1, sizeof *d);
    int drawn = 0;
    memset(out, 0, sizeof *out);
    TbStatus status = d ? tbi_compose_read_options(models, options, &d->o) : tbi_no_memory("to compose");
    if (status == TB_OK) {
        d->models = models;
        d->style = tbi_compose_style(d->o.style);
        status = draw_tracks(d, &drawn);
        if (status == TB_OK && report)
            status = tell(d, drawn > 0 ? drawn - 1 : 0, report);
        if (status == TB_OK) {
            *out = d->score;
            memset(&d->score, 0, sizeof d->score);
        }
        end_draft(d);
    }
    tbi_arena_free(&memory);
    return status;
}
