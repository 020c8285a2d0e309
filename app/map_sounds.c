/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/map_sounds.h"
#include "app/files.h"
#include "app/info_attributes.h"
#include "app/instruments.h"
#include "app/named_sound.h"
#include "app/progress.h"
#include "app/warning.h"
#include "base/grow.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"
#include "timbrel/plot.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void map_sounds_free(MapSounds *s) {
    for (size_t i = 0; i < s->n; i++) {
        free(s->sounds[i].path);
        free(s->sounds[i].name);
    }
    for (size_t i = 0; i < s->n_groups; i++)
        free(s->groups[i]);
    for (size_t i = 0; i < s->n_skipped; i++) {
        free(s->skipped[i].path);
        free(s->skipped[i].why);
    }
    free(s->sounds);
    free(s->groups);
    free(s->skipped);
    free(s->descriptors);
    *s = (MapSounds){0};
}

#define LOWEST_HZ 20.0 /* of brightness */

/* ---- search ---- */

static TbStatus no_memory(void) {
    return tbi_no_memory("for so many sounds");
}

/* Takes over `path` (NULL: out of memory). */
static TbStatus add_sound(MapSounds *s, char *path, int group) {
    const char *base = path ? path_base(path) : "", *dot = strrchr(base, '.');
    char *name = dot && dot > base ? strndup(base, (size_t)(dot - base)) : strdup(base);
    if (!path || !name || !tbi_grow_by_one(&s->sounds, s->n)) {
        free(path);
        free(name);
        return no_memory();
    }
    s->sounds[s->n++] = (MapSound){.path = path, .name = name, .group = group};
    return TB_OK;
}

static TbStatus add_group(MapSounds *s, const char *name, int *group) {
    if (s->n_groups == TB_MAP_GROUPS)
        return tb_fail(TB_ERR_ARGUMENT, "A map can show at most %d folders; give fewer.", TB_MAP_GROUPS);
    char *copy = strdup(name);
    if (!copy || !tbi_grow_by_one(&s->groups, s->n_groups)) {
        free(copy);
        return no_memory();
    }
    *group = (int)s->n_groups;
    s->groups[s->n_groups++] = copy;
    return TB_OK;
}

/* The group of "a/b/" is named b; "." gets its real name. */
static TbStatus add_folder_group(MapSounds *s, const char *folder, int *group) {
    char *real = realpath(folder, NULL);
    const char *base = real ? path_base(real) : folder;
    TbStatus status = add_group(s, *base ? base : folder, group);
    free(real);
    return status;
}

static TbStatus add_folder(MapSounds *s, const char *folder) {
    NameList list;
    int group;
    TbStatus status = list_sounds_and_encoded(folder, &list);
    if (status)
        return status;
    status = add_folder_group(s, folder, &group);
    for (size_t i = 0; i < list.n && status == TB_OK; i++)
        status = add_sound(s, path_join(folder, list.names[i]), group);
    name_list_free(&list);
    return status;
}

static TbStatus add_operand(MapSounds *s, const char *operand) {
    PathKind kind = path_kind(operand);
    if (kind == PATH_FOLDER)
        return add_folder(s, operand);
    if (kind == PATH_ABSENT && !is_bundled_sound(operand) && !is_instrument_name(operand))
        return no_such_sound(operand);
    TbStatus status = s->lone_group < 0 ? add_group(s, "sounds", &s->lone_group) : TB_OK;
    return status == TB_OK ? add_sound(s, strdup(operand), s->lone_group) : status;
}

static TbStatus check_number(const MapSounds *s) {
    if (s->n > TB_MAP_MAX)
        return tb_fail(TB_ERR_UNSUPPORTED, "There are %zu sounds, but a map holds at most %d; give fewer.", s->n,
                       TB_MAP_MAX);
    if (s->n >= MAP_LEAST)
        return TB_OK;
    return tb_fail(TB_ERR_EMPTY, "%s, but a map needs at least %d; name more sounds, or a folder with more.",
                   s->n == 0   ? "There is no sound that can be used"
                   : s->n == 1 ? "There is only one sound"
                               : "There are only two sounds",
                   MAP_LEAST);
}

TbStatus map_find(char *const *operands, int n_operands, MapSounds *s) {
    TbStatus status = TB_OK;
    *s = (MapSounds){.lone_group = -1};
    for (int i = 0; i < n_operands && status == TB_OK; i++)
        status = add_operand(s, operands[i]);
    if (n_operands == 0)
        status = add_group(s, "bundled sounds", &s->lone_group);
    for (size_t i = 0; i < tb_bundled_count() && n_operands == 0 && status == TB_OK; i++)
        status = add_sound(s, strdup(tb_bundled_name(i)), s->lone_group);
    if (status == TB_OK)
        status = check_number(s);
    if (status != TB_OK)
        map_sounds_free(s);
    return status;
}

/* ---- encoding ---- */

/* That of the loudest note, as `timbrel info` shows it; of the decoded latents, as an encoded sound has no samples. */
static TbStatus find_brightness(const TbModel *model, const TbSound *sound, double *hz) {
    TbAnalysis analysis;
    float value[TB_ATTRIBUTES];
    TbStatus status = tb_decode(model, sound, NULL, &analysis);
    if (status)
        return status;
    const TbNote *note = main_note(&analysis);
    value[TB_BRIGHTNESS] = tb_attribute_info(TB_BRIGHTNESS)->default_value;
    if (note)
        status = tb_note_attributes(note, value);
    tb_analysis_free(&analysis);
    *hz = fmax((double)tb_attribute_display(TB_BRIGHTNESS, value[TB_BRIGHTNESS]), LOWEST_HZ);
    return status;
}

static TbStatus listen_to(const TbModel *model, MapSound *sound, float *descriptor, Part *part) {
    Input input;
    TbStatus status = named_input_load(model, sound->path, true, part_report, part, &input);
    if (status)
        return status;
    if (input.sound.model != tb_model_fingerprint(model))
        status = tb_fail(
            TB_ERR_VERSION,
            "This file was encoded with another model; encode the sound again, or name that model with --model.");
    if (status == TB_OK)
        status = tb_sound_descriptor(&input.sound, descriptor);
    if (status == TB_OK)
        status = find_brightness(model, &input.sound, &sound->hz);
    tb_sound_free(&input.sound);
    return status;
}

/* Moves sound i from the list to the skipped ones. */
static TbStatus pass_over(MapSounds *s, size_t i, TbStatus why) {
    const char *text = tb_error_text(tb_fail_in(why, s->sounds[i].path));
    warning_print("Skipped", text);
    char *copy = strdup(text);
    if (!copy || !tbi_grow_by_one(&s->skipped, s->n_skipped)) {
        free(copy);
        return no_memory();
    }
    s->skipped[s->n_skipped++] = (SkippedSound){.path = s->sounds[i].path, .why = copy};
    free(s->sounds[i].name);
    s->n--;
    memmove(&s->sounds[i], &s->sounds[i + 1], (s->n - i) * sizeof *s->sounds);
    return TB_OK;
}

TbStatus map_listen(const TbModel *model, MapSounds *s) {
    Progress progress;
    TbStatus status = TB_OK;
    size_t n = s->n, i = 0;
    s->latent_dim = tb_vae_config(tb_model_vae(model))->latent_dim;
    size_t size = tb_descriptor_size(s->latent_dim);
    s->descriptors = malloc(n * size * sizeof *s->descriptors);
    if (!s->descriptors)
        return no_memory();
    progress_begin(&progress, "listening");
    for (size_t done = 0; done < n && status == TB_OK; done++) {
        MapSound *sound = &s->sounds[i];
        Part part = {.progress = progress_report,
                     .context = &progress,
                     .from = (double)done / (double)n,
                     .to = (double)(done + 1) / (double)n,
                     .what = sound->name};
        bool go_on = part_report(&part, 0, NULL);
        status = go_on ? listen_to(model, sound, s->descriptors + i * size, &part)
                       : tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        if (status == TB_OK) {
            i++;
        } else if (status != TB_ERR_CANCELLED && status != TB_ERR_NO_MEMORY) {
            progress_end(&progress);
            status = pass_over(s, i, status);
        }
    }
    progress_end(&progress);
    return status == TB_OK ? check_number(s) : status;
}
