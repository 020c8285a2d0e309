/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of an earlier export of the same name that are not among the new ones. */
#include "base/io_error.h"
#include "base/no_memory.h"
#include "sampler/key_map.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tbi_sample_file_name(const char *instrument, int root, int layer, char file[TB_SAMPLE_FILE]) {
    char note[TB_KEY_NAME];
    tbi_key_name(root, true, note);
    snprintf(file, TB_SAMPLE_FILE, "%s_%03d_%s_v%d.wav", instrument, root, note, layer + 1);
}

/* Whether an export called `instrument` gives a sample this name; *key: its root key. */
static bool is_sample_name(const char *instrument, const char *file, int *key) {
    size_t n = strlen(instrument);
    char name[TB_SAMPLE_FILE];
    if (strncmp(file, instrument, n) != 0 || file[n] != '_')
        return false;
    const char *layer = strrchr(file, '_'); /* _v1.wav */
    long root = strtol(file + n + 1, NULL, 10), number = layer[1] == 'v' ? strtol(layer + 2, NULL, 10) : 0;
    if (root < 0 || root > 127 || number < 1 || number > TB_SAMPLER_LAYERS)
        return false;
    tbi_sample_file_name(instrument, (int)root, (int)number - 1, name);
    *key = (int)root;
    return strcmp(name, file) == 0;
}

/* Whether a file of such a name is a sample with this root key, as an export writes it, and not somebody else's. */
static TbStatus is_sample(const char *folder, const char *file, int key, bool *is) {
    char *path;
    TbAudio audio;
    TbAudioInfo info;
    *is = false;
    if (asprintf(&path, "%s/%s", folder, file) < 0)
        return tbi_no_memory("for the path of a file");
    TbStatus status = tb_audio_read(path, &audio, &info);
    *is = status == TB_OK && info.root_key == key;
    tb_audio_free(&audio);
    free(path);
    return status == TB_ERR_NO_MEMORY ? status : TB_OK;
}

TbStatus tbi_sampler_remove_leftovers(const TbSamplerOptions *o, const TbWrittenSample *written, size_t n,
                                      size_t *n_removed) {
    TbStatus status = TB_OK;
    DIR *folder = opendir(o->folder);
    if (!folder)
        return tb_fail(TB_ERR_IO, "Cannot read the folder \"%s\": %s.", o->folder, io_error_text(errno));
    errno = 0;
    for (struct dirent *entry; status == TB_OK && (entry = readdir(folder)); errno = 0) {
        bool is_new = false, is = false;
        int key;
        for (size_t i = 0; i < n; i++)
            is_new = is_new || strcmp(written[i].file, entry->d_name) == 0;
        if (is_new || !is_sample_name(o->name, entry->d_name, &key))
            continue;
        status = is_sample(o->folder, entry->d_name, key, &is);
        if (status || !is)
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            ++*n_removed;
        else
            status = tb_fail(TB_ERR_IO, "Cannot remove \"%s\" of an earlier export from \"%s\": %s.", entry->d_name,
                             o->folder, io_error_text(errno));
    }
    if (status == TB_OK && errno)
        status = tb_fail(TB_ERR_IO, "Cannot read the folder \"%s\": %s.", o->folder, io_error_text(errno));
    closedir(folder);
    return status;
}
