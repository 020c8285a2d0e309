/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/compose_values.h"
#include "app/files.h"
#include "app/orchestra.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RATE = 48000, BITS_24 = 1 /* of 16|24|32f */ };

/* ---- words ---- */

/* "D minor", "F# major", "Bbm", "C". */
bool compose_parse_key(const char *text, TbComposeOptions *o) {
    static const int pitch_of[] = {9, 11, 0, 2, 4, 5, 7}; /* A .. G */
    static const char *const minors[] = {"m", "min", "minor"}, *const majors[] = {"", "maj", "major"};
    int letter = toupper((unsigned char)*text);
    if (letter < 'A' || letter > 'G')
        return false;
    o->tonic = pitch_of[letter - 'A'];
    text++;
    if (*text == '#' || *text == 'b')
        o->tonic = (o->tonic + (*text++ == '#' ? 1 : 11)) % 12;
    text += strspn(text, " -_");
    for (int i = 0; i < 3; i++) {
        o->minor = strcasecmp(text, minors[i]) == 0;
        if (o->minor || strcasecmp(text, majors[i]) == 0)
            return true;
    }
    return false;
}

bool compose_parse_metre(const char *text, TbComposeOptions *o) {
    int n = 0;
    bool read = strspn(text, "0123456789/") == strlen(text) &&
                sscanf(text, "%2d/%2d%n", &o->numerator, &o->denominator, &n) == 2 && text[n] == 0;
    int d = o->denominator;
    return read && o->numerator > 0 && d > 0 && d <= 64 && (d & (d - 1)) == 0;
}

static const char *style_name(size_t i, const void *unused) {
    (void)unused;
    return tb_compose_style_name((int)i);
}

TbStatus compose_find_style(const char *name, int *style) {
    char names[600] = "";
    size_t n = 0, at = 0;
    *style = tb_compose_style_find(name);
    if (*style >= 0)
        return TB_OK;
    for (; *tb_compose_style_name((int)n); n++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", n ? ", " : "", tb_compose_style_name((int)n));
    const char *close = options_closest(name, style_name, NULL, n);
    return close ? tb_fail(TB_ERR_ARGUMENT, "There is no style \"%s\"; did you mean \"%s\"?", name, close)
                 : tb_fail(TB_ERR_ARGUMENT, "There is no style \"%s\"; the styles are %s.", name, names);
}

/* Names of roles with commas between, as bits. */
static TbStatus parse_parts(const char *option, const char *text, unsigned *parts) {
    *parts = 0;
    for (const char *at = text;; at++) {
        size_t n = strcspn(at, ",");
        int role = TB_ROLE_DRUMS;
        while (role > TB_ROLE_OTHER &&
               (strlen(tb_role_name((TbRole)role)) != n || strncmp(at, tb_role_name((TbRole)role), n) != 0))
            role--;
        if (role == TB_ROLE_OTHER)
            return tb_fail(TB_ERR_ARGUMENT,
                           "%s wants parts with commas between them (drums, bass, chords, melody), not \"%s\".", option,
                           text);
        *parts |= TB_COMPOSE_PART(role);
        at += n;
        if (*at == 0)
            return TB_OK;
    }
}

static TbStatus read_words(const ComposeValues *v, TbComposeOptions *o) {
    static const TbRole only[] = {TB_ROLE_OTHER,  TB_ROLE_DRUMS,  TB_ROLE_BASS,
                                  TB_ROLE_CHORDS, TB_ROLE_MELODY, TB_ROLE_DRUMS};
    TbStatus status = TB_OK;
    if (v->key && !compose_parse_key(v->key, o))
        return tb_fail(TB_ERR_ARGUMENT, "--key wants a key such as \"D minor\", \"F# major\" or Bb, not \"%s\".",
                       v->key);
    if (v->metre && !compose_parse_metre(v->metre, o))
        return tb_fail(TB_ERR_ARGUMENT, "--metre wants a metre such as 4/4, 3/4 or 6/8, not \"%s\".", v->metre);
    if (v->only && v->parts)
        return tb_fail(TB_ERR_ARGUMENT, "--only and --parts both say which parts to write; give one of them.");
    if (v->style)
        status = compose_find_style(v->style, &o->style);
    if (status == TB_OK && v->parts)
        status = parse_parts("--parts", v->parts, &o->parts);
    if (v->only)
        o->parts = TB_COMPOSE_PART(only[v->only]);
    if (status == TB_OK && v->lock)
        status = parse_parts("--lock", v->lock, &o->locked_parts);
    return status;
}

/* ---- what is to be done ---- */

static TbStatus find_what(const ComposeValues *v, const char *operand, ComposeRequest *r) {
    const struct {
        const char *option, *file;
        ComposeWhat what;
    } ways[] = {{"--primer", v->primer, COMPOSE_NEW},
                {"--continue", v->continued, COMPOSE_CONTINUE},
                {"--interpolate", v->interpolate, COMPOSE_INTERPOLATE},
                {"--vary", v->vary, COMPOSE_VARY},
                {"--humanise", v->humanise, COMPOSE_HUMANISE},
                {"--harmonise", v->harmonise, COMPOSE_HARMONISE},
                {"--lock", v->lock && !v->vary ? operand : NULL, COMPOSE_LOCKED}};
    const char *chosen = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (!ways[i].file)
            continue;
        if (chosen)
            return tb_fail(TB_ERR_ARGUMENT, "%s and %s are two different tasks; give one of them.", chosen,
                           ways[i].option);
        chosen = ways[i].option;
        r->what = ways[i].what;
        r->file[0] = ways[i].file;
    }
    if (r->what == COMPOSE_INTERPOLATE)
        r->file[1] = operand;
    if (v->lock && r->what != COMPOSE_LOCKED && r->what != COMPOSE_VARY)
        return operand || chosen
                   ? tb_fail(TB_ERR_ARGUMENT, "--lock goes with a file or with --vary; leave it out here.")
                   : tb_fail(TB_ERR_ARGUMENT, "--lock wants a file that has the parts, such as --lock %s song.mid.",
                             v->lock);
    if (r->what == COMPOSE_INTERPOLATE && !operand)
        return tb_fail(TB_ERR_ARGUMENT, "--interpolate wants two files, such as --interpolate a.mid b.mid.");
    if (operand && r->what != COMPOSE_INTERPOLATE && r->what != COMPOSE_LOCKED)
        return tb_fail(
            TB_ERR_ARGUMENT,
            "Say what to do with \"%s\", once: --primer FILE, --continue FILE, --vary FILE, --humanise FILE, "
            "--harmonise FILE, --lock PART FILE or --interpolate FILE FILE.",
            operand);
    if (v->without_primer && !v->primer && !v->continued)
        return tb_fail(TB_ERR_ARGUMENT, "--without-primer goes with --primer or --continue.");
    return TB_OK;
}

/* Options that a given score decides are refused, not ignored. */
static TbStatus check_given(const ComposeValues *v, const ComposeRequest *r) {
    const bool varies = r->what >= COMPOSE_INTERPOLATE, length = varies || r->what == COMPOSE_LOCKED;
    const bool keeps_notes = r->what == COMPOSE_HUMANISE || r->what == COMPOSE_INTERPOLATE;
    const bool keeps_parts = varies && r->what != COMPOSE_HARMONISE;
    const struct {
        const char *option;
        bool given, decided;
    } checks[] = {{"--bars", v->bars > 0, length},
                  {"--tempo", isfinite(v->tempo), r->file[0] != NULL},
                  {"--metre", v->metre != NULL, r->file[0] != NULL},
                  {"--key", v->key != NULL, varies},
                  {"--form", v->form != NULL, varies},
                  {"--swing", isfinite(v->swing), varies},
                  {"--loop", v->loop, varies},
                  {"--density", isfinite(v->density), keeps_notes},
                  {"--temperature", isfinite(v->temperature), keeps_notes},
                  {"--parts", v->parts != NULL, keeps_parts},
                  {"--only", v->only > 0, keeps_parts},
                  {"--allow-copies", v->allow_copies, varies}};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i].given && checks[i].decided)
            return tb_fail(TB_ERR_ARGUMENT, "%s cannot be chosen here: \"%s\" decides it; leave the option out.",
                           checks[i].option, r->file[0]);
    if (isfinite(v->amount) && r->what != COMPOSE_VARY && r->what != COMPOSE_HUMANISE)
        return tb_fail(TB_ERR_ARGUMENT, "--amount goes with --vary or --humanise.");
    if (v->steps && r->what != COMPOSE_INTERPOLATE)
        return tb_fail(TB_ERR_ARGUMENT, "--steps goes with --interpolate.");
    if (r->what == COMPOSE_HARMONISE && (v->parts || v->only) &&
        !(r->options.parts & (TB_COMPOSE_PART(TB_ROLE_BASS) | TB_COMPOSE_PART(TB_ROLE_CHORDS))))
        return tb_fail(TB_ERR_ARGUMENT, "--harmonise writes chords and bass; ask for one of these parts, or for none.");
    return TB_OK;
}

/* ---- where it goes ---- */

static TbStatus check_output(const ComposeValues *v, ComposeRequest *r) {
    const char *ending = strrchr(path_base(v->output.path), '.');
    if (strcmp(v->output.path, "-") == 0)
        return tb_fail(TB_ERR_ARGUMENT, "A track has a MIDI file beside it, so that it cannot be written to standard "
                                        "output; name a file, such as track.wav.");
    r->sound = !ending || (strcasecmp(ending, ".mid") != 0 && strcasecmp(ending, ".midi") != 0);
    const char *for_sound = v->stems                   ? "stems"
                            : v->sounds.n > 0          ? "sound"
                            : isfinite(v->output.rate) ? "rate"
                            : v->output.bits >= 0      ? "bits"
                                                       : NULL;
    if (!r->sound && for_sound)
        return tb_fail(TB_ERR_ARGUMENT, "--%s is for sound, but \"%s\" is a MIDI file; name a .wav or .flac file.",
                       for_sound, v->output.path);
    r->output = v->output;
    r->output.rate = isfinite(v->output.rate) ? v->output.rate : RATE;
    r->output.bits = v->output.bits >= 0 ? v->output.bits : BITS_24;
    TbStatus status = r->sound ? output_check(&r->output) : output_place_check(v->output.path);
    if (status == TB_OK)
        status = orchestra_check(&v->sounds);
    if (status == TB_OK && v->stems)
        status = output_folder_check("--stems", v->stems);
    if (status == TB_OK && v->picture)
        status = picture_place_check(v->picture);
    return status;
}

TbStatus compose_request(const ComposeValues *v, const char *operand, ComposeRequest *r) {
    *r = (ComposeRequest){.values = v};
    TbComposeOptions *o = &r->options;
    tb_compose_defaults(o);
    TbStatus status = read_words(v, o);
    if (status == TB_OK)
        status = find_what(v, operand, r);
    if (status == TB_OK)
        status = check_given(v, r);
    if (status == TB_OK)
        status = check_output(v, r);
    o->seed = (uint64_t)v->seed;
    o->bars = v->bars > 0 ? v->bars : o->bars;
    o->tempo = isfinite(v->tempo) ? v->tempo : 0;
    o->swing = isfinite(v->swing) ? v->swing : 0;
    o->density = isfinite(v->density) ? v->density : 0;
    o->temperature = isfinite(v->temperature) ? v->temperature : 1;
    o->form = v->form;
    o->loop = v->loop;
    return status;
}
