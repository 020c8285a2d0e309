/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compose/options.h"
#include "base/options.h"

#include <ctype.h>

static TbStatus check_numbers(const TbComposeOptions *o) {
    if (o->bars < 1 || o->bars > TB_COMPOSE_BARS)
        return tb_fail(TB_ERR_ARGUMENT, "A track has 1 to %d bars, not %d.", TB_COMPOSE_BARS, o->bars);
    if (o->tempo != 0 && !(o->tempo >= TB_SLOWEST && o->tempo <= TB_FASTEST))
        return tb_fail(TB_ERR_ARGUMENT, "The tempo is %d to %d quarter notes a minute, not %g.", TB_SLOWEST, TB_FASTEST,
                       o->tempo);
    if (o->tonic < -1 || o->tonic > 11)
        return tb_fail(TB_ERR_ARGUMENT, "A key has a tonic of 0 (C) to 11 (B), not %d.", o->tonic);
    if (!(o->density >= -2 && o->density <= 2))
        return tb_fail(TB_ERR_ARGUMENT, "The density is -2 to 2, not %g.", o->density);
    if (o->swing != 0 && !(o->swing >= 50 && o->swing <= 75))
        return tb_fail(TB_ERR_ARGUMENT, "The swing is 50 (straight) to 75 percent, not %g.", o->swing);
    if (!(o->temperature >= 0 && o->temperature <= 2))
        return tb_fail(TB_ERR_ARGUMENT, "The temperature is 0 to 2, not %g.", o->temperature);
    if (!*tb_compose_style_name(o->style))
        return tb_fail(TB_ERR_ARGUMENT, "There is no style number %d.", o->style);
    if (o->parts == 0 || (o->parts & ~TB_COMPOSE_ALL_PARTS))
        return tb_fail(TB_ERR_ARGUMENT,
                       "The parts of a track are drums, bass, chords and melody; ask for one or more.");
    return TB_OK;
}

static TbStatus check_given(const TbComposeOptions *o) {
    if (o->primer && o->locked)
        return tb_fail(TB_ERR_ARGUMENT,
                       "A track can begin with a primer or have locked parts, not both; leave one out.");
    if (o->locked && !o->locked_parts)
        return tb_fail(TB_ERR_ARGUMENT, "A score is given to lock parts of it, but not which; say which parts.");
    if (!o->primer && (o->continues || o->without_primer))
        return tb_fail(TB_ERR_ARGUMENT, "There is no primer that could be continued or left out; give one.");
    return TB_OK;
}

static TbStatus check_form(const TbComposeOptions *o, int n_bars) {
    if (!o->form || !*o->form)
        return TB_OK;
    const size_t n = strlen(o->form);
    for (size_t i = 0; i < n; i++)
        if (!isalpha((unsigned char)o->form[i]))
            return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is not a form; give letters, such as AABA.", o->form);
    const size_t bars = (size_t)n_bars, phrase = (bars + n - 1) / n;
    if (n > TB_COMPOSE_PHRASES || (n - 1) * phrase >= bars)
        return tb_fail(TB_ERR_ARGUMENT,
                       "%d bars cannot be divided into the %zu phrases of \"%s\"; give fewer letters%s.", n_bars, n,
                       o->form, o->locked ? "" : ", or more bars");
    return TB_OK;
}

static TbStatus check_metre(const TbComposeOptions *o, int n, int k) {
    if (n < 1 || n > 255 || k < 1 || k > 64 || (k & (k - 1)))
        return tb_fail(TB_ERR_ARGUMENT, "%d/%d is not a metre; give one such as 4/4, 3/4 or 6/8.", n, k);
    if (!tb_melody_metre_is_possible(n, k))
        return tb_fail(TB_ERR_UNSUPPORTED, "Melodies and chords cannot be written in %d/%d; give a metre of up to 4/2.",
                       n, k);
    if ((o->parts >> TB_ROLE_DRUMS & 1) && !tb_rhythm_metre_is_possible(n, k))
        return tb_fail(
            TB_ERR_UNSUPPORTED,
            "Drums cannot be written in %d/%d, only in bars of 1 to %d whole sixteenths; leave the drums out.", n, k,
            TB_RHYTHM_BAR_STEPS);
    if (o->swing > 50 && k > 4)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "%d/%d has no swing, only metres of quarter or longer beats have; leave the swing out.", n, k);
    return TB_OK;
}

static TbStatus check_models(const TbMusicModels *m, const TbComposeOptions *o) {
    const unsigned accompaniment = TB_COMPOSE_PART(TB_ROLE_BASS) | TB_COMPOSE_PART(TB_ROLE_CHORDS);
    const char *missing = NULL;
    if ((o->parts & accompaniment) && !m->piece)
        missing = "pieces, which writes bass and chords";
    if ((o->parts >> TB_ROLE_DRUMS & 1) && !m->rhythm)
        missing = "rhythms";
    if ((o->parts & ~TB_COMPOSE_PART(TB_ROLE_DRUMS)) && !m->melody)
        missing = "melodies";
    if (missing)
        return tb_fail(TB_ERR_UNSUPPORTED, "This needs a network of %s, which the file of models does not have.",
                       missing);
    return TB_OK;
}

TbStatus tbi_compose_read_options(const TbMusicModels *models, const TbComposeOptions *options, TbComposeOptions *o) {
    TbStatus status = tbi_options_read(options, o, sizeof *o);
    status = status ? status : check_numbers(o);
    status = status ? status : check_given(o);
    return status ? status : check_models(models, o);
}

TbStatus tbi_compose_check_plan(const TbComposeOptions *o, int bars, int numerator, int denominator) {
    TbStatus status = check_form(o, bars);
    return status ? status : check_metre(o, numerator, denominator);
}
