/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random options for tracks, and what is wrong with a result: for tests and bench/compose_draws. */
#ifndef TIMBREL_TESTS_COMPOSE_CHECKS_H
#define TIMBREL_TESTS_COMPOSE_CHECKS_H

#include "timbrel/compose.h"

#include <stdlib.h>

static inline int compose_pick(TbRng *rng, int n) {
    return (int)(tb_rng_next(rng) % (uint32_t)n);
}

/* All options but the given scores; most_bars of most results. */
static inline void compose_random_options(uint64_t seed, int most_bars, TbComposeOptions *o) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {6, 8}, {2, 4}, {5, 4}, {7, 8}, {12, 8}, {3, 8}, {2, 2}, {9, 8}};
    static const char *const forms[] = {"", "AABA", "ABAC", "A", "aBcD"};
    TbRng rng;
    tb_rng_seed(&rng, seed);
    tb_compose_defaults(o);
    o->seed = seed;
    o->bars = 1 + compose_pick(&rng, most_bars);
    const int metre = compose_pick(&rng, 3) ? compose_pick(&rng, 3) : compose_pick(&rng, 10);
    o->numerator = metres[metre][0];
    o->denominator = metres[metre][1];
    o->tempo = compose_pick(&rng, 2) ? 0 : 20 + compose_pick(&rng, 381);
    o->tonic = compose_pick(&rng, 13) - 1;
    o->minor = compose_pick(&rng, 2);
    int styles = 0;
    while (*tb_compose_style_name(styles))
        styles++;
    o->style = compose_pick(&rng, styles);
    o->density = compose_pick(&rng, 3) ? 0 : compose_pick(&rng, 5) - 2;
    o->swing = compose_pick(&rng, 3) || o->denominator > 4 ? 0 : 50 + compose_pick(&rng, 26);
    o->temperature = compose_pick(&rng, 3) ? 1 : 0.5 * compose_pick(&rng, 5);
    if (compose_pick(&rng, 3) == 0)
        o->parts = (1 + (unsigned)compose_pick(&rng, 15)) << TB_ROLE_MELODY;
    if (compose_pick(&rng, 3) == 0) {
        o->form = forms[compose_pick(&rng, 5)];
        o->bars = (o->bars + 3) / 4 * 4;
    }
    o->loop = compose_pick(&rng, 4) == 0;
}

/* NULL, or what is wrong with a score that should be valid, tidy, of so many bars, and have these parts. */
static inline const char *compose_fault(const TbScore *s, int bars, unsigned parts) {
    TbBars lines;
    TbScore tidy;
    TbScoreTidied counts;
    unsigned has = 0;
    if (tb_bars_new(s, s->end, &lines) || tb_score_copy(s, &tidy))
        abort();
    const bool whole = lines.n_bars == (size_t)bars && lines.line[lines.n_bars] == s->end;
    tb_bars_free(&lines);
    tb_score_tidy(&tidy, &counts);
    tb_score_free(&tidy);
    if (!whole)
        return "does not end with its bars";
    if (counts.removed || counts.shortened || counts.lengthened)
        return "has overlapping or empty notes";
    for (size_t i = 0; i < s->n_notes; i++) {
        const TbScoreNote *n = &s->notes[i];
        if (n->onset < 0 || n->duration < 1 || n->onset + n->duration > s->end)
            return "has a note outside its bars";
        if (n->pitch > 127 || n->velocity < 1 || n->velocity > 127 || n->part >= s->n_parts)
            return "has an invalid note";
        if (i && n->onset < n[-1].onset)
            return "is out of order";
    }
    TbRole *role = calloc(s->n_parts + 1, sizeof *role);
    if (!role || tb_score_roles(s, role))
        abort();
    for (size_t i = 0; i < s->n_parts; i++)
        has |= 1u << (s->parts[i].channel == TB_SCORE_DRUM_CHANNEL ? TB_ROLE_DRUMS
                      : strcmp(s->parts[i].name, "Bass") == 0      ? TB_ROLE_BASS
                      : strcmp(s->parts[i].name, "Chords") == 0    ? TB_ROLE_CHORDS
                      : strcmp(s->parts[i].name, "Melody") == 0    ? TB_ROLE_MELODY
                                                                   : role[i]);
    free(role);
    return has == parts ? NULL : "has other parts";
}

/* Whether `s` begins with the notes of a primer, tick by tick, up to a tick, and has no others there in these roles. */
static inline bool compose_begins_with(const TbScore *s, const TbScore *primer) {
    size_t found = 0;
    for (size_t i = 0; i < primer->n_notes; i++)
        for (size_t k = 0; k < s->n_notes; k++) {
            const TbScoreNote *a = &primer->notes[i], *b = &s->notes[k];
            if (a->onset == b->onset && a->duration == b->duration && a->pitch == b->pitch &&
                a->velocity == b->velocity && primer->parts[a->part].channel == s->parts[b->part].channel) {
                found++;
                break;
            }
        }
    return found == primer->n_notes;
}

/* Whether two scores are the same file. */
static inline bool compose_same(const TbScore *a, const TbScore *b) {
    void *x, *y;
    size_t n, m;
    if (tb_score_print(a, &x, &n) || tb_score_print(b, &y, &m))
        abort();
    const bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

#endif
