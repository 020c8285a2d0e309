/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/orchestra.h"
#include "app/files.h"
#include "app/track_kit.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 128, ROLES = TB_ROLE_DRUMS + 1 };

/* ---- what suits whom ---- */

/* Families of styles; a sound may suit several. */
enum { FOLK = 1, SWING = 2, BEAT = 4, LATIN = 8, ALL = 15 };

static const struct {
    const char *style; /* of timbrel/compose.h; others suit every family */
    unsigned family;
} families[] = {
    {"folk", FOLK},       {"country", FOLK},   {"gospel", FOLK},         {"ballad", FOLK | SWING},
    {"blues", SWING},     {"jazz", SWING},     {"neworleans", SWING},    {"soul", SWING | BEAT},
    {"dance", BEAT},      {"funk", BEAT},      {"hiphop", BEAT},         {"pop", BEAT},
    {"punk", BEAT},       {"rock", BEAT},      {"reggae", LATIN | BEAT}, {"afrobeat", LATIN},
    {"afrocuban", LATIN}, {"highlife", LATIN}, {"latin", LATIN},         {"middleeastern", FOLK},
};

static const struct {
    TbRole role;
    unsigned families;
    const char *sound;
} choices[] = {
    {TB_ROLE_MELODY, FOLK | LATIN, "flute"},
    {TB_ROLE_MELODY, FOLK | SWING | BEAT, "flute,voice@0.4"},
    {TB_ROLE_MELODY, FOLK | SWING, "clarinet"},
    {TB_ROLE_MELODY, FOLK, "violin"},
    {TB_ROLE_MELODY, SWING | LATIN, "trumpet"},
    {TB_ROLE_MELODY, SWING | BEAT, "clarinet,violin@0.35"},
    {TB_ROLE_MELODY, BEAT | LATIN, "preset:Four Winds"},
    {TB_ROLE_MELODY, BEAT, "preset:Razor Lark"},
    {TB_ROLE_MELODY, LATIN | BEAT, "marimba,flute@0.3"},
    {TB_ROLE_CHORDS, ALL, "piano"},
    {TB_ROLE_CHORDS, FOLK | LATIN, "preset:Fireside Guitar"},
    {TB_ROLE_CHORDS, FOLK, "preset:Attic Harmonium"},
    {TB_ROLE_CHORDS, SWING | BEAT, "preset:Electric Biscuit"},
    {TB_ROLE_CHORDS, FOLK | BEAT, "piano,guitar@0.4"},
    {TB_ROLE_CHORDS, BEAT, "preset:Tin Spinet"},
    {TB_ROLE_CHORDS, SWING | LATIN, "preset:Rosewood Stroll"},
    {TB_ROLE_BASS, ALL, "guitar"},
    {TB_ROLE_BASS, FOLK | SWING, "preset:Basement Tuba"},
    {TB_ROLE_BASS, FOLK | SWING, "guitar,seed:37@0.3"},
    {TB_ROLE_BASS, BEAT | LATIN, "preset:Electric Biscuit"},
    {TB_ROLE_BASS, BEAT | LATIN, "piano,seed:37@0.3"},
    {TB_ROLE_OTHER, ALL, "preset:Slow Bow"},
    {TB_ROLE_OTHER, FOLK | LATIN, "preset:Clockwork Koto"},
    {TB_ROLE_OTHER, SWING | BEAT, "preset:Warm Front"},
    {TB_ROLE_OTHER, ALL, "marimba,bell@0.4"},
};

/* For parts of a score that have a program and no role of their own: by its family in General MIDI. */
static const char *const of_program[16] = {
    "piano",
    "bell",
    "preset:Attic Harmonium",
    "guitar",
    "guitar",
    "violin",
    "preset:Slow Bow",
    "trumpet",
    "clarinet",
    "flute",
    "preset:Razor Lark",
    "preset:Warm Front",
    "preset:Snow Globe",
    "preset:Clockwork Koto",
    "marimba",
    "wind",
};

static unsigned family_of(const char *style) {
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].style, style) == 0)
            return families[i].family;
    return ALL;
}

static const char *choose(TbRole role, unsigned family, TbRng *rng) {
    const char *found[sizeof choices / sizeof *choices];
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (choices[i].role == role && choices[i].families & family)
            found[n++] = choices[i].sound;
    return found[tb_rng_next(rng) % n];
}

/* ---- what is asked for ---- */

/* The role before the "=", and what follows it; -1: none. */
static int role_of(const char *text, const char **sound) {
    size_t n = strcspn(text, "=");
    *sound = text[n] ? text + n + 1 : "";
    for (int role = 0; role < ROLES; role++)
        if (strlen(tb_role_name((TbRole)role)) == n && strncmp(text, tb_role_name((TbRole)role), n) == 0)
            return role;
    return -1;
}

TbStatus orchestra_check(const OptionTexts *sounds) {
    bool given[ROLES] = {false};
    for (int i = 0; i < sounds->n; i++) {
        const char *text = sounds->values[i], *sound;
        int role = role_of(text, &sound);
        if (role < 0 || !*sound)
            return tb_fail(TB_ERR_ARGUMENT,
                           "--sound %s: say which part gets which sound, such as melody=flute; the parts are melody, "
                           "chords, bass, drums and other.",
                           text);
        if (given[role])
            return tb_fail(TB_ERR_ARGUMENT, "--sound %s: this part has a sound already; give it one.", text);
        given[role] = true;
    }
    return TB_OK;
}

static const char *asked(const OptionTexts *sounds, TbRole role) {
    for (int i = 0; i < sounds->n; i++) {
        const char *sound;
        if (role_of(sounds->values[i], &sound) == (int)role)
            return sound;
    }
    return NULL;
}

/* ---- loading ---- */

static TbStatus load_drums(Orchestra *o, const TbScore *score, const char *sound, TbRng *rng, const char **name) {
    bool used[KEYS] = {false};
    size_t kit = tb_rng_next(rng) % track_kit_count();
    for (size_t i = 0; i < score->n_notes; i++)
        if (score->parts[score->notes[i].part].channel == TB_SCORE_DRUM_CHANNEL)
            used[score->notes[i].pitch] = true;
    *name = sound ? sound : track_kit_name(kit);
    TbStatus status =
        sound ? kit_load(&o->instruments, sound, used, o->kit) : track_kit_load(&o->instruments, kit, used, o->kit);
    track_kit_mix(score, o->kit);
    return status;
}

/* Parts of one role after the first, and parts without one, are played by what their program names. */
static const char *default_sound(const TbScorePart *part, TbRole role, bool first, const char *choice) {
    bool named = part->program >= 0 && (role == TB_ROLE_OTHER || !first);
    return named && role != TB_ROLE_BASS ? of_program[part->program / 8] : choice;
}

static TbStatus load_parts(Orchestra *o, const TbScore *score, const TbRole *role, const OptionTexts *sounds,
                           const char *style, uint64_t seed) {
    const char *choice[ROLES], *drums = "";
    bool there[ROLES] = {false};
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int r = 0; r < TB_ROLE_DRUMS; r++) /* all of them: the bass has the same sound whether drums play or not */
        choice[r] = choose((TbRole)r, family_of(style), &rng);
    TbStatus status = load_drums(o, score, asked(sounds, TB_ROLE_DRUMS), &rng, &drums);
    for (size_t i = 0; i < o->n_parts && status == TB_OK; i++) {
        OrchestraPart *p = &o->part[i];
        p->role = role[p->part];
        if (p->role == TB_ROLE_DRUMS) {
            p->sound = drums;
            continue;
        }
        p->sound = asked(sounds, p->role);
        if (!p->sound)
            p->sound = default_sound(&score->parts[p->part], p->role, !there[p->role], choice[p->role]);
        there[p->role] = true;
        status = instruments_find(&o->instruments, p->sound, &p->instrument);
    }
    return status;
}

TbStatus orchestra_load(const TbScore *score, const TbModel *model, const OptionTexts *sounds, const char *style,
                        uint64_t seed, Part progress, Orchestra *o) {
    TbRole *role = malloc((score->n_parts + 1) * sizeof *role);
    *o = (Orchestra){.part = calloc(score->n_parts + 1, sizeof *o->part),
                     .instruments = {.model = model, .progress = progress, .n_expected = (int)score->n_parts + 2}};
    TbStatus status = role && o->part ? tb_score_roles(score, role) : tbi_no_memory("for the instruments");
    for (size_t p = 0; p < score->n_parts && status == TB_OK; p++) {
        bool plays = false;
        for (size_t i = 0; i < score->n_notes && !plays; i++)
            plays = score->notes[i].part == p;
        if (plays)
            o->part[o->n_parts++] = (OrchestraPart){.part = p};
    }
    if (status == TB_OK && o->n_parts == 0)
        status = tb_fail(TB_ERR_EMPTY, "The score has no notes to play.");
    if (status == TB_OK)
        status = load_parts(o, score, role, sounds, style, seed);
    free(role);
    if (status)
        orchestra_free(o);
    return status;
}

void orchestra_free(Orchestra *o) {
    free(o->part);
    instruments_free(&o->instruments);
    *o = (Orchestra){0};
}

size_t orchestra_silent_drums(const TbScore *score, const Orchestra *o, int *key) {
    bool silent[KEYS] = {false};
    size_t n = 0;
    *key = -1;
    for (size_t i = 0; i < score->n_notes; i++)
        if (score->parts[score->notes[i].part].channel == TB_SCORE_DRUM_CHANNEL)
            silent[score->notes[i].pitch] = !o->kit[score->notes[i].pitch].instrument;
    for (int k = KEYS - 1; k >= 0; k--) {
        n += silent[k];
        *key = silent[k] ? k : *key;
    }
    return n;
}
