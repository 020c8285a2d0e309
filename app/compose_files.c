/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/compose_files.h"
#include "app/files.h"
#include "base/no_memory.h"
#include "timbrel/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static TbStatus out_of_memory(void) {
    return tbi_no_memory("to write the track");
}

char *compose_midi_path(const ComposeRequest *r) {
    const char *path = r->values->output.path, *ending = strrchr(path_base(path), '.');
    char *midi;
    if (!r->sound)
        return strdup(path);
    return asprintf(&midi, "%.*s.mid", (int)(ending - path), path) < 0 ? NULL : midi;
}

/* Whether the track has the name of a stem: "drums.wav", "melody-2.wav". */
static bool is_stem_name(const char *path) {
    const char *base = path_base(path);
    for (int role = 0; role <= TB_ROLE_DRUMS; role++) {
        size_t n = strlen(tb_role_name((TbRole)role));
        if (strncmp(base, tb_role_name((TbRole)role), n) == 0 && (base[n] == '.' || base[n] == '-'))
            return true;
    }
    return false;
}

/* Stems beside the track must not take its name. */
static TbStatus check_stems(const ComposeRequest *r) {
    const char *path = r->values->output.path;
    if (!r->values->stems || !is_stem_name(path))
        return TB_OK;
    const size_t n = (size_t)(path_base(path) - path);
    char *folder = n ? strndup(path, n) : strdup(".");
    if (!folder)
        return out_of_memory();
    const bool same = same_file(folder, r->values->stems);
    free(folder);
    return same ? tb_fail(TB_ERR_ARGUMENT, "\"%s\" has the name of a stem; name the track differently.", path) : TB_OK;
}

/* Whether an earlier track has left this MIDI file. */
static bool is_own(const char *midi) {
    void *data = NULL;
    size_t n = 0;
    const bool own = tb_read_file(midi, SIZE_MAX, &data, &n) == TB_OK &&
                     memmem(data, n, TB_SCORE_MARK, sizeof TB_SCORE_MARK - 1) != NULL;
    free(data);
    return own;
}

/* The MIDI file beside the track is not named by the user: one that no earlier track has left is not replaced. */
static TbStatus check_beside(const ComposeRequest *r, const char *midi) {
    const char *path = r->values->output.path;
    if (!r->sound || path_kind(midi) == PATH_ABSENT || (path_kind(path) != PATH_ABSENT && is_own(midi)))
        return TB_OK;
    return tb_fail(
        TB_ERR_ARGUMENT,
        "\"%s\" exists already, and the notes of \"%s\" would replace it; name the track differently, or move "
        "that file away.",
        midi, path);
}

TbStatus compose_files_check(const ComposeRequest *r) {
    char *midi = compose_midi_path(r);
    TbStatus status = midi ? output_place_check(midi) : out_of_memory();
    if (status == TB_OK)
        status = check_stems(r);
    for (int i = 0; i < 2 && r->file[i] && status == TB_OK; i++)
        if (same_file(r->file[i], midi) || same_file(r->file[i], r->values->output.path))
            status = tb_fail(TB_ERR_ARGUMENT, "\"%s\" itself would be lost; name another file to write.", r->file[i]);
    if (status == TB_OK)
        status = check_beside(r, midi);
    free(midi);
    return status;
}

static TbStatus write_stereo(const OutputValues *output, const char *path, float *const x[2], size_t n, double rate) {
    OutputValues to = *output;
    float *interleaved = malloc((2 * n + 1) * sizeof *interleaved);
    if (!interleaved)
        return out_of_memory();
    for (size_t i = 0; i < n; i++)
        for (size_t side = 0; side < 2; side++)
            interleaved[2 * i + side] = x[side][i];
    to.path = path;
    TbStatus status = output_write_stereo(&to, interleaved, n, rate);
    free(interleaved);
    return status;
}

/* "melody.wav", or "melody-2.wav" for the second of that role, with the ending of the track. */
static TbStatus write_stems(const ComposeRequest *r, const Track *t) {
    const char *ending = strrchr(path_base(r->values->output.path), '.');
    int n[TB_ROLE_DRUMS + 1] = {0};
    TbStatus status = output_folder(r->values->stems);
    for (size_t p = 0; p < t->n_parts && status == TB_OK; p++) {
        TbRole role = t->part[p].of->role;
        char name[64], number[16] = "", *path;
        if (++n[role] > 1)
            snprintf(number, sizeof number, "-%d", n[role]);
        snprintf(name, sizeof name, "%s%s%s", tb_role_name(role), number, ending);
        path = path_join(r->values->stems, name);
        status = path ? write_stereo(&r->output, path, t->part[p].x, t->n_samples, t->sample_rate) : out_of_memory();
        free(path);
    }
    return status;
}

static TbStatus draw(const ComposeRequest *r, const TbScore *score, const Track *t, const char *title) {
    if (!t)
        return tb_plot_track(r->values->picture, score, NULL, NULL, title);
    TbAudio mono = {.samples = malloc((t->n_samples + 1) * sizeof *mono.samples),
                    .n_samples = t->n_samples,
                    .sample_rate = t->sample_rate};
    const char **instruments = calloc(score->n_parts + 1, sizeof *instruments);
    if (!mono.samples || !instruments) {
        tb_audio_free(&mono);
        free(instruments);
        return out_of_memory();
    }
    for (size_t p = 0; p < score->n_parts; p++)
        instruments[p] = "";
    for (size_t p = 0; p < t->n_parts; p++)
        instruments[t->part[p].of->part] = t->part[p].of->sound;
    for (size_t i = 0; i < t->n_samples; i++)
        mono.samples[i] = 0.5f * (t->x[0][i] + t->x[1][i]);
    TbStatus status = tb_plot_track(r->values->picture, score, &mono, instruments, title);
    tb_audio_free(&mono);
    free(instruments);
    return status;
}

TbStatus compose_files_write(const ComposeRequest *r, const TbScore *score, const Track *t, const char *title) {
    const ComposeValues *v = r->values;
    char *midi = compose_midi_path(r);
    TbStatus status = midi ? TB_OK : out_of_memory();
    if (status == TB_OK && v->stems)
        status = write_stems(r, t);
    if (status == TB_OK && v->picture)
        status = draw(r, score, t, title);
    if (status == TB_OK && t) /* the largest first: a full disk leaves no part of it */
        status = write_stereo(&r->output, v->output.path, t->x, t->n_samples, t->sample_rate);
    TbScore composed = *score;
    composed.composed = true;
    if (status == TB_OK)
        status = tb_score_write(&composed, midi);
    free(midi);
    return status;
}
