/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presets by name: factory presets, which are built in, and a folder of user presets, one per file. A file may have any
 * name that ends in .json: the preset's name is inside. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/utf8.h"
#include "session/preset.h"
#include "session/user_folders.h"
#include "timbrel/presets.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BYTES = 65536, SLUG_SIZE = 48, MAX_FILES = 4 * TB_PRESETS_MAX };

/* The user presets, in order of file name. */
typedef struct {
    char *folder;
    int unreadable; /* why the folder cannot be listed, as in errno; 0: it can, or does not exist */
    struct {
        char *path;
        TbPreset preset;
    } * item; /* [n] */
    size_t n;
    TbPresetFault *fault; /* [n_faults] */
    size_t n_faults;
} Store;

static TbStatus out_of_memory(void) {
    return tbi_no_memory("for the presets");
}

/* ---- reading a folder ---- */

static void store_free(Store *s) {
    for (size_t i = 0; i < s->n; i++)
        free(s->item[i].path);
    free(s->item);
    free(s->fault);
    free(s->folder);
    *s = (Store){0};
}

/* Makes the path of the model, relative to the preset file's folder, absolute. */
static TbStatus resolve_model(const char *path, TbPreset *preset) {
    char *copy = strdup(path), model[TB_SOUND_NAME];
    char *folder = copy ? realpath(dirname(copy), NULL) : NULL;
    if (!folder && (!copy || errno == ENOMEM)) {
        free(copy);
        return out_of_memory();
    }
    int n = folder ? snprintf(model, sizeof model, "%s/%s", folder, preset->model) : 0;
    free(copy);
    free(folder);
    if (n <= 0 || n >= TB_SOUND_NAME)
        return tb_fail(TB_ERR_FORMAT, "The path of the model of the preset \"%s\" is too long.", preset->name);
    memcpy(preset->model, model, sizeof model);
    return TB_OK;
}

/* unknown: as in tbi_preset_parse. */
static TbStatus read_file(const char *path, TbPreset *preset, char *unknown, size_t size) {
    void *text;
    size_t n;
    unknown[0] = 0;
    TbStatus status = tb_read_file(path, MAX_BYTES, &text, &n);
    if (status == TB_OK) {
        status = tb_fail_in(tbi_preset_parse(text, n, preset, unknown, size), path);
        free(text);
    }
    if (status == TB_OK && preset->model[0] && preset->model[0] != '/')
        status = resolve_model(path, preset);
    return status;
}

static const TbPreset *store_find(const Store *s, const char *name, size_t *at) {
    for (size_t i = 0; i < s->n; i++) {
        if (strcasecmp(s->item[i].preset.name, name) == 0) {
            *at = i;
            return &s->item[i].preset;
        }
    }
    return NULL;
}

TB_PRINTF(3, 4)
static TbStatus add_fault(Store *s, bool left_out, const char *format, ...) {
    if (!tbi_grow_by_one(&s->fault, s->n_faults))
        return out_of_memory();
    TbPresetFault *fault = &s->fault[s->n_faults++];
    *fault = (TbPresetFault){.left_out = left_out};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return TB_OK;
}

/* Adds a file as the next item and records its faults. A file that cannot be read is left out; of two presets with the
 * same name the first is used. */
static TbStatus add_file(Store *s, char *path) {
    char unknown[200];
    size_t at;
    TbPreset *preset = &s->item[s->n].preset;
    TbStatus status = read_file(path, preset, unknown, sizeof unknown);
    if (status == TB_ERR_NO_MEMORY)
        return status;
    if (status)
        return add_fault(s, true, "%s", tb_error_text(status)); /* includes the path */
    if (store_find(s, preset->name, &at)) {
        return add_fault(s, true, "%.300s: \"%s\" is in %.300s already; rename one of them.", path, preset->name,
                         s->item[at].path);
    }
    if (*unknown) {
        status = add_fault(s, false, "%.400s: unknown member %s, ignored; check its spelling.", path, unknown);
        if (status == TB_OK)
            memcpy(s->fault[s->n_faults - 1].name, preset->name, sizeof preset->name);
    }
    if (status == TB_OK && !(s->item[s->n].path = strdup(path)))
        status = out_of_memory();
    s->n += status == TB_OK;
    return status;
}

static TbStatus add_named_file(Store *s, const char *file) {
    char *path;
    if (asprintf(&path, "%s/%s", s->folder, file) < 0)
        return out_of_memory();
    TbStatus status = s->n < TB_PRESETS_MAX ? add_file(s, path)
                                            : add_fault(s, true, "%.400s: There are %d presets already; remove some.",
                                                        path, TB_PRESETS_MAX);
    free(path);
    return status;
}

static int is_preset_file(const struct dirent *entry) {
    return entry->d_name[0] != '.' && tbi_preset_is_path(entry->d_name);
}

static int compare_file_names(const struct dirent **a,
                              const struct dirent **b) { /* unlike alphasort, independent of the locale */
    return strcmp((*a)->d_name, (*b)->d_name);
}

TbStatus tbi_preset_folder(const char *folder, char **path) {
    if (!folder)
        return tbi_user_path("XDG_DATA_HOME", ".local/share", "timbrel/presets", path);
    *path = strdup(folder);
    return *path ? TB_OK : out_of_memory();
}

static TbStatus store_read(const char *folder, Store *s) {
    struct dirent **files = NULL;
    *s = (Store){0};
    TbStatus status = tbi_preset_folder(folder, &s->folder);
    if (status)
        return status;
    int n = scandir(s->folder, &files, is_preset_file, compare_file_names);
    int error = n < 0 ? errno : 0;
    bool memory = error != ENOMEM;
    s->item = calloc(TB_PRESETS_MAX, sizeof *s->item);
    if (!s->item || !memory)
        status = out_of_memory();
    else if (n < 0 && error != ENOENT)
        status = add_fault(s, true, "%.400s: the folder of presets cannot be read (%s).", s->folder, strerror(error));
    s->unreadable = error == ENOENT ? 0 : error;
    for (int i = 0; i < n; i++) {
        if (status == TB_OK && i < MAX_FILES)
            status = add_named_file(s, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    if (status)
        store_free(s);
    return status;
}

/* ---- the list ---- */

static void make_entry(const TbPreset *preset, bool factory, TbPresetEntry *entry) {
    *entry = (TbPresetEntry){.factory = factory};
    memcpy(entry->name, preset->name, sizeof entry->name);
    memcpy(entry->text, preset->text, sizeof entry->text);
}

static TbStatus factory_preset(size_t i, TbPreset *preset) {
    size_t n;
    const char *text = tb_factory_preset_text(i, &n);
    return tb_preset_parse(text, n, preset);
}

static int compare_names(const void *a, const void *b) {
    const TbPresetEntry *one = a, *two = b;
    int order = strcasecmp(one->name, two->name);
    return order ? order : strcmp(one->name, two->name);
}

TbStatus tb_presets_list(const char *folder, TbPresetEntry **entries, size_t *n) {
    Store s;
    size_t n_factory = tb_factory_preset_count(), at;
    *entries = NULL;
    *n = 0;
    TbStatus status = store_read(folder, &s);
    if (status == TB_ERR_NOT_FOUND) { /* no user folder: only factory presets */
        s = (Store){0};
        status = TB_OK;
    }
    if (status == TB_OK && !(*entries = calloc(n_factory + s.n + 1, sizeof **entries)))
        status = out_of_memory();
    for (size_t i = 0; status == TB_OK && i < n_factory; i++) {
        TbPreset preset;
        status = factory_preset(i, &preset);
        const TbPreset *user_preset = status ? NULL : store_find(&s, preset.name, &at);
        make_entry(user_preset ? user_preset : &preset, !user_preset, &(*entries)[i]);
        if (user_preset) /* it takes the place of the preset that it hides, so that program numbers do not change */
            s.item[at].preset.name[0] = 0;
    }
    size_t count = n_factory;
    for (size_t i = 0; status == TB_OK && i < s.n; i++)
        if (s.item[i].preset.name[0])
            make_entry(&s.item[i].preset, false, &(*entries)[count++]);
    store_free(&s);
    if (status) {
        free(*entries);
        *entries = NULL;
        return status;
    }
    qsort(*entries + n_factory, count - n_factory, sizeof **entries, compare_names);
    *n = count;
    return TB_OK;
}

/* ---- single presets ---- */

TbStatus tbi_preset_find(const char *folder, const char *name, TbPreset *preset) {
    Store s;
    size_t at;
    TbStatus status = store_read(folder, &s);
    if (status && status != TB_ERR_NOT_FOUND)
        return status;
    const TbPreset *user_preset = status ? NULL : store_find(&s, name, &at);
    bool found = user_preset != NULL;
    char fault[sizeof s.fault->text + 40] = ""; /* of a file that may be the one that is wanted */
    if (user_preset)
        *preset = *user_preset;
    for (size_t i = 0; status == TB_OK && !*fault && i < s.n_faults; i++)
        if (s.fault[i].left_out)
            snprintf(fault, sizeof fault, "; a file was left out: %s", s.fault[i].text);
    if (status == TB_OK)
        store_free(&s);
    for (size_t i = 0; !found && i < tb_factory_preset_count(); i++) {
        status = factory_preset(i, preset);
        if (status)
            return status;
        found = strcasecmp(preset->name, name) == 0;
    }
    if (found)
        return TB_OK;
    return tbi_preset_is_plain_text(name, TB_PRESET_NAME)
               ? tb_fail(TB_ERR_NOT_FOUND, "There is no preset \"%s\"; `timbrel presets` lists them%s", name,
                         *fault ? fault : ".")
               : tb_fail(TB_ERR_NOT_FOUND, "There is no preset of this name.");
}

TbStatus tb_preset_read(const char *folder, const char *name, TbPreset *preset) {
    char unknown[8];
    return tbi_preset_is_path(name) ? read_file(name, preset, unknown, sizeof unknown)
                                    : tbi_preset_find(folder, name, preset);
}

TbStatus tb_presets_faults(const char *path, TbPresetFault **faults, size_t *n) {
    Store s = {0};
    TbStatus status;
    *faults = NULL;
    *n = 0;
    if (path && tbi_preset_is_path(path)) {
        char *copy = strdup(path);
        s.item = calloc(1, sizeof *s.item);
        status = copy && s.item ? add_file(&s, copy) : out_of_memory();
        free(copy);
    } else {
        status = store_read(path, &s);
        if (status == TB_ERR_NOT_FOUND) { /* no user folder */
            s = (Store){0};
            status = TB_OK;
        }
    }
    if (status == TB_OK) {
        *faults = s.fault;
        *n = s.n_faults;
        s.fault = NULL;
    }
    store_free(&s);
    return status;
}

/* A portable file name: letters, those of ASCII in lower case, digits and hyphens only. */
static void make_slug(const char *name, char slug[SLUG_SIZE]) {
    size_t n = 0, whole;
    for (const char *c = name; *c && n + 1 < SLUG_SIZE; c += whole) {
        size_t bytes = *c == '_' ? 0 : utf8_name_length(c);
        whole = utf8_length(c);
        whole = whole ? whole : 1;
        if (n + bytes >= SLUG_SIZE)
            break;
        if (bytes == 1)
            slug[n++] = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
        else if (bytes > 1)
            for (size_t i = 0; i < bytes; i++)
                slug[n++] = c[i];
        else if (n > 0 && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    while (n > 0 && slug[n - 1] == '-')
        n--;
    slug[n] = 0;
    if (n == 0)
        snprintf(slug, SLUG_SIZE, "preset");
}

/* The path of a file that does not exist yet. */
static TbStatus unused_path(const char *folder, const char *name, char **path) {
    char slug[SLUG_SIZE], end[16] = "";
    make_slug(name, slug);
    for (int i = 2; i <= MAX_FILES; i++) {
        if (asprintf(path, "%s/%s%s.json", folder, slug, end) < 0) {
            *path = NULL;
            return out_of_memory();
        }
        if (access(*path, F_OK) != 0 && errno == ENOENT)
            return TB_OK;
        free(*path);
        *path = NULL;
        snprintf(end, sizeof end, "-%d", i);
    }
    return tb_fail(TB_ERR_IO, "There is no free file name for the preset \"%s\" in \"%s\"; give it another name.", name,
                   folder);
}

TbStatus tb_preset_write(const char *folder, const TbPreset *preset) {
    Store s;
    char *text, *path = NULL;
    size_t at;
    TbStatus status = tb_preset_print(preset, &text);
    if (status)
        return status;
    status = store_read(folder, &s);
    if (status) {
        free(text);
        return status;
    }
    if (s.unreadable) { /* a preset of this name may be there */
        status = tb_fail(TB_ERR_IO, "The folder of presets \"%s\" cannot be read (%s); nothing was saved.", s.folder,
                         strerror(s.unreadable));
    } else if (store_find(&s, preset->name, &at)) {
        path = s.item[at].path;
        s.item[at].path = NULL;
    } else if (s.n >= TB_PRESETS_MAX) {
        status = tb_fail(TB_ERR_UNSUPPORTED, "There are %d presets in \"%s\" already; remove some first.",
                         TB_PRESETS_MAX, s.folder);
    } else {
        status = unused_path(s.folder, preset->name, &path);
    }
    if (status == TB_OK)
        status = tbi_make_parent_folders(path);
    if (status == TB_OK)
        status = tb_write_file(path, text, strlen(text));
    store_free(&s);
    free(path);
    free(text);
    return status;
}

TbStatus tb_preset_remove(const char *folder, const char *name) {
    Store s;
    size_t at;
    TbStatus status = store_read(folder, &s);
    if (status)
        return status;
    if (!store_find(&s, name, &at)) {
        status = tb_fail(TB_ERR_NOT_FOUND, "There is no preset \"%s\" of your own; factory presets cannot be removed.",
                         name);
    } else if (unlink(s.item[at].path) != 0) {
        status = tb_fail(TB_ERR_IO, "Cannot remove \"%s\": %s.", s.item[at].path, strerror(errno));
    }
    store_free(&s);
    return status;
}
