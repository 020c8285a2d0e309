/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/preset_names.h"
#include "app/options.h"
#include "app/warning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FAULTS_SHOWN = 5 };

static const char *entry_name(size_t i, const void *entries) {
    return ((const TbPresetEntry *)entries)[i].name;
}

static TbStatus numbered(size_t number, size_t n, const TbPresetEntry *entries, TbPreset *preset) {
    if (number >= n)
        return tb_fail(TB_ERR_NOT_FOUND, "There is no preset %zu; they go from 0 to %zu.", number, n - 1);
    return tb_preset_read(NULL, entries[number].name, preset);
}

/* Explains a name that no preset has: a number out of range, or a similar name. */
static TbStatus not_found(const char *name, TbPreset *preset) {
    TbPresetEntry *entries;
    size_t n, digits = strspn(name, "0123456789");
    TbStatus status = tb_presets_list(NULL, &entries, &n);
    if (status)
        return status;
    const char *close = options_closest(name, entry_name, entries, n);
    if (digits > 0 && digits < 10 && name[digits] == 0)
        status = numbered((size_t)strtoul(name, NULL, 10), n, entries, preset);
    else if (close)
        status = tb_fail(TB_ERR_NOT_FOUND, "There is no preset \"%s\"; did you mean \"%s\"?", name, close);
    else
        status = tb_fail(TB_ERR_NOT_FOUND, "There is no preset \"%s\"; `timbrel presets` lists them.", name);
    free(entries);
    return status;
}

static bool is_file(const char *name) {
    size_t n = strlen(name);
    return n > 5 && strcasecmp(name + n - 5, ".json") == 0;
}

/* ---- faults ---- */

static void print_fault(const TbPresetFault *fault) {
    warning_print(fault->left_out ? "Left out" : "Warning", fault->text);
}

void preset_faults_print(const char *path) {
    TbPresetFault *faults;
    size_t n, shown = 0;
    if (tb_presets_faults(path, &faults, &n) != TB_OK)
        return;
    for (; shown < n && (shown < FAULTS_SHOWN || n == FAULTS_SHOWN + 1); shown++)
        print_fault(&faults[shown]);
    if (shown < n)
        fprintf(stderr, "... and %zu more files like these.\n", n - shown);
    free(faults);
}

/* Prints what is wrong with the file of a preset that has been read: from this path, or (NULL) the user's folder. */
static void print_faults_of(const TbPreset *preset, const char *path) {
    TbPresetFault *faults;
    size_t n;
    if (tb_presets_faults(path, &faults, &n) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++)
        if (!faults[i].left_out && strcmp(faults[i].name, preset->name) == 0)
            print_fault(&faults[i]);
    free(faults);
}

TbStatus preset_load(const char *name, TbPreset *preset) {
    TbStatus status = tb_preset_read(NULL, name, preset);
    if (status == TB_ERR_NOT_FOUND && !is_file(name))
        status = not_found(name, preset);
    if (status == TB_OK) {
        char *whole = is_file(name) ? realpath(name, NULL) : NULL; /* as the folder of presets names it */
        print_faults_of(preset, whole ? whole : is_file(name) ? name : NULL);
        free(whole);
    }
    return status;
}
