/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/jam_values.h"
#include "app/compose_values.h"
#include "app/files.h"
#include "app/orchestra.h"
#include "app/output.h"
#include "app/take.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL "melody" /* what generates from the start */

TbStatus jam_values_check(const JamValues *v) {
    const bool offline = isfinite(v->offline);
    TbStatus status = TB_OK;
    if (offline && !v->record && !v->output)
        return tb_fail(TB_ERR_ARGUMENT, "--offline plays into files; name them with --record and --output.");
    if (offline && v->device)
        return tb_fail(TB_ERR_ARGUMENT, "--offline plays on no device; leave --device out.");
    if (offline && v->osc)
        return tb_fail(TB_ERR_ARGUMENT, "--offline cannot be played; leave --osc out.");
    if (v->listen && !v->osc)
        return tb_fail(TB_ERR_ARGUMENT, "--listen goes with --osc.");
    if (offline && !(v->offline > 0))
        return tb_fail(TB_ERR_ARGUMENT, "--offline wants a time of more than 0 seconds.");
    if (isfinite(v->rate) && v->rate != floor(v->rate))
        return tb_fail(TB_ERR_ARGUMENT, "--rate wants whole Hz, not %g.", v->rate);
    if (v->output) {
        status = output_ending_check(v->output, ".mid", "MIDI files");
        status = status ? status : output_place_check(v->output);
        if (status == TB_OK && path_kind(v->output) != PATH_ABSENT)
            status = tb_fail(TB_ERR_ARGUMENT,
                             "\"%s\" exists already, and the notes of a jam are never overwritten; name another file.",
                             v->output);
    }
    status = status ? status : take_check(v->record, v->bits);
    return status ? status : orchestra_check(&v->sounds);
}

/* The role whose name text[n] is; -1: none. */
static int role_of(const char *text, size_t n) {
    for (int role = TB_ROLE_OTHER; role <= TB_ROLE_DRUMS; role++)
        if (strlen(tb_role_name((TbRole)role)) == n && strncmp(text, tb_role_name((TbRole)role), n) == 0)
            return role;
    return -1;
}

static TbStatus not_parts(const char *text) {
    return tb_fail(TB_ERR_ARGUMENT,
                   "--parts wants up to %d parts (drums, bass, chords, melody, other) with the bars of their loops (1, "
                   "2, 4, 8), such as drums:2,bass:4, not \"%s\".",
                   TB_JAM_PARTS, text);
}

static TbStatus read_parts(const char *text, TbJamOptions *o) {
    o->n_parts = 0;
    for (const char *at = text;; at++) {
        const size_t name = strcspn(at, ":,"), n = strcspn(at, ",");
        const int role = role_of(at, name);
        char *end = NULL;
        const long bars = name < n ? strtol(at + name + 1, &end, 10) : 4;
        if (role < 0 || (name < n && end != at + n) || (bars != 1 && bars != 2 && bars != 4 && bars != 8) ||
            o->n_parts == TB_JAM_PARTS)
            return not_parts(text);
        o->part[o->n_parts++] = (TbJamPart){(TbRole)role, (int)bars, TB_JAM_LOOP};
        at += n;
        if (*at == 0)
            return TB_OK;
    }
}

/* given: by the user, and not the usual one. */
static TbStatus read_generate(const char *text, bool given, TbJamOptions *o) {
    if (strcmp(text, "none") == 0)
        return TB_OK;
    for (const char *at = text;; at++) {
        const size_t n = strcspn(at, ",");
        const int role = role_of(at, n);
        if (role < 0)
            return tb_fail(TB_ERR_ARGUMENT,
                           "--generate wants parts with commas between them (drums, bass, chords, melody, other), or "
                           "none, not \"%s\".",
                           text);
        bool found = false;
        for (int i = 0; i < o->n_parts; i++)
            if ((int)o->part[i].role == role) {
                o->part[i].mode = TB_JAM_GENERATE;
                found = true;
            }
        if (!found && given)
            return tb_fail(TB_ERR_ARGUMENT,
                           "--generate names %s, which --parts does not; leave it out, or add the part.",
                           tb_role_name((TbRole)role));
        at += n;
        if (*at == 0)
            return TB_OK;
    }
}

TbStatus jam_values_read(const JamValues *v, TbJamOptions *o) {
    TbComposeOptions words;
    TbStatus status = TB_OK;
    tb_compose_defaults(&words);
    if (v->key && !compose_parse_key(v->key, &words))
        return tb_fail(TB_ERR_ARGUMENT, "--key wants a key such as \"D minor\", \"F# major\" or Bb, not \"%s\".",
                       v->key);
    if (v->metre && !compose_parse_metre(v->metre, &words))
        return tb_fail(TB_ERR_ARGUMENT, "--metre wants a metre such as 4/4, 3/4 or 6/8, not \"%s\".", v->metre);
    if (v->style)
        status = compose_find_style(v->style, &words.style);
    tb_jam_defaults(o);
    o->seed = (uint64_t)v->seed;
    o->tempo = isfinite(v->tempo) ? v->tempo : 0;
    o->swing = isfinite(v->swing) ? v->swing : 0;
    o->intensity = v->intensity;
    o->temperature = v->temperature;
    o->tonic = words.tonic;
    o->minor = words.minor;
    o->numerator = words.numerator;
    o->denominator = words.denominator;
    o->style = words.style;
    o->chords = v->chords;
    status = status ? status : read_parts(v->parts, o);
    return status ? status : read_generate(v->generate ? v->generate : USUAL, v->generate != NULL, o);
}
