/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole scores: cut, appended, transposed, parts taken out. */
#include "score/edit.h"
#include "base/no_memory.h"
#include "base/search.h"
#include "score/limits.h"

#include <math.h>
#include <stdlib.h>

/* Where notes and changes of one score come to in another: `factor` ticks for each one, `from` becomes `to`. */
typedef struct {
    double factor;
    int32_t from, end; /* of the source: from .. end - 1 */
    int32_t to;
} Move;

static int32_t moved(const Move *m, int32_t tick) {
    return m->to + (int32_t)lround((tick > m->from ? tick - m->from : 0) * m->factor);
}

/* Whether item i of n is in force in the moved ticks. */
#define IN_FORCE(items, i, n, move)                                                                                    \
    ((items)[i].tick < (move)->end && ((i) + 1 == (n) || (items)[(i) + 1].tick > (move)->from))

static TbStatus copy_changes(const TbScore *s, const Move *m, TbScore *out) {
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < s->n_tempos; i++)
        if (IN_FORCE(s->tempos, i, s->n_tempos, m))
            status = tb_score_add_tempo(out, moved(m, s->tempos[i].tick), s->tempos[i].us_per_quarter);
    for (size_t i = 0; status == TB_OK && i < s->n_metres; i++)
        if (IN_FORCE(s->metres, i, s->n_metres, m))
            status =
                tb_score_add_metre(out, moved(m, s->metres[i].tick), s->metres[i].numerator, s->metres[i].denominator);
    for (size_t i = 0; status == TB_OK && i < s->n_keys; i++)
        if (IN_FORCE(s->keys, i, s->n_keys, m))
            status = tb_score_add_key(out, moved(m, s->keys[i].tick), s->keys[i].sharps, s->keys[i].minor);
    for (size_t i = 0; status == TB_OK && i < s->n_chords; i++)
        if (IN_FORCE(s->chords, i, s->n_chords, m))
            status = tb_score_add_chord(out, moved(m, s->chords[i].tick), s->chords[i].text);
    return status;
}

/* part[n_parts of s]: the parts that they become. */
static TbStatus copy_notes(const TbScore *s, const Move *m, const size_t *part, TbScore *out) {
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < s->n_notes; i++) {
        TbScoreNote note = s->notes[i];
        if (note.onset < m->from || note.onset >= m->end)
            continue;
        const int32_t off = note.duration < m->end - note.onset ? note.onset + note.duration : m->end;
        note.duration = moved(m, off) - moved(m, note.onset);
        note.onset = moved(m, note.onset);
        note.part = (uint16_t)part[note.part];
        status = tb_score_add_note(out, note);
    }
    return status;
}

/* ---- parts of both ---- */

static bool same_part(const TbScorePart *a, const TbScorePart *b, bool same_channel) {
    const bool drums = a->channel == TB_SCORE_DRUM_CHANNEL, are_drums = b->channel == TB_SCORE_DRUM_CHANNEL;
    return (same_channel ? a->channel == b->channel : drums == are_drums) && a->program == b->program &&
           strcmp(a->name, b->name) == 0;
}

/* Gives each part of `next` that has none yet a part of `out` that is like it, and that no other one has. */
static void match_parts(const TbScore *next, bool same_channel, size_t *part, bool *taken, const TbScore *out) {
    for (size_t i = 0; i < next->n_parts; i++)
        for (size_t k = 0; part[i] == SIZE_MAX && k < out->n_parts; k++)
            if (!taken[k] && same_part(&next->parts[i], &out->parts[k], same_channel)) {
                part[i] = k;
                taken[k] = true;
            }
}

/* part[n_parts of next]: the parts of `out` that they become. Two parts of one score stay two. */
static TbStatus join_parts(const TbScore *next, size_t *part, TbScore *out) {
    bool *taken = calloc(out->n_parts + 1, sizeof *taken);
    TbStatus status = taken ? TB_OK : tbi_no_memory("to append a score");
    for (size_t i = 0; i < next->n_parts; i++)
        part[i] = SIZE_MAX;
    for (int same_channel = 1; taken && same_channel >= 0; same_channel--)
        match_parts(next, same_channel, part, taken, out);
    free(taken);
    for (size_t i = 0; status == TB_OK && i < next->n_parts; i++) {
        const TbScorePart p = next->parts[i];
        const int channel = tbi_score_free_channel(out, p.channel);
        if (part[i] == SIZE_MAX)
            status = tb_score_add_part(out, p.name, p.program, channel < 0 ? p.channel : channel, &part[i]);
    }
    return status;
}

int tbi_score_free_channel(const TbScore *score, int channel) {
    bool used[16] = {[TB_SCORE_DRUM_CHANNEL] = true};
    if (channel == TB_SCORE_DRUM_CHANNEL)
        return channel;
    for (size_t i = 0; i < score->n_parts; i++)
        used[score->parts[i].channel] = true;
    for (int k = 0; k < 16; k++)
        if (!used[(channel + k) % 16])
            return (channel + k) % 16;
    return -1;
}

TbStatus tbi_score_add_own_part(TbScore *score, const char *name, int program, int channel, size_t *part) {
    channel = tbi_score_free_channel(score, channel);
    if (channel < 0)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "The given parts take all 15 channels that MIDI has beside the drums, so that there is none for "
                       "\"%s\"; leave one of them out.",
                       name);
    return tb_score_add_part(score, name, program, channel, part);
}

/* ---- bars ---- */

TbStatus tbi_bars_check(size_t first, size_t n, size_t n_bars) {
    if (n > 0 && first < n_bars && n <= n_bars - first)
        return TB_OK;
    return tb_fail(TB_ERR_ARGUMENT, "Bars %zu to %zu are not all in this piece of %zu bars.", first + 1, first + n,
                   n_bars);
}

void tbi_score_clear(TbScore *score, size_t part, int32_t from, int32_t to) {
    size_t n = 0;
    for (size_t i = 0; i < score->n_notes; i++) {
        TbScoreNote note = score->notes[i];
        if (note.part == part) {
            if (note.onset >= from && note.onset < to)
                continue;
            if (note.onset < from && note.duration > from - note.onset)
                note.duration = from - note.onset;
        }
        score->notes[n++] = note;
    }
    score->n_notes = n;
}

size_t tbi_score_find(const TbScore *score, int32_t tick) {
    return tbi_lower_bound(score->notes, score->n_notes, sizeof *score->notes, tick);
}

/* The end of a score as its bars have it: the first bar line at or after `end` and the last note. */
static TbStatus whole_bars(const TbScore *s, TbBars *bars) {
    const int32_t last = tb_score_last_off(s);
    return tb_bars_new(s, s->end > last ? s->end : last, bars);
}

TbStatus tb_score_cut(const TbScore *score, size_t first, size_t n, TbScore *out) {
    TbBars bars;
    memset(out, 0, sizeof *out);
    TbStatus status = whole_bars(score, &bars);
    if (status)
        return status;
    size_t *part = malloc((score->n_parts + 1) * sizeof *part);
    if (!part)
        status = tbi_no_memory("to cut a score");
    else
        status = tbi_bars_check(first, n, bars.n_bars);
    status = status ? status : tb_score_new(score->ticks_per_quarter, out);
    for (size_t i = 0; status == TB_OK && i < score->n_parts; i++)
        status =
            tb_score_add_part(out, score->parts[i].name, score->parts[i].program, score->parts[i].channel, &part[i]);
    if (status == TB_OK) {
        const Move move = {1, bars.line[first], bars.line[first + n], 0};
        memcpy(out->title, score->title, sizeof out->title);
        status = copy_changes(score, &move, out);
        status = status ? status : copy_notes(score, &move, part, out);
        out->end = move.end - move.from;
    }
    if (status)
        tb_score_free(out);
    else
        tb_score_sort(out);
    tb_bars_free(&bars);
    free(part);
    return status;
}

static TbStatus append(const TbScore *next, const TbBars *bars, size_t *part, TbScore *out) {
    const int32_t end = next->end > tb_score_last_off(next) ? next->end : tb_score_last_off(next);
    const Move move = {(double)out->ticks_per_quarter / next->ticks_per_quarter, 0, end + 1, bars->line[bars->n_bars]};
    if (move.to + move.factor * end > last_tick(out->ticks_per_quarter))
        return tb_fail(TB_ERR_UNSUPPORTED, "Together these pieces are longer than a score can be; take fewer bars.");
    const size_t n = out->n_notes;
    TbStatus status = join_parts(next, part, out);
    status = status ? status : copy_changes(next, &move, out);
    status = status ? status : copy_notes(next, &move, part, out);
    out->end = moved(&move, end);
    tbi_score_sort_from(out, n); /* all are after those that were there */
    return status;
}

TbStatus tb_score_append(TbScore *score, const TbScore *next) {
    TbScore out = {0};
    TbBars bars = {0};
    size_t *part = malloc((next->n_parts + 1) * sizeof *part);
    TbStatus status = part ? whole_bars(score, &bars) : tbi_no_memory("to append a score");
    status = status ? status : tb_score_copy(score, &out);
    status = status ? status : append(next, &bars, part, &out);
    if (status == TB_OK) {
        tb_score_free(score);
        *score = out;
    } else {
        tb_score_free(&out);
    }
    tb_bars_free(&bars);
    free(part);
    return status;
}

/* ---- pitch ---- */

static int modulo_12(int pitch) {
    return (pitch % 12 + 12) % 12;
}

TbStatus tb_score_transpose(TbScore *score, int semitones) {
    for (size_t i = 0; i < score->n_notes; i++) {
        const int pitch = score->notes[i].pitch + semitones;
        if (score->parts[score->notes[i].part].channel != TB_SCORE_DRUM_CHANNEL && (pitch < 0 || pitch > 127))
            return tb_fail(TB_ERR_ARGUMENT, "Transposed by %d semitones, a note leaves the range of MIDI; move less.",
                           semitones);
    }
    for (size_t i = 0; i < score->n_notes; i++)
        if (score->parts[score->notes[i].part].channel != TB_SCORE_DRUM_CHANNEL)
            score->notes[i].pitch = (uint8_t)(score->notes[i].pitch + semitones);
    for (size_t i = 0; i < score->n_keys; i++) { /* on the circle of fifths, from 5 flats to 6 sharps */
        const int fifths = modulo_12(score->keys[i].sharps + 7 * semitones);
        score->keys[i].sharps =
            (int8_t)(modulo_12(semitones) ? (fifths > 6 ? fifths - 12 : fifths) : score->keys[i].sharps);
    }
    for (size_t i = 0; modulo_12(semitones) && i < score->n_chords; i++) {
        TbChord chord;
        const bool flats = score->n_keys && score->keys[0].sharps < 0;
        if (!tb_chord_parse(score->chords[i].text, &chord) || chord.root < 0)
            continue;
        chord.root = (int8_t)modulo_12(chord.root + semitones);
        chord.bass = (int8_t)(chord.bass < 0 ? -1 : modulo_12(chord.bass + semitones));
        tb_chord_symbol(chord, flats, score->chords[i].text);
    }
    tb_score_sort(score);
    return TB_OK;
}

/* ---- parts ---- */

void tb_score_keep_parts(TbScore *score, const bool *keep) {
    size_t n = 0;
    for (size_t i = 0; i < score->n_notes; i++)
        if (keep[score->notes[i].part])
            score->notes[n++] = score->notes[i];
    score->n_notes = n;
    for (size_t i = 0; i < n; i++) {
        size_t before = 0;
        for (size_t k = 0; k < score->notes[i].part; k++)
            before += keep[k];
        score->notes[i].part = (uint16_t)before;
    }
    n = 0;
    for (size_t i = 0; i < score->n_parts; i++)
        if (keep[i])
            score->parts[n++] = score->parts[i];
    score->n_parts = n;
}
