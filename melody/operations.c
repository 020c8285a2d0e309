/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws, continuations, new bars and variations: each gives the composer bars and says which of them are kept, which
 * return, and which are new. */
#include "base/no_memory.h"
#include "melody/check.h"
#include "melody/compose.h"
#include "melody/harmony.h"
#include "melody/line.h"
#include "melody/phrases.h"

#include <ctype.h>
#include <stdlib.h>

enum { SEED_OF_FORM = 0x466F726D, SEED_OF_VARIATION = 0x56617279, SEED_OF_PHRASES = 0x50687261 };

static void set_lines(TbMelody *m, int32_t first) {
    const int32_t bar = m->numerator * 4 * TB_GRID_MELODY / m->denominator;
    for (int32_t b = first; b < m->n_bars; b++)
        m->line[b + 1] = m->line[b] + bar;
}

static TbStatus check_bars(int bars) {
    return bars >= 1 && bars <= 1024 ? TB_OK : tb_fail(TB_ERR_ARGUMENT, "Melodies have 1 to 1024 bars, not %d.", bars);
}

/* ---- draws ---- */

/* The lags of phrases with these letters, of which the last may be shorter. */
static TbStatus read_form(const char *form, int bars, uint8_t *lag) {
    const int n = (int)strlen(form), length = n ? (bars + n - 1) / n : 0;
    for (int i = 0; i < n; i++)
        if (!isalpha((unsigned char)form[i]))
            return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is not a form; give letters, such as AABA.", form);
    if (n && (n - 1) * length >= bars)
        return tb_fail(TB_ERR_ARGUMENT,
                       "%d bars cannot be divided into the %d phrases of \"%s\"; give fewer letters, or more bars.",
                       bars, n, form);
    memset(lag, 0, (size_t)bars);
    for (int i = 0; i < n; i++)
        for (int k = i - 1; k >= 0; k--)
            if (form[k] == form[i] && (i - k) * length < MELODY_KEPT) {
                const int left = bars - i * length;
                memset(lag + i * length, (i - k) * length, (size_t)(left < length ? left : length));
                break;
            }
    return TB_OK;
}

static TbStatus plan_form(const TbMelodyModel *model, const TbMelodyOptions *o, uint8_t *lag) {
    TbRng rng;
    if (o->form)
        return read_form(o->form, o->bars, lag);
    tb_rng_seed(&rng, o->seed ^ SEED_OF_FORM);
    tbi_melody_draw_lags(model->facts.lags, (size_t)o->bars, &rng, lag);
    return TB_OK;
}

/* Writes a melody whose phrases are like those of one that the model was learned from. */
static TbStatus compose_like_one(const TbMelodyModel *model, const TbMelodyOptions *o, const TbMelody *given,
                                 const uint8_t *lag, TbMelody *out) {
    const size_t n = tbi_melody_phrases(given->n_bars);
    TbRng rng;
    float *z = malloc(n * MELODY_LATENT * sizeof *z);
    if (!z)
        return tbi_no_memory("for the phrases of a melody");
    tb_rng_seed(&rng, o->seed ^ SEED_OF_PHRASES);
    tbi_melody_draw_phrases(model, given->numerator, given->denominator, n, &rng, z);
    const MelodyGuide guide = {.z = z};
    TbStatus status = tbi_melody_compose(model, o, &guide, given, lag, out);
    free(z);
    return status;
}

TbStatus tb_melody_draw(const TbMelodyModel *model, const TbMelodyOptions *options, TbMelody *out) {
    TbMelodyOptions o;
    TbMelody given = {0};
    uint8_t lag[TB_MELODY_BARS] = {0};
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_read_options(options, &o);
    status = status ? status : check_bars(o.bars);
    if (status)
        return status;
    if (!tb_melody_metre_is_possible(o.numerator, o.denominator) || o.tonic < 0 || o.tonic > 11)
        return tb_fail(TB_ERR_ARGUMENT, "A melody in %d/%d on pitch class %d is not possible; bars are up to 4/2 long.",
                       o.numerator, o.denominator, o.tonic);
    status = plan_form(model, &o, lag);
    const size_t n_chords = o.chords ? o.n_chords : (size_t)o.bars;
    status = status ? status : tbi_melody_allocate(&given, (size_t)o.bars, 0, n_chords);
    if (status)
        return status;
    given.numerator = (uint8_t)o.numerator;
    given.denominator = (uint8_t)o.denominator;
    given.key = (TbKey){o.tonic, o.minor, 0};
    given.n_bars = o.bars;
    given.n_chords = n_chords;
    set_lines(&given, 0);
    if (o.chords)
        memcpy(given.chords, o.chords, n_chords * sizeof *given.chords);
    else
        status = tbi_melody_draw_chords(model, &given, lag, o.seed);
    status = status ? status : tbi_melody_check(&given);
    status = status ? status : compose_like_one(model, &o, &given, lag, out);
    tb_melody_free(&given);
    return status;
}

/* ---- what is given ---- */

/* A copy with room for `more` bars in the same metre, all notes and chords, and the given chords after them. */
static TbStatus extend(const TbMelody *m, int more, const TbMelodyChord *chords, size_t n_chords, TbMelody *copy) {
    memset(copy, 0, sizeof *copy);
    TbStatus status = tbi_melody_allocate(copy, (size_t)(m->n_bars + more), m->n_notes, m->n_chords + n_chords);
    if (status)
        return status;
    copy->numerator = m->numerator;
    copy->denominator = m->denominator;
    copy->key = m->key;
    copy->n_bars = m->n_bars + more;
    copy->n_notes = m->n_notes;
    copy->n_chords = m->n_chords;
    memcpy(copy->line, m->line, ((size_t)m->n_bars + 1) * sizeof *m->line);
    set_lines(copy, m->n_bars);
    if (m->n_notes)
        memcpy(copy->notes, m->notes, m->n_notes * sizeof *m->notes);
    if (m->n_chords)
        memcpy(copy->chords, m->chords, m->n_chords * sizeof *m->chords);
    for (size_t i = 0; i < n_chords; i++)
        copy->chords[copy->n_chords++] = (TbMelodyChord){m->line[m->n_bars] + chords[i].step, chords[i].chord};
    return TB_OK;
}

TbStatus tb_melody_continue(const TbMelodyModel *model, const TbMelody *primer, const TbMelodyOptions *options,
                            TbMelody *out) {
    TbMelodyOptions o;
    TbMelody given;
    uint8_t lag[TB_MELODY_BARS] = {0};
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_read_options(options, &o);
    status = status ? status : tbi_melody_check(primer);
    status = status ? status : check_bars(o.bars);
    if (status)
        return status;
    if (primer->n_bars + o.bars > TB_MELODY_BARS)
        return tb_fail(TB_ERR_ARGUMENT, "%d bars after %d are too many; ask for fewer, up to %d in all.", o.bars,
                       (int)primer->n_bars, TB_MELODY_BARS);
    memset(lag, MELODY_KEPT, (size_t)primer->n_bars);
    if (o.form)
        status = read_form(o.form, o.bars, lag + primer->n_bars);
    status = status ? status : extend(primer, o.bars, o.chords, o.chords ? o.n_chords : 0, &given);
    if (status)
        return status;
    status = tbi_melody_check(&given);
    status = status ? status : tbi_melody_compose(model, &o, NULL, &given, lag, out);
    tb_melody_free(&given);
    return status;
}

TbStatus tb_melody_fill(const TbMelodyModel *model, const TbMelody *melody, size_t first, size_t n,
                        const TbMelodyOptions *options, TbMelody *out) {
    TbMelodyOptions o;
    uint8_t lag[TB_MELODY_BARS];
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_read_options(options, &o);
    status = status ? status : tbi_melody_check(melody);
    if (status)
        return status;
    if (first >= (size_t)melody->n_bars || n > (size_t)melody->n_bars - first)
        return tb_fail(TB_ERR_ARGUMENT, "Bars %zu to %zu are not all in this melody of %d bars.", first + 1, first + n,
                       (int)melody->n_bars);
    memset(lag, MELODY_KEPT, sizeof lag);
    memset(lag + first, 0, n);
    return tbi_melody_compose(model, &o, NULL, melody, lag, out);
}

/* The less is to change, the nearer are new bars to what they replace: their notes, and the phrases they are in. */
static TbStatus compose_varied(const TbMelodyModel *model, const TbMelody *melody, double amount,
                               const TbMelodyOptions *o, const uint8_t *lag, TbRng *rng, TbMelody *out) {
    static const double PULL = 4;
    const size_t n = tbi_melody_phrases(melody->n_bars);
    float *z = calloc(2 * n * MELODY_LATENT, sizeof *z);
    if (!z)
        return tbi_no_memory("for the phrases of a melody");
    float *drawn = z + n * MELODY_LATENT;
    TbStatus status = tbi_melody_phrases_of(model, melody, z);
    if (status == TB_OK) {
        tbi_melody_draw_phrases(model, melody->numerator, melody->denominator, n, rng, drawn);
        tbi_melody_mix_phrases(z, drawn, n, amount, z);
        const MelodyGuide guide = {z, {melody}, {(float)(PULL * (1 - amount))}};
        status = tbi_melody_compose(model, o, &guide, melody, lag, out);
    }
    free(z);
    return status;
}

TbStatus tb_melody_vary(const TbMelodyModel *model, const TbMelody *melody, double amount,
                        const TbMelodyOptions *options, TbMelody *out) {
    TbMelodyOptions o;
    uint8_t lag[TB_MELODY_BARS];
    TbRng rng;
    memset(out, 0, sizeof *out);
    TbStatus status = tbi_melody_read_options(options, &o);
    status = status ? status : tbi_melody_check(melody);
    if (status)
        return status;
    if (!(amount >= 0 && amount <= 1))
        return tb_fail(TB_ERR_ARGUMENT, "The amount of a variation is 0 to 1, not %g.", amount);
    tbi_melody_find_lags(melody, lag);
    tb_rng_seed(&rng, o.seed ^ SEED_OF_VARIATION);
    for (int32_t bar = 0; bar < melody->n_bars; bar++) { /* a return of a bar that is kept is kept as well */
        const bool renew = (double)tb_rng_uniform(&rng) < amount;
        if (lag[bar] ? lag[bar - lag[bar]] == MELODY_KEPT : !renew)
            lag[bar] = MELODY_KEPT;
    }
    return compose_varied(model, melody, amount, &o, lag, &rng, out);
}
