/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader of SFZ files, written from the format's description; strict: unknown opcodes and invalid numbers are
 * errors. */
#ifndef TIMBREL_TESTS_SFZ_READER_H
#define TIMBREL_TESTS_SFZ_READER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SFZ_MAX = 1024 };

typedef struct {
    char sample[256], loop_mode[32];
    double lokey, hikey, lovel, hivel, pitch_keycenter, pitch_keytrack, tune, loop_start, loop_end, volume;
    double ampeg_release, amp_veltrack;
    double curve[128]; /* gain by velocity; -1: not given */
} SfzRegion;

typedef struct {
    SfzRegion region[SFZ_MAX];
    int n;
    char wrong[300]; /* "" if there is no error */
} Sfz;

static inline double *sfz_number(SfzRegion *r, const char *name) {
#define FIELD(name)                                                                                                    \
    { #name, &r->name }
    const struct {
        const char *name;
        double *value;
    } all[] = {FIELD(lokey),           FIELD(hikey),          FIELD(lovel),         FIELD(hivel),
               FIELD(pitch_keycenter), FIELD(pitch_keytrack), FIELD(tune),          FIELD(loop_start),
               FIELD(loop_end),        FIELD(volume),         FIELD(ampeg_release), FIELD(amp_veltrack)};
#undef FIELD
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(name, all[i].name) == 0)
            return all[i].value;
    const char prefix[] = "amp_velcurve_";
    if (strncmp(name, prefix, strlen(prefix)) == 0) {
        int velocity = atoi(name + strlen(prefix));
        return velocity >= 0 && velocity < 128 ? &r->curve[velocity] : NULL;
    }
    return NULL;
}

static inline void sfz_opcode(Sfz *sfz, SfzRegion *r, const char *name, const char *value) {
    char *end;
    if (strcmp(name, "sample") == 0) {
        snprintf(r->sample, sizeof r->sample, "%s", value);
    } else if (strcmp(name, "loop_mode") == 0) {
        snprintf(r->loop_mode, sizeof r->loop_mode, "%s", value);
    } else {
        double *number = sfz_number(r, name);
        if (!number || *value == 0)
            snprintf(sfz->wrong, sizeof sfz->wrong, "opcode %s=%s", name, value);
        else if ((*number = strtod(value, &end)), *end) /* the C locale: a comma is an error */
            snprintf(sfz->wrong, sizeof sfz->wrong, "%s=%s is no number", name, value);
    }
}

/* Headers are inherited: <global> by every group and region, <group> by its regions. No value may contain a space,
 * so the text is split into words. */
static inline void sfz_read(const char *path, Sfz *sfz) {
    static char text[1 << 20];
    SfzRegion global = {.hikey = 127, .hivel = 127, .lovel = 1, .pitch_keycenter = 60, .pitch_keytrack = 100};
    SfzRegion group, *at = NULL;
    memset(sfz, 0, sizeof *sfz);
    strcpy(global.loop_mode, "no_loop");
    global.amp_veltrack = 100;
    for (int i = 0; i < 128; i++)
        global.curve[i] = -1;
    group = global;
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[n] = 0;
    if (n == 0)
        snprintf(sfz->wrong, sizeof sfz->wrong, "nothing in it");
    for (char *slash = strstr(text, "//"); slash; slash = strstr(slash, "//")) /* comments */
        memset(slash, ' ', strcspn(slash, "\n"));
    for (char *word = strtok(text, " \t\r\n"); word && !*sfz->wrong; word = strtok(NULL, " \t\r\n")) {
        char *equals = strchr(word, '=');
        if (strcmp(word, "<global>") == 0) {
            at = &global;
        } else if (strcmp(word, "<group>") == 0) {
            group = global;
            at = &group;
        } else if (strcmp(word, "<region>") == 0 && sfz->n < SFZ_MAX) {
            if (at == &global)
                group = global;
            at = &sfz->region[sfz->n++];
            *at = group;
        } else if (equals && at) {
            *equals = 0;
            sfz_opcode(sfz, at, word, equals + 1);
        } else {
            snprintf(sfz->wrong, sizeof sfz->wrong, "\"%s\"", word);
        }
    }
}

#endif
