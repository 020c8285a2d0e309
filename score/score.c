/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building scores: arrays that grow, ranges, order. */
#include "timbrel/score.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "score/limits.h"
#include "score/text.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_TEMPO = (1 << 24) - 1, DEFAULT_TEMPO = 500000 };

/* The place of an item at `tick` in a list in order of tick, whose items begin with it; *same: replaces that one. */
static TbStatus place(const TbScore *score, void **items, size_t *n, size_t size, int32_t tick, void **item) {
    if (tick < 0 || tick > last_tick(score->ticks_per_quarter))
        return tb_fail(TB_ERR_ARGUMENT, "A score has no tick %d.", (int)tick);
    size_t at = *n;
    while (at > 0 && *(int32_t *)((char *)*items + (at - 1) * size) >= tick)
        at--;
    bool same = at < *n && *(int32_t *)((char *)*items + at * size) == tick;
    if (!same && !tbi_grow_array_by_one(items, *n, size))
        return tbi_no_memory("for a score");
    char *to = (char *)*items + at * size;
    if (!same) {
        memmove(to + size, to, (*n - at) * size);
        ++*n;
    }
    *item = to;
    return TB_OK;
}

TbStatus tb_score_new(int ticks_per_quarter, TbScore *score) {
    *score = (TbScore){0};
    if (ticks_per_quarter < 1 || ticks_per_quarter > 32767)
        return tb_fail(TB_ERR_ARGUMENT, "A quarter note has 1 to 32767 ticks, not %d.", ticks_per_quarter);
    score->ticks_per_quarter = ticks_per_quarter;
    TbStatus status = tb_score_add_tempo(score, 0, DEFAULT_TEMPO);
    if (status == TB_OK)
        status = tb_score_add_metre(score, 0, 4, 4);
    if (status)
        tb_score_free(score);
    return status;
}

static TbStatus copy_array(void **to, const void *from, size_t n, size_t size) {
    size_t room = 1; /* as tbi_grow_by_one leaves it */
    while (room < n)
        room *= 2;
    if (n == 0)
        return TB_OK;
    *to = malloc(room * size);
    if (!*to)
        return tbi_no_memory("for a score");
    memcpy(*to, from, n * size);
    return TB_OK;
}

TbStatus tb_score_copy(const TbScore *score, TbScore *copy) {
    TbScore c = *score;
    c.notes = NULL, c.parts = NULL, c.tempos = NULL, c.metres = NULL, c.keys = NULL, c.chords = NULL;
    TbStatus status = copy_array((void **)&c.notes, score->notes, c.n_notes, sizeof *c.notes);
    if (status == TB_OK)
        status = copy_array((void **)&c.parts, score->parts, c.n_parts, sizeof *c.parts);
    if (status == TB_OK)
        status = copy_array((void **)&c.tempos, score->tempos, c.n_tempos, sizeof *c.tempos);
    if (status == TB_OK)
        status = copy_array((void **)&c.metres, score->metres, c.n_metres, sizeof *c.metres);
    if (status == TB_OK)
        status = copy_array((void **)&c.keys, score->keys, c.n_keys, sizeof *c.keys);
    if (status == TB_OK)
        status = copy_array((void **)&c.chords, score->chords, c.n_chords, sizeof *c.chords);
    if (status)
        tb_score_free(&c);
    *copy = c;
    return status;
}

void tb_score_free(TbScore *score) {
    free(score->notes);
    free(score->parts);
    free(score->tempos);
    free(score->metres);
    free(score->keys);
    free(score->chords);
    *score = (TbScore){0};
}

TbStatus tb_score_add_part(TbScore *score, const char *name, int program, int channel, size_t *part) {
    if (program < -1 || program > 127 || channel < 0 || channel > 15)
        return tb_fail(TB_ERR_ARGUMENT, "A part has no program %d on channel %d.", program, channel);
    if (score->n_parts >= UINT16_MAX)
        return tb_fail(TB_ERR_UNSUPPORTED, "A score has at most %d parts.", UINT16_MAX);
    if (!tbi_grow_by_one(&score->parts, score->n_parts))
        return tbi_no_memory("for a score");
    TbScorePart *p = &score->parts[score->n_parts];
    *p = (TbScorePart){.program = (int8_t)program, .channel = (uint8_t)channel};
    tbi_copy_text(name ? name : "", name ? strlen(name) : 0, p->name, sizeof p->name);
    if (part)
        *part = score->n_parts;
    score->n_parts++;
    return TB_OK;
}

TbStatus tb_score_add_note(TbScore *score, TbScoreNote note) {
    int32_t last = last_tick(score->ticks_per_quarter);
    bool inside = note.onset >= 0 && note.onset <= last && note.duration >= 0 && note.duration <= last - note.onset;
    if (!inside || note.pitch > 127 || note.velocity < 1 || note.velocity > 127 || note.part >= score->n_parts)
        return tb_fail(TB_ERR_ARGUMENT, "A note of pitch %d, velocity %d at tick %d is out of range.", note.pitch,
                       note.velocity, (int)note.onset);
    if (!tbi_grow_by_one(&score->notes, score->n_notes))
        return tbi_no_memory("for a score");
    score->notes[score->n_notes++] = note;
    return TB_OK;
}

TbStatus tb_score_add_tempo(TbScore *score, int32_t tick, double us_per_quarter) {
    TbScoreTempo *t = NULL;
    if (!(us_per_quarter >= 0.5 && us_per_quarter < MAX_TEMPO + 0.5))
        return tb_fail(TB_ERR_ARGUMENT, "A quarter note cannot last %g seconds.", us_per_quarter * 1e-6);
    TbStatus status = place(score, (void **)&score->tempos, &score->n_tempos, sizeof *t, tick, (void **)&t);
    if (status)
        return status;
    *t = (TbScoreTempo){.tick = tick, .us_per_quarter = (uint32_t)lrint(us_per_quarter)};
    const TbScoreTempo *last = score->tempos + score->n_tempos;
    for (t = t == score->tempos ? t + 1 : t; t < last; t++)
        t->seconds = t[-1].seconds + (t->tick - t[-1].tick) * (t[-1].us_per_quarter / 1e6 / score->ticks_per_quarter);
    return TB_OK;
}

TbStatus tb_score_add_metre(TbScore *score, int32_t tick, int numerator, int denominator) {
    TbScoreMetre *m = NULL;
    bool power = denominator >= 1 && denominator <= 64 && !(denominator & (denominator - 1));
    if (numerator < 1 || numerator > 255 || !power)
        return tb_fail(TB_ERR_ARGUMENT, "%d/%d is not a metre; give one such as 4/4, 3/4 or 6/8.", numerator,
                       denominator);
    TbStatus status = place(score, (void **)&score->metres, &score->n_metres, sizeof *m, tick, (void **)&m);
    if (status == TB_OK)
        *m = (TbScoreMetre){tick, (uint8_t)numerator, (uint8_t)denominator};
    return status;
}

TbStatus tb_score_add_key(TbScore *score, int32_t tick, int sharps, bool minor) {
    TbScoreKey *k = NULL;
    if (sharps < -7 || sharps > 7)
        return tb_fail(TB_ERR_ARGUMENT, "No key signature has %d accidentals.", abs(sharps));
    TbStatus status = place(score, (void **)&score->keys, &score->n_keys, sizeof *k, tick, (void **)&k);
    if (status == TB_OK)
        *k = (TbScoreKey){.tick = tick, .sharps = (int8_t)sharps, .minor = minor};
    return status;
}

TbStatus tb_score_add_chord(TbScore *score, int32_t tick, const char *text) {
    TbScoreChord *c = NULL;
    TbChord chord;
    char symbol[TB_CHORD_TEXT];
    if (!tb_chord_parse(text, &chord) || strlen(text) >= TB_CHORD_TEXT)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is not a chord symbol.", text);
    if (!strchr(text, ':')) {
        tb_chord_symbol(chord, text[1] == 'b', symbol);
        text = symbol;
    }
    TbStatus status = place(score, (void **)&score->chords, &score->n_chords, sizeof *c, tick, (void **)&c);
    if (status)
        return status;
    *c = (TbScoreChord){.tick = tick};
    tbi_copy_text(text, strlen(text), c->text, sizeof c->text);
    return TB_OK;
}

static int by_time(const void *a, const void *b) {
    const TbScoreNote *x = a, *y = b;
    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    if (x->duration != y->duration)
        return x->duration < y->duration ? -1 : 1;
    if (x->pitch != y->pitch)
        return x->pitch - y->pitch;
    return x->velocity != y->velocity ? x->velocity - y->velocity : x->part - y->part;
}

void tbi_score_sort_from(TbScore *score, size_t first) {
    if (score->n_notes > first + 1)
        qsort(score->notes + first, score->n_notes - first, sizeof *score->notes, by_time);
}

void tb_score_sort(TbScore *score) {
    tbi_score_sort_from(score, 0);
}

int32_t tb_score_last_off(const TbScore *score) {
    int32_t last = 0;
    for (size_t i = 0; i < score->n_notes; i++) {
        int32_t off = score->notes[i].onset + score->notes[i].duration;
        last = off > last ? off : last;
    }
    return last;
}

/* ---- tidying ---- */

static int by_key(const void *a, const void *b) {
    const TbScoreNote *x = a, *y = b;
    if (x->pitch != y->pitch)
        return x->pitch - y->pitch;
    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    return x->duration != y->duration ? (x->duration > y->duration ? -1 : 1) : x->part - y->part;
}

void tb_score_tidy(TbScore *score, TbScoreTidied *counts) {
    TbScoreTidied c = {0};
    TbScoreNote *notes = score->notes;
    size_t last[16], n = 0; /* index of the last kept note of the current key on each channel */
    int key = -1;
    if (score->n_notes > 1)
        qsort(notes, score->n_notes, sizeof *notes, by_key);
    for (size_t i = 0; i < score->n_notes; i++) {
        TbScoreNote note = notes[i];
        size_t channel = score->parts[note.part].channel;
        if (note.pitch != key)
            memset(last, 0xff, sizeof last);
        key = note.pitch;
        TbScoreNote *before = last[channel] == SIZE_MAX ? NULL : &notes[last[channel]];
        if (before && before->onset == note.onset) {
            before->velocity = note.velocity > before->velocity ? note.velocity : before->velocity;
            c.removed++;
            continue;
        }
        if (before && before->onset + before->duration > note.onset) {
            before->duration = note.onset - before->onset;
            c.shortened++;
        }
        c.lengthened += note.duration == 0;
        note.duration += note.duration == 0;
        last[channel] = n;
        notes[n++] = note;
    }
    score->n_notes = n;
    tb_score_sort(score);
    if (counts)
        *counts = c;
}
