/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a track will be, before any note: key, tempo, phrases and their letters. */
#include "compose/draft.h"

#include <ctype.h>
#include <math.h>

enum { LONG_PIECE = 32 /* bars, from which on phrases may have 8 */, SECTION = 4 /* phrases */ };

static const double PI = 3.14159265358979323846;

static int pick(TbRng *rng, int n) {
    return (int)(tb_rng_uniform(rng) * (float)n);
}

/* The letters of n phrases: sections of four, of which the first and the last have the same material. */
static void draw_letters(int n, TbRng *rng, uint8_t *letter) {
    static const uint8_t sections[][SECTION] = {{0, 0, 1, 0}, {0, 1, 0, 1}, {0, 1, 0, 2}, {0, 0, 1, 1}, {0, 0, 1, 2}};
    static const uint8_t two[][2] = {{0, 0}, {0, 1}}, three[][3] = {{0, 0, 1}, {0, 1, 0}};
    const int k = pick(rng, 2);
    if (n < SECTION) {
        for (int i = 0; i < n; i++)
            letter[i] = n == 3 ? three[k][i] : n == 2 ? two[k][i] : 0;
        return;
    }
    const uint8_t *home = sections[pick(rng, 4)];
    for (int i = 0, others = 0; i < n; i += SECTION) {
        const bool at_home = i == 0 || i + SECTION >= n || pick(rng, 2) == 0;
        const uint8_t *section = at_home ? home : sections[pick(rng, 4)];
        const int base = at_home ? 0 : 3 + 3 * (others++ % 2);
        for (int m = 0; m < SECTION && i + m < n; m++)
            letter[i + m] = (uint8_t)(base + section[m]);
    }
}

static void read_letters(const char *form, uint8_t *letter) {
    for (size_t i = 0; form[i]; i++)
        letter[i] = (uint8_t)(isupper((unsigned char)form[i]) ? form[i] - 'A' : 26 + form[i] - 'a');
}

static void plan_form(Draft *d, TbRng *rng) {
    const int bars = d->bars - d->first, eight = (bars + 7) / 8;
    const bool is_given = d->o.form && *d->o.form;
    int n = (bars + 3) / 4;
    d->returns = !d->o.form || is_given;
    memset(d->letter, 0, sizeof d->letter);
    if (is_given)
        n = (int)strlen(d->o.form);
    else if (bars >= LONG_PIECE && (bars + eight - 1) / eight == 8 && pick(rng, 2) == 0)
        n = eight;
    else if (bars >= 4 && bars <= 8 && bars % 2 == 0 && pick(rng, 2) == 0)
        n = bars / 2;
    if (is_given)
        read_letters(d->o.form, d->letter);
    else if (d->returns)
        draw_letters(n, rng, d->letter);
    d->n_phrases = n;
    d->phrase = (bars + n - 1) / n;
}

void tbi_draft_plan(Draft *d) {
    TbRng rng;
    tb_rng_seed(&rng, tbi_draft_seed(d, STAGE_PLAN));
    const bool minor = (double)tb_rng_uniform(&rng) < d->style->minor;
    const int tonic = pick(&rng, 12);
    const double tempo = d->style->slow + (double)tb_rng_uniform(&rng) * (d->style->fast - d->style->slow);
    if (d->key.tonic < 0)
        d->key = (TbKey){tonic, d->o.minor || minor, 0};
    if (!(d->tempo > 0))
        d->tempo = round(tempo);
    plan_form(d, &rng);
}

bool tbi_draft_closes(const Draft *d, int phrase) {
    if (phrase + 1 == d->n_phrases)
        return !d->o.loop;
    return d->returns && d->letter[phrase] != d->letter[phrase + 1] && d->letter[phrase] == d->letter[0];
}

double tbi_draft_level(const Draft *d, double bar) {
    static const double sections[] = {0, 6, 3, 4, 8, 5};
    const int phrase = ((int)bar - d->first) / d->phrase;
    if (bar < d->first || phrase >= d->n_phrases)
        return 0;
    const double place =
        (bar - tbi_phrase_first(d, phrase)) / (tbi_phrase_end(d, phrase) - tbi_phrase_first(d, phrase));
    const bool last = phrase + 1 == d->n_phrases && phrase > 0;
    return sections[d->letter[phrase] % 6] + 6 * sin(PI * place) - 3 + (last ? 4 : 0);
}

void tbi_draft_form(const Draft *d, char form[TB_COMPOSE_PHRASES + 1]) {
    for (int i = 0; i < d->n_phrases; i++)
        form[i] = (char)(d->letter[i] < 26 ? 'A' + d->letter[i] : 'a' + d->letter[i] - 26);
    form[d->n_phrases] = 0;
}
