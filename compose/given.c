/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score that is given: how the track begins, or parts that are kept. It gives bars, metre, tempo, key and chords. */
#include "base/no_memory.h"
#include "compose/draft.h"

#include <stdlib.h>

enum { ALL_ROLES = (2 << TB_ROLE_DRUMS) - 1 };

static bool is_pitched(const TbScore *s, const TbScoreNote *note) {
    return s->parts[note->part].channel != TB_SCORE_DRUM_CHANNEL;
}

static size_t pitched_notes(const TbScore *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->n_notes; i++)
        n += is_pitched(s, &s->notes[i]);
    return n;
}

/* ---- bars ---- */

/* The number of bars that the notes fill; what rings on over a bar line for a sixteenth does not count. */
static TbStatus count_bars(const TbScore *s, int *n) {
    TbBars bars;
    const int32_t last = tb_score_last_off(s) - s->ticks_per_quarter / 4;
    int32_t until = s->n_notes ? s->notes[s->n_notes - 1].onset + 1 : 1;
    until = last > until ? last : until;
    TbStatus status = tb_bars_new(s, until, &bars);
    if (status)
        return status;
    size_t k = 1;
    while (k < bars.n_bars && bars.line[k] < until)
        k++;
    *n = (int)k;
    tb_bars_free(&bars);
    return k <= TB_COMPOSE_BARS
               ? TB_OK
               : tb_fail(TB_ERR_UNSUPPORTED, "This piece has %zu bars; give one of up to %d.", k, TB_COMPOSE_BARS);
}

/* Counts time in ticks that are fine enough for what will be written: a whole number for each one given. */
static TbStatus refine(TbScore *s) {
    enum { FEWEST = 96 /* a quarter note */ };
    const int k = (FEWEST + s->ticks_per_quarter - 1) / s->ticks_per_quarter;
    const int32_t last = s->end > tb_score_last_off(s) ? s->end : tb_score_last_off(s);
    if ((int64_t)k * last > TB_SCORE_TICKS)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "This piece has only %d ticks a quarter note, and is too long for more; give a shorter one.",
                       s->ticks_per_quarter);
    for (size_t i = 0; i < s->n_notes; i++)
        s->notes[i].onset *= k, s->notes[i].duration *= k;
    for (size_t i = 0; i < s->n_tempos; i++)
        s->tempos[i].tick *= k;
    for (size_t i = 0; i < s->n_metres; i++)
        s->metres[i].tick *= k;
    for (size_t i = 0; i < s->n_keys; i++)
        s->keys[i].tick *= k;
    for (size_t i = 0; i < s->n_chords; i++)
        s->chords[i].tick *= k;
    s->end *= k;
    s->ticks_per_quarter *= k;
    return TB_OK;
}

/* Takes out the changes from a tick on. */
static void forget_after(TbScore *s, int32_t tick) {
    while (s->n_tempos > 1 && s->tempos[s->n_tempos - 1].tick >= tick)
        s->n_tempos--;
    while (s->n_metres > 1 && s->metres[s->n_metres - 1].tick >= tick)
        s->n_metres--;
    while (s->n_keys && s->keys[s->n_keys - 1].tick >= tick)
        s->n_keys--;
    while (s->n_chords && s->chords[s->n_chords - 1].tick >= tick)
        s->n_chords--;
}

static TbStatus check_same_metre(const TbScore *s) {
    for (size_t i = 1; i < s->n_metres; i++)
        if (s->metres[i].numerator != s->metres[0].numerator || s->metres[i].denominator != s->metres[0].denominator)
            return tb_fail(TB_ERR_UNSUPPORTED,
                           "New parts can be written to pieces in one metre, but this one changes from %d/%d to %d/%d; "
                           "cut it where it changes.",
                           s->metres[0].numerator, s->metres[0].denominator, s->metres[i].numerator,
                           s->metres[i].denominator);
    return TB_OK;
}

/* ---- roles ---- */

/* The part of each role with the most notes is that which new notes go to. has: bits. */
static void assign_parts(Draft *d, const TbRole *role, size_t *notes, unsigned *has) {
    const TbScore *s = &d->score;
    *has = 0;
    memset(notes, 0, s->n_parts * sizeof *notes);
    for (size_t i = 0; i < s->n_notes; i++)
        notes[s->notes[i].part]++;
    for (size_t i = 0; i < s->n_parts; i++) {
        size_t *part = &d->part[role[i]];
        if (notes[i] && (*part == SIZE_MAX || notes[i] > notes[*part]))
            *part = i;
        *has |= notes[i] ? 1u << role[i] : 0;
    }
}

/* Finds the parts' roles, and leaves the parts of roles `keep`. TB_ERR_EMPTY: there is none of one of these `needed`.
 */
static TbStatus take_roles(Draft *d, unsigned keep, unsigned needed, unsigned *has) {
    TbScore *s = &d->score;
    TbArena memory = {0};
    const size_t n = s->n_parts;
    size_t *notes = tbi_arena_alloc(&memory, n + 1, sizeof *notes), kept = 0;
    TbRole *role = tbi_arena_alloc(&memory, n + 1, sizeof *role);
    bool *stays = tbi_arena_alloc(&memory, n + 1, sizeof *stays);
    TbStatus status = memory.failed ? tbi_no_memory("for the parts of a score") : tb_score_roles(s, role);
    for (size_t i = 0; status == TB_OK && i < n; i++) { /* roles are those in the whole piece */
        stays[i] = keep >> role[i] & 1;
        role[kept] = role[i];
        kept += stays[i];
    }
    if (status == TB_OK) {
        tb_score_keep_parts(s, stays);
        assign_parts(d, role, notes, has);
    }
    for (int r = 0; status == TB_OK && r <= TB_ROLE_DRUMS; r++)
        if ((needed & ~*has) >> r & 1)
            status = tb_fail(TB_ERR_EMPTY, "This piece has no part of %s to keep; lock a part that it has.",
                             tb_role_name((TbRole)r));
    tbi_arena_free(&memory);
    return status;
}

/* ---- chords and melody ---- */

/* Bars without a melody. */
static TbStatus empty_melody(const Draft *d, size_t n_chords, TbMelody *m) {
    const int32_t bar = d->numerator * 4 * TB_GRID_MELODY / d->denominator;
    *m =
        (TbMelody){.numerator = (uint8_t)d->numerator, .denominator = (uint8_t)d->denominator, .n_bars = d->given_bars};
    m->line = calloc((size_t)d->given_bars + 1, sizeof *m->line);
    m->notes = calloc(1, sizeof *m->notes);
    m->chords = calloc(n_chords + 1, sizeof *m->chords);
    if (!m->line || !m->notes || !m->chords) {
        tb_melody_free(m);
        return tbi_no_memory("for the chords of a score");
    }
    for (int b = 0; b < d->given_bars; b++)
        m->line[b + 1] = m->line[b] + bar;
    return TB_OK;
}

/* The chords that fit the notes, in bars without a melody. */
static TbStatus find_chords(Draft *d) {
    TbChordSpan *chords = NULL;
    size_t n = 0;
    TbStatus status =
        pitched_notes(&d->score) || d->score.n_chords ? tb_score_chords(&d->score, false, &chords, &n) : TB_OK;
    status = status ? status : empty_melody(d, n, &d->given_melody);
    TbMelody *m = &d->given_melody;
    for (size_t i = 0; status == TB_OK && i < n; i++) {
        const int32_t step = tb_grid_step(d->score.ticks_per_quarter, TB_GRID_MELODY, chords[i].tick);
        if (step < m->line[m->n_bars] && (m->n_chords == 0 || step > m->chords[m->n_chords - 1].step))
            m->chords[m->n_chords++] = (TbMelodyChord){step, chords[i].chord};
    }
    free(chords);
    return status;
}

/* The melody of the given bars; what is kept may end before them. */
static TbStatus read_melody(const Draft *d, TbMelody *m) {
    const size_t n = (size_t)d->given_bars;
    TbBars bars;
    TbStatus status = tb_bars_new(&d->score, tb_score_last_off(&d->score), &bars);
    if (status)
        return status;
    status = tb_melody_from_score(&d->score, 0, bars.n_bars < n ? bars.n_bars : n, m);
    tb_bars_free(&bars);
    int32_t *line = status ? NULL : realloc(m->line, (n + 1) * sizeof *line);
    if (status)
        return status;
    if (!line) {
        tb_melody_free(m);
        return tbi_no_memory("for the melody of a score");
    }
    for (m->line = line; m->n_bars < d->given_bars; m->n_bars++)
        line[m->n_bars + 1] = line[m->n_bars] + line[m->n_bars] - line[m->n_bars - 1];
    return TB_OK;
}

static TbStatus take_melody(Draft *d, unsigned has) {
    TbMelody *m = &d->given_melody;
    TbMelody found;
    if (!(has >> TB_ROLE_MELODY & 1))
        return find_chords(d);
    TbStatus status = read_melody(d, m);
    if (status == TB_ERR_EMPTY) /* alone, the part is no line */
        return find_chords(d);
    if (status || m->n_chords || !d->models->melody)
        return status;
    status = tb_melody_harmonise(d->models->melody, m, false, &found);
    if (status)
        return status;
    tb_melody_free(m);
    *m = found;
    return TB_OK;
}

static TbStatus take_key(Draft *d) {
    TbKey key;
    if (d->key.tonic >= 0)
        return TB_OK;
    TbStatus status = tb_score_key(&d->score, TB_SCOPE_ALL, &key);
    if (status == TB_OK && key.tonic >= 0)
        d->key = key;
    return status;
}

/* The last two bars of the drums, if they are in a metre that patterns can have. */
static TbStatus take_rhythm(Draft *d) {
    TbBars bars;
    const int last = d->given_bars >= TB_RHYTHM_BARS ? d->given_bars - TB_RHYTHM_BARS : -1;
    TbStatus status = last < 0 ? TB_OK : tb_bars_new(&d->score, tb_score_last_off(&d->score), &bars);
    if (last < 0 || status)
        return status;
    status = tb_rhythm_from_score(&bars, (size_t)last, tb_drum_map(NULL), &d->given_rhythm);
    if (status == TB_ERR_UNSUPPORTED || (status == TB_OK && tb_rhythm_hits(&d->given_rhythm) == 0)) {
        d->given_rhythm.numerator = 0; /* a pattern is drawn instead */
        status = TB_OK;
    }
    tb_bars_free(&bars);
    return status;
}

/* ---- the whole ---- */

static TbStatus take_frame(Draft *d) {
    TbScore *s = &d->score;
    TbBars bars;
    TbStatus status = refine(s);
    status = status ? status : count_bars(s, &d->given_bars);
    status = status ? status : tb_bars_new(s, tb_score_last_off(s), &bars);
    if (status)
        return status;
    const TbScoreMetre metre = tb_bars_metre(&bars, (size_t)d->given_bars - 1);
    d->given_end = bars.line[d->given_bars];
    forget_after(s, d->given_end);
    tb_bars_free(&bars);
    d->numerator = metre.numerator;
    d->denominator = metre.denominator;
    d->tempo = 6e7 / s->tempos[s->n_tempos - 1].us_per_quarter;
    return TB_OK;
}

TbStatus tbi_draft_take_primer(Draft *d) {
    unsigned has;
    TbStatus status = tb_score_copy(d->o.primer, &d->score);
    if (status == TB_OK && d->score.n_notes == 0)
        status = tb_fail(TB_ERR_EMPTY, "The primer has no notes; give one with notes, or none.");
    status = status ? status : take_roles(d, ALL_ROLES, 0, &has);
    status = status ? status : take_frame(d);
    if (status)
        return status;
    const bool is_tune = pitched_notes(&d->score) > 0;
    if (d->o.continues)
        d->o.parts &= has;
    if (d->o.parts == 0)
        return tb_fail(TB_ERR_EMPTY, "This piece has none of the parts asked for; ask for parts that it has.");
    d->bars = d->given_bars + d->o.bars;
    d->first = is_tune ? d->given_bars : 0;
    for (int r = 0; r <= TB_ROLE_DRUMS; r++)
        d->from[r] = d->o.continues || (has >> r & 1) ? d->given_bars : 0;
    if (d->bars > TB_COMPOSE_BARS)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "%d bars after a primer of %d are too many; ask for fewer, up to %d together.", d->o.bars,
                       d->given_bars, TB_COMPOSE_BARS);
    status = is_tune ? take_key(d) : TB_OK;
    status = status ? status : take_melody(d, has);
    return status ? status : take_rhythm(d);
}

TbStatus tbi_draft_take_locked(Draft *d) {
    unsigned has;
    TbStatus status = tb_score_copy(d->o.locked, &d->score);
    status = status ? status : check_same_metre(&d->score);
    status = status ? status : take_frame(d); /* of all parts: those that go give bars, too */
    status = status ? status : take_roles(d, d->o.locked_parts, d->o.locked_parts, &has);
    if (status)
        return status;
    d->bars = d->given_bars;
    for (int r = 0; r <= TB_ROLE_DRUMS; r++)
        d->from[r] = d->o.locked_parts >> r & 1 ? d->bars : 0;
    status = take_key(d);
    return status ? status : take_melody(d, has);
}
