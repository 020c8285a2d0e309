/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/inputs.h"
#include "app/files.h"
#include "app/warning.h"
#include "synth/envelope.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TONE 0.9 /* of the power: a sound with a larger share in partials is a tone */

bool is_default_model(const char *path) {
    return !path || (strcmp(path, "default") == 0 && path_kind(path) == PATH_ABSENT);
}

TbStatus model_load(const char *path, TbModel **model) {
    if (is_default_model(path))
        return tb_default_model(model);
    return tb_model_read(path, model);
}

/* Its index, or tb_bundled_count() if there is none. */
static size_t bundled_index(const char *name, size_t length) {
    size_t i = 0;
    while (i < tb_bundled_count() &&
           !(strlen(tb_bundled_name(i)) == length && strncmp(tb_bundled_name(i), name, length) == 0))
        i++;
    return i;
}

bool is_bundled_sound(const char *name) {
    return path_kind(name) == PATH_ABSENT && bundled_index(name, strlen(name)) < tb_bundled_count();
}

static const char *bundled_name(size_t i, const void *unused) {
    (void)unused;
    return tb_bundled_name(i);
}

TbStatus no_such_sound(const char *name) {
    char names[400];
    size_t n = tb_bundled_count(), stem = strcspn(name, ".");
    if (bundled_index(name, stem) < n)
        return tb_fail(TB_ERR_NOT_FOUND, "There is no file \"%s\"; the bundled sound is called %.*s.", name, (int)stem,
                       name);
    if (strchr(name, '/') || strchr(name, '.'))
        return tb_fail(TB_ERR_NOT_FOUND, "There is no file \"%s\".", name);
    const char *close = options_closest(name, bundled_name, NULL, n);
    if (close)
        return tb_fail(TB_ERR_NOT_FOUND,
                       "There is no file \"%s\", and no bundled sound of that name; did you mean \"%s\"?", name, close);
    help_names(bundled_name, NULL, n, names, sizeof names);
    return tb_fail(TB_ERR_NOT_FOUND, "There is no file and no bundled sound \"%s\"; the bundled sounds are%s.", name,
                   names);
}

TbStatus audio_load(const char *name, TbAudio *audio) {
    return audio_load_info(name, audio, NULL);
}

TbStatus audio_load_info(const char *name, TbAudio *audio, TbAudioInfo *info) {
    return audio_load_wide(name, audio, info, NULL);
}

TbStatus audio_load_wide(const char *name, TbAudio *audio, TbAudioInfo *info, TbWidth *width) {
    TbAudioInfo unused;
    char damage[600];
    info = info ? info : &unused;
    *audio = (TbAudio){0};
    if (width)
        *width = (TbWidth){0};
    if (path_kind(name) != PATH_ABSENT) {
        TbStatus status = width ? tb_audio_read_wide(name, audio, info, width) : tb_audio_read(name, audio, info);
        for (size_t i = 0; status == TB_OK && info->silent && i < audio->n_samples; i++)
            audio->samples[i] = 0; /* dithered silence is silence */
        if (status == TB_OK && tb_audio_damage(info, name, damage, sizeof damage))
            warning_print("Warning", damage);
        return status;
    }
    if (!is_bundled_sound(name))
        return no_such_sound(name);
    size_t n_bytes;
    const void *data = tb_bundled_data(bundled_index(name, strlen(name)), &n_bytes);
    return tb_audio_read_memory(data, n_bytes, audio, info);
}

bool is_encoded_sound(const char *name) {
    unsigned char head[9] = {0};
    return file_head(name, head, sizeof head) == sizeof head && head[6] == 0 && head[7] == 0 && head[8] == '{';
}

static bool has_pitched_note(const TbAnalysis *a) {
    for (size_t i = 0; i < a->n_notes; i++)
        if (a->notes[i].pitched)
            return true;
    return false;
}

/* The share of the power that is in partials. */
static double tonal_share(const TbAnalysis *a) {
    double all = 0, tonal = 0;
    for (size_t i = 0; i < a->n_notes; i++)
        for (size_t t = 0; t < a->notes[i].n_frames; t++) {
            all += (double)a->notes[i].frames[t].power;
            tonal += (double)tbi_tonal_power(&a->notes[i].frames[t]);
        }
    return all > 0 ? tonal / all : 0;
}

/* A known key may help where no pitch is found, if a tone of that pitch explains the sound. */
static TbStatus analyse_with_key(const TbAudio *audio, float key, TbProgress progress, void *context,
                                 TbAnalysis *analysis) {
    TbAnalysis with_key;
    TbAnalysisOptions o = {.size = sizeof o, .f0 = 440 * exp2(((double)key - 69) / 12)};
    TbStatus status = tb_analyze(audio, NULL, progress, context, analysis);
    if (status || !(key >= 0) || analysis->n_notes == 0 || has_pitched_note(analysis))
        return status;
    status = tb_analyze(audio, &o, progress, context, &with_key);
    if (status == TB_OK && tonal_share(&with_key) > TONE) {
        TbAnalysis other = *analysis;
        *analysis = with_key;
        with_key = other;
    }
    tb_analysis_free(&with_key);
    return status;
}

static TbStatus load(const TbModel *model, const char *name, bool latents_only, float *key, TbProgress progress,
                     void *context, Input *input) {
    *input = (Input){.sample_rate = TB_ANALYSIS_RATE};
    if (is_encoded_sound(name)) {
        input->encoded = true;
        return tb_sound_read(name, &input->sound);
    }
    TbAudio audio;
    TbAudioInfo info;
    TbAnalysis analysis = {0};
    TbWidth width;
    TbStatus status = audio_load_wide(name, &audio, &info, &width);
    if (status)
        return status;
    input->sample_rate = audio.sample_rate;
    if (key && *key < 0)
        *key = (float)info.root_key;
    status = analyse_with_key(&audio, key ? *key : -1, progress, context, &analysis);
    tb_audio_free(&audio);
    analysis.width = width;
    if (status == TB_OK)
        status = tb_encode(model, &analysis, !latents_only, &input->sound);
    tb_analysis_free(&analysis);
    return status;
}

TbStatus input_load(const TbModel *model, const char *name, bool latents_only, TbProgress progress, void *context,
                    Input *input) {
    return load(model, name, latents_only, NULL, progress, context, input);
}

TbStatus input_load_recording(const TbModel *model, const char *name, TbProgress progress, void *context, Input *input,
                              float *key) {
    return load(model, name, false, key, progress, context, input);
}

double output_rate(double asked, double of_input) {
    return isfinite(asked) ? asked : fmin(fmax(of_input, 8000), 192000);
}

bool part_report(void *context, double done, const char *what) {
    const Part *part = context;
    done = done < 0 ? 0 : done > 1 ? 1 : done;
    return part->progress(part->context, part->from + done * (part->to - part->from), part->what ? part->what : what);
}
