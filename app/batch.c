/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/batch.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/progress.h"
#include "base/io_error.h"
#include "base/no_memory.h"
#include "train/find_sounds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t stem_length(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

/* out/NAME, with the batch's ending instead of NAME's own. */
static char *output_name(const Batch *batch, const char *out, const char *name) {
    char *base;
    if (asprintf(&base, "%.*s%s", (int)stem_length(name), name, batch->ending) < 0)
        return NULL;
    char *path = path_join(out, base);
    free(base);
    return path;
}

/* a.wav and a.flac would write the same file: the second fails instead of replacing the first. The list is sorted by
 * name, but a-b.wav may come between them. */
static bool same_stem_before(const NameList *list, size_t i) {
    size_t n = stem_length(list->names[i]);
    for (size_t j = i; j-- > 0 && strncmp(list->names[i], list->names[j], n) == 0;)
        if (stem_length(list->names[j]) == n)
            return true;
    return false;
}

/* An output never replaces its own input. */
static TbStatus one(const Batch *batch, const char *in, const char *out, TbProgress progress, void *context) {
    return same_file(in, out)
               ? tb_fail(TB_ERR_ARGUMENT, "\"%s\" is the sound itself and would be lost; name another file to write.",
                         out)
               : batch->one(batch, in, out, progress, context);
}

/* Makes the folders inside `out` that the file `path` is in. */
static TbStatus make_folders(const char *out, char *path) {
    TbStatus status = TB_OK;
    for (char *slash = path + strlen(out) + 1; status == TB_OK && (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            status = tb_fail(TB_ERR_IO, "Cannot make the folder \"%s\": %s.", path, io_error_text(errno));
        *slash = '/';
    }
    return status;
}

static TbStatus one_of_folder(const Batch *batch, const char *in, const char *out, const NameList *list, size_t i,
                              Part *part) {
    if (same_stem_before(list, i))
        return tb_fail(
            TB_ERR_ARGUMENT,
            "Another sound of this name, but with another ending, has been written already; rename one of them.");
    char *from = path_join(in, list->names[i]), *to = output_name(batch, out, list->names[i]);
    TbStatus status = from && to ? make_folders(out, to) : tbi_no_memory("for the path of a file");
    if (status == TB_OK)
        status = one(batch, from, to, part_report, part);
    free(from);
    free(to);
    return status;
}

static TbStatus run_list(const Batch *batch, const char *in, const char *out, const NameList *list) {
    Progress progress;
    size_t n_failed = 0, i = 0;
    TbStatus status = TB_OK, first = TB_OK;
    progress_begin(&progress, batch->label);
    for (; i < list->n; i++) {
        Part part = {.progress = progress_report,
                     .context = &progress,
                     .from = (double)i / (double)list->n,
                     .to = (double)(i + 1) / (double)list->n,
                     .what = list->names[i]};
        bool go_on = part_report(&part, 0, NULL);
        status =
            go_on ? one_of_folder(batch, in, out, list, i, &part) : tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        if (status == TB_ERR_CANCELLED || status == TB_ERR_NO_MEMORY)
            break;
        if (status != TB_OK) {
            progress_end(&progress);
            fprintf(stderr, "%s\n", tb_error_text(tb_fail_in(status, list->names[i])));
            first = n_failed++ ? first : status;
        }
    }
    progress_end(&progress);
    if (i < list->n)
        return status;
    printf("%zu of %zu sound%s written to %s\n", list->n - n_failed, list->n, plural(list->n), out);
    return n_failed ? tb_fail(first == TB_ERR_ARGUMENT ? TB_ERR_FORMAT : first,
                              "%zu of %zu sound%s failed; the reasons are above.", n_failed, list->n, plural(list->n))
                    : TB_OK;
}

/* Leaves out what is in `out` if that is inside `in`: an earlier run wrote it. */
static TbStatus drop_inner(const char *in, const char *out, NameList *list) {
    char *from = realpath(in, NULL), *to = from ? realpath(out, NULL) : NULL;
    int error = errno;
    size_t length = from ? strlen(from) : 0, kept = 0;
    bool inside = from && to && strncmp(from, to, length) == 0 && to[length] == '/';
    const char *inner = inside ? to + length + 1 : NULL;
    for (size_t i = 0; inner && i < list->n; i++) {
        size_t n = strlen(inner);
        if (strncmp(list->names[i], inner, n) == 0 && list->names[i][n] == '/')
            free(list->names[i]);
        else
            list->names[kept++] = list->names[i];
    }
    list->n = inner ? kept : list->n;
    bool from_read = from != NULL, read = from && to;
    free(from);
    free(to);
    if (!read)
        return error == ENOMEM
                   ? tbi_no_memory("for the path of a folder")
                   : tb_fail(TB_ERR_IO, "Cannot find the place of \"%s\": %s.", from_read ? out : in, strerror(error));
    return list->n == 0 ? tb_fail(TB_ERR_EMPTY, "There is no sound in \"%s\" but in \"%s\".", in, out) : TB_OK;
}

static TbStatus run_folder(const Batch *batch, const char *in, const char *out) {
    NameList list;
    PathKind kind = path_kind(out);
    if (strcmp(out, "-") == 0)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a folder; name one to write into in place of \"-\".", in);
    if (kind == PATH_FILE || (kind == PATH_ABSENT && tbi_is_sound_name(out)))
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a folder, so \"%s\" must be one, too.", in, out);
    TbStatus status = batch->encoded_too ? list_sounds_and_encoded(in, &list) : list_sounds(in, &list);
    if (status)
        return status;
    if (kind == PATH_FOLDER)
        status = drop_inner(in, out, &list);
    if (status == TB_OK)
        status = output_folder(out);
    if (status == TB_OK)
        status = run_list(batch, in, out, &list);
    name_list_free(&list);
    return status;
}

TbStatus batch_run(const Batch *batch, const char *in, const char *out) {
    if (path_kind(in) == PATH_FOLDER)
        return run_folder(batch, in, out);
    Progress progress;
    progress_begin(&progress, batch->label);
    TbStatus status = one(batch, in, out, progress_report, &progress);
    progress_end(&progress);
    return status;
}

TbStatus batch_run_with_model(Batch *batch, const char *model, const char *in, const char *out) {
    TbStatus status = model_load(model, &batch->model);
    if (status == TB_OK)
        status = batch_run(batch, in, out);
    tb_model_free(batch->model);
    batch->model = NULL;
    return status;
}
