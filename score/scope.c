/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which part is the melody, which the chords; what each part does. */
#include "score/scope.h"
#include "base/no_memory.h"
#include "score/text.h"

#include <stdlib.h>

static const double MONOPHONIC = 1.3, CHORDAL = 2.5; /* notes an onset */

static void find_facts(const TbScore *score, Scope *s) {
    for (size_t p = 0; p < score->n_parts; p++) {
        PartFacts *f = &s->facts[p];
        int64_t sum = 0;
        *f = (PartFacts){.n = s->first[p + 1] - s->first[p], .drums = score->parts[p].channel == TB_SCORE_DRUM_CHANNEL};
        for (size_t i = s->first[p]; i < s->first[p + 1]; i++) {
            f->n_onsets += i == s->first[p] || s->sorted[i].onset != s->sorted[i - 1].onset;
            sum += s->sorted[i].pitch;
        }
        f->mean_pitch = f->n ? (double)sum / (double)f->n : 0;
    }
}

/* Sorts by part: a stable counting sort. */
static void sort_by_part(const TbScore *score, Scope *s) {
    for (size_t i = 0; i < score->n_notes; i++)
        s->first[score->notes[i].part + 1]++;
    for (size_t p = 0; p < score->n_parts; p++)
        s->first[p + 1] += s->first[p];
    for (size_t i = 0; i < score->n_notes; i++)
        s->sorted[s->first[score->notes[i].part]++] = score->notes[i];
    memmove(s->first + 1, s->first, score->n_parts * sizeof *s->first);
    s->first[0] = 0;
}

static bool is_pitched(const Scope *s, size_t p) {
    return !s->facts[p].drums && s->facts[p].n > 0;
}

static int find_chords(const TbScore *score, const Scope *s, size_t n_pitched) {
    for (size_t p = 0; p < score->n_parts && n_pitched > 1; p++)
        if (is_pitched(s, p) && tbi_name_has(score->parts[p].name, "chord"))
            return (int)p;
    for (size_t p = 0; p < score->n_parts && n_pitched == 2; p++)
        if (is_pitched(s, p) && notes_per_onset(&s->facts[p]) >= CHORDAL)
            return (int)p;
    return -1;
}

/* The highest part with single notes; if there is none, the highest. */
static int find_melody(const TbScore *score, const Scope *s, const bool *taken) {
    int best = -1, best_single = -1;
    for (size_t p = 0; p < score->n_parts; p++) {
        if (!is_pitched(s, p) || (int)p == s->chords || (taken && taken[p]))
            continue;
        double mean = s->facts[p].mean_pitch;
        if (best < 0 || mean > s->facts[best].mean_pitch)
            best = (int)p;
        bool single = notes_per_onset(&s->facts[p]) < MONOPHONIC;
        if (single && (best_single < 0 || mean > s->facts[best_single].mean_pitch))
            best_single = (int)p;
    }
    return best_single >= 0 ? best_single : best;
}

TbStatus tbi_score_scope_new(const TbScore *score, TbScope which, Scope *s) {
    size_t n = score->n_notes, n_parts = score->n_parts, n_pitched = 0;
    *s = (Scope){.melody = -1};
    s->sorted = tbi_arena_alloc(&s->arena, n, sizeof *s->sorted);
    s->first = tbi_arena_alloc(&s->arena, n_parts + 1, sizeof *s->first);
    s->facts = tbi_arena_alloc(&s->arena, n_parts, sizeof *s->facts);
    s->notes = tbi_arena_alloc(&s->arena, n, sizeof *s->notes);
    s->drums = tbi_arena_alloc(&s->arena, n, sizeof *s->drums);
    if (s->arena.failed) {
        tbi_score_scope_free(s);
        return tbi_no_memory("to analyse a score");
    }
    sort_by_part(score, s);
    find_facts(score, s);
    for (size_t p = 0; p < score->n_parts; p++)
        n_pitched += is_pitched(s, p);
    s->chords = find_chords(score, s, n_pitched);
    if (n_pitched - (s->chords >= 0) == 1 || which == TB_SCOPE_MELODY)
        s->melody = find_melody(score, s, NULL);
    for (size_t p = 0; p < score->n_parts; p++) {
        const TbScoreNote *from = s->sorted + s->first[p];
        bool in_scope = is_pitched(s, p) && (which == TB_SCOPE_ALL || s->melody < 0 || s->melody == (int)p);
        TbScoreNote *to = s->facts[p].drums ? s->drums + s->n_drums : s->notes + s->n;
        if (s->facts[p].drums || in_scope)
            memcpy(to, from, s->facts[p].n * sizeof *from);
        s->n_drums += s->facts[p].drums ? s->facts[p].n : 0;
        s->n += in_scope ? s->facts[p].n : 0;
    }
    return TB_OK;
}

void tbi_score_scope_free(Scope *s) {
    tbi_arena_free(&s->arena);
    *s = (Scope){0};
}

/* By onset, the highest first; then the part, then the shortest. */
static int by_height(const void *a, const void *b) {
    const TbScoreNote *x = a, *y = b;
    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    if (x->pitch != y->pitch)
        return y->pitch - x->pitch;
    if (x->part != y->part)
        return x->part - y->part;
    return x->duration != y->duration ? (x->duration < y->duration ? -1 : 1) : x->velocity - y->velocity;
}

size_t tbi_top_line(const TbScoreNote *notes, size_t n, TbScoreNote *top) {
    size_t kept = 0;
    if (n == 0)
        return 0;
    memmove(top, notes, n * sizeof *top);
    qsort(top, n, sizeof *top, by_height);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || top[i].onset != top[kept - 1].onset)
            top[kept++] = top[i];
    return kept;
}

/* ---- roles ---- */

const char *tb_role_name(TbRole role) {
    static const char *const names[] = {"other", "melody", "chords", "bass", "drums"};
    return role <= TB_ROLE_DRUMS ? names[role] : "";
}

static bool is_bass_program(int program) {
    return (program >= 32 && program <= 39) || program == 43 || program == 58; /* basses, contrabass, tuba */
}

/* Chordal parts and those whose name or program says that they are a bass. */
static void find_named(const TbScore *score, const Scope *s, TbRole *role) {
    for (size_t p = 0; p < score->n_parts; p++) {
        const PartFacts *f = &s->facts[p];
        bool bass = tbi_name_has(score->parts[p].name, "bass") || is_bass_program(score->parts[p].program);
        role[p] = f->drums                                                     ? TB_ROLE_DRUMS
                  : (int)p == s->chords                                        ? TB_ROLE_CHORDS
                  : bass && f->n > 0 && f->mean_pitch < 60                     ? TB_ROLE_BASS
                  : f->n > 0 && notes_per_onset(f) >= 2 && s->melody != (int)p ? TB_ROLE_CHORDS
                                                                               : TB_ROLE_OTHER;
    }
}

/* The lowest part of single notes, if it lies below C3, when no part is a bass by name. */
static int lowest_part(const TbScore *score, const Scope *s, const TbRole *role) {
    int lowest = -1;
    size_t n_free = 0;
    for (size_t p = 0; p < score->n_parts; p++) {
        if (role[p] == TB_ROLE_BASS)
            return -1;
        if (role[p] != TB_ROLE_OTHER || s->facts[p].n == 0)
            continue;
        n_free++;
        bool low = s->facts[p].mean_pitch < 48 && notes_per_onset(&s->facts[p]) < MONOPHONIC;
        if (low && (lowest < 0 || s->facts[p].mean_pitch < s->facts[lowest].mean_pitch))
            lowest = (int)p;
    }
    return n_free > 1 ? lowest : -1;
}

TbStatus tb_score_roles(const TbScore *score, TbRole *role) {
    Scope s;
    TbStatus status = tbi_score_scope_new(score, TB_SCOPE_AUTO, &s);
    if (status)
        return status;
    bool *taken = tbi_arena_alloc(&s.arena, score->n_parts, sizeof *taken);
    if (taken) {
        find_named(score, &s, role);
        int bass = lowest_part(score, &s, role);
        if (bass >= 0)
            role[bass] = TB_ROLE_BASS;
        for (size_t p = 0; p < score->n_parts; p++)
            taken[p] = role[p] != TB_ROLE_OTHER;
        int melody = s.melody >= 0 && !taken[s.melody] ? s.melody : find_melody(score, &s, taken);
        if (melody >= 0)
            role[melody] = TB_ROLE_MELODY;
    }
    status = taken ? TB_OK : tbi_no_memory("to analyse a score");
    tbi_score_scope_free(&s);
    return status;
}
