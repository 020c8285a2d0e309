/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/files.h"
#include "app/numbers.h"
#include "app/song_instruments.h"
#include "base/no_memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 128, HI_HAT = 1, WHISTLE, GUIRO, CUICA, TRIANGLE };

/* General MIDI percussion, approximated by the bundled sounds. */
static const struct {
    int key;
    const char *sound;
    float at, gain, seconds; /* key to play */
    int choke;
} bundled[] = {
    {35, "kick", 37, 1, 0, 0},               /* acoustic bass drum */
    {36, "kick", 39, 1, 0, 0},               /* bass drum */
    {37, "snare", 66, 0.6f, 0.04f, 0},       /* side stick */
    {38, "snare", 54, 1, 0, 0},              /* acoustic snare */
    {39, "snare", 60, 0.8f, 0.08f, 0},       /* hand clap */
    {40, "snare", 56, 1, 0, 0},              /* electric snare */
    {41, "kick", 44, 0.9f, 0, 0},            /* low floor tom */
    {42, "cymbal", 60, 0.4f, 0.03f, HI_HAT}, /* closed hi-hat */
    {43, "kick", 46, 0.9f, 0, 0},            /* high floor tom */
    {44, "cymbal", 60, 0.3f, 0.02f, HI_HAT}, /* pedal hi-hat */
    {45, "kick", 49, 0.9f, 0, 0},            /* low tom */
    {46, "cymbal", 60, 0.4f, 0.35f, HI_HAT}, /* open hi-hat */
    {47, "kick", 51, 0.9f, 0, 0},            /* low-mid tom */
    {48, "kick", 54, 0.9f, 0, 0},            /* high-mid tom */
    {49, "cymbal", 60, 0.8f, 0, 0},          /* crash cymbal 1 */
    {50, "kick", 57, 0.9f, 0, 0},            /* high tom */
    {51, "cymbal", 60, 0.35f, 0.8f, 0},      /* ride cymbal 1 */
    {52, "cymbal", 60, 0.7f, 1.2f, 0},       /* Chinese cymbal */
    {53, "bell", 60, 0.4f, 0.6f, 0},         /* ride bell */
    {54, "cymbal", 60, 0.3f, 0.1f, 0},       /* tambourine */
    {55, "cymbal", 60, 0.6f, 0.5f, 0},       /* splash cymbal */
    {56, "bell", 67, 0.5f, 0.08f, 0},        /* cowbell */
    {57, "cymbal", 60, 0.7f, 0, 0},          /* crash cymbal 2 */
    {58, "snare", 48, 0.6f, 0, 0},           /* vibraslap */
    {59, "cymbal", 60, 0.3f, 0.8f, 0},       /* ride cymbal 2 */
    {60, "kick", 66, 0.7f, 0, 0},            /* high bongo */
    {61, "kick", 61, 0.7f, 0, 0},            /* low bongo */
    {62, "kick", 63, 0.7f, 0.1f, 0},         /* mute high conga */
    {63, "kick", 60, 0.8f, 0, 0},            /* open high conga */
    {64, "kick", 56, 0.8f, 0, 0},            /* low conga */
    {65, "snare", 64, 0.7f, 0, 0},           /* high timbale */
    {66, "snare", 59, 0.7f, 0, 0},           /* low timbale */
    {67, "bell", 79, 0.4f, 0.2f, 0},         /* high agogo */
    {68, "bell", 74, 0.4f, 0.2f, 0},         /* low agogo */
    {69, "cymbal", 60, 0.2f, 0.06f, 0},      /* cabasa */
    {70, "cymbal", 60, 0.2f, 0.04f, 0},      /* maracas */
    {71, "flute", 96, 0.4f, 0.15f, WHISTLE}, /* short whistle */
    {72, "flute", 96, 0.4f, 0.6f, WHISTLE},  /* long whistle */
    {73, "cymbal", 60, 0.2f, 0.08f, GUIRO},  /* short guiro */
    {74, "cymbal", 60, 0.2f, 0.25f, GUIRO},  /* long guiro */
    {75, "marimba", 84, 0.8f, 0, 0},         /* claves */
    {76, "marimba", 79, 0.8f, 0.1f, 0},      /* high wood block */
    {77, "marimba", 72, 0.8f, 0.1f, 0},      /* low wood block */
    {78, "voice", 72, 0.4f, 0.1f, CUICA},    /* mute cuica */
    {79, "voice", 67, 0.4f, 0.25f, CUICA},   /* open cuica */
    {80, "bell", 96, 0.3f, 0.08f, TRIANGLE}, /* mute triangle */
    {81, "bell", 96, 0.3f, 0, TRIANGLE},     /* open triangle */
};

static TbStatus of_bundled(Instruments *all, const bool *used, TbDrum *kit) {
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < sizeof bundled / sizeof *bundled; i++) {
        TbDrum *d = &kit[bundled[i].key];
        *d = (TbDrum){
            .key = bundled[i].at, .gain = bundled[i].gain, .seconds = bundled[i].seconds, .choke = bundled[i].choke};
        if (used[bundled[i].key])
            status = instruments_find(all, bundled[i].sound, &d->instrument);
    }
    return status;
}

/* The key in a file's name, whatever the folders before it are called; -1: none. */
static int key_of_name(const char *path) {
    const char *name = path_base(path);
    int program, key;
    if (note_of_name(name, &program, &key))
        return key < KEYS ? key : -1;
    while (*name && !isdigit((unsigned char)*name))
        name++;
    key = *name ? (int)strtol(name, NULL, 10) : -1;
    return key >= 0 && key < KEYS ? key : -1;
}

/* All files of one key make one drum. */
static TbStatus drum_of_folder(Instruments *all, const char *folder, const NameList *list, int key, TbDrum *drum) {
    char **paths = calloc(list->n + 1, sizeof *paths), name[32];
    size_t n = 0;
    TbStatus status = paths ? TB_OK : tbi_no_memory("for the drums");
    for (size_t i = 0; status == TB_OK && i < list->n; i++) {
        if (key_of_name(list->names[i]) != key)
            continue;
        if (!(paths[n++] = path_join(folder, list->names[i])))
            status = tbi_no_memory("for the drums");
    }
    snprintf(name, sizeof name, "drum %d", key);
    if (status == TB_OK && n > 0) {
        *drum = (TbDrum){.key = (float)key, .gain = 1, .choke = key == 42 || key == 44 || key == 46 ? HI_HAT : 0};
        status = instruments_of_drum(all, name, paths, n, key, &drum->instrument);
    }
    for (size_t i = 0; paths && i < n; i++)
        free(paths[i]);
    free(paths);
    return status;
}

static TbStatus of_folder(Instruments *all, const char *folder, const bool *used, TbDrum *kit) {
    NameList list;
    int n = 0;
    TbStatus status = list_sounds_and_encoded(folder, &list);
    for (int key = 0; status == TB_OK && key < KEYS; key++) {
        for (size_t i = 0; i < list.n; i++)
            n += key_of_name(list.names[i]) == key;
        if (used[key])
            status = drum_of_folder(all, folder, &list, key, &kit[key]);
    }
    if (status == TB_OK && n == 0)
        status = tb_fail(TB_ERR_EMPTY, "No sound in \"%s\" has the number of a drum key in its name, such as 36.wav.",
                         folder);
    name_list_free(&list);
    return status;
}

TbStatus kit_load(Instruments *all, const char *what, const bool used[128], TbDrum kit[128]) {
    const TbInstrument *one;
    memset(kit, 0, KEYS * sizeof *kit);
    if (!what)
        return of_bundled(all, used, kit);
    if (path_kind(what) == PATH_FOLDER)
        return of_folder(all, what, used, kit);
    TbStatus status = instruments_find(all, what, &one);
    for (int key = 0; status == TB_OK && key < KEYS; key++)
        kit[key] = (TbDrum){.instrument = one, .key = (float)key, .gain = 1};
    return status;
}

int kit_tell_missing(const char *what, const bool used[128], const TbDrum kit[128]) {
    char keys[4 * KEYS + 1] = "";
    size_t at = 0, missing = 0;
    int there = 0;
    for (int key = 0; key < KEYS; key++) {
        there += used[key] && kit[key].instrument;
        if (used[key] && !kit[key].instrument)
            at += (size_t)snprintf(keys + at, sizeof keys - at, "%s%d", missing++ ? ", " : "", key);
    }
    if (missing)
        fprintf(stderr, "%s has no drum for key%s %s: %s silent.\n", what ? what : "The bundled kit", plural(missing),
                keys, missing == 1 ? "it is" : "they are");
    return there;
}
