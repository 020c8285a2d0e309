/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel plot: draws sounds and songs. */
#include "app/commands.h"
#include "app/curves.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/named_sound.h"
#include "app/output.h"
#include "app/progress.h"
#include "timbrel/plot.h"

#include <stdio.h>

enum { MAX_SOUNDS = 8 };

typedef struct {
    const char *output, *model;
    bool plain;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "FILE.png", .required = true, .help = "picture to write",
     .offset = offsetof(Values, output)},
    {"plain", 0, OPTION_FLAG, .help = "spectrogram only", .offset = offsetof(Values, plain)},
    MODEL_OPTION(Values, model),
};

/* Reads a sound file, or decodes an encoded sound. */
static TbStatus load(const TbModel *model, const char *name, TbAudio *audio) {
    TbSound sound = {0};
    TbAnalysis analysis = {0};
    if (!is_encoded_sound(name))
        return named_audio_load(model, name, audio);
    TbStatus status = tb_sound_read(name, &sound);
    if (status)
        return status;
    status = tb_decode(model, &sound, NULL, &analysis);
    if (status == TB_OK)
        status = tb_synthesize(&analysis, TB_ANALYSIS_RATE, 1, audio);
    tb_analysis_free(&analysis);
    tb_sound_free(&sound);
    return status;
}

/* Curves are drawn for a single sound only. */
static TbStatus draw_with_curves(const Values *v, const TbModel *model, const char *name, const TbAudio *audio) {
    Progress progress;
    Input input;
    SoundCurves curves = {0};
    progress_begin(&progress, "listening");
    TbStatus status = named_input_load(model, name, true, progress_report, &progress, &input);
    progress_end(&progress);
    if (status)
        return status;
    if (input.sound.n_notes > 0)
        status = curves_new(&input.sound, &curves);
    const char *title = path_base(name);
    if (status == TB_OK)
        status = tb_plot_spectrograms(v->output, &audio, &title, 1, input.sound.n_notes ? &curves.curves : NULL);
    curves_free(&curves);
    tb_sound_free(&input.sound);
    return status;
}

static bool is_midi(const char *name) {
    unsigned char head[12] = {0};
    size_t n = file_head(name, head, sizeof head);
    const char *kind = tb_looks_like(head, n);
    return kind && strcmp(kind, "a MIDI file") == 0;
}

static TbStatus draw_score(const Values *v, const char *name) {
    TbScore score;
    TbStatus status = tb_score_read(name, &score);
    if (status)
        return status;
    status = tb_fail_in(tb_plot_score(v->output, &score, *score.title ? score.title : path_base(name)), name);
    tb_score_free(&score);
    return status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    TbAudio sounds[MAX_SOUNDS] = {0};
    const TbAudio *list[MAX_SOUNDS];
    TbModel *model = NULL;
    bool curves = n_operands == 1 && !v->plain, encoded = false;
    for (int i = 0; i < n_operands; i++)
        encoded = encoded || is_encoded_sound(operands[i]);
    TbStatus status = picture_place_check(v->output);
    for (int i = 0; i < n_operands && status == TB_OK; i++) {
        if (!is_midi(operands[i]))
            continue;
        return n_operands == 1 ? draw_score(v, operands[i])
                               : tb_fail(TB_ERR_ARGUMENT, "\"%s\" is a MIDI file, which is drawn alone.", operands[i]);
    }
    if (status == TB_OK && (curves || encoded))
        status = model_load(v->model, &model);
    for (int i = 0; i < n_operands && status == TB_OK; i++) {
        list[i] = &sounds[i];
        status = load(model, operands[i], &sounds[i]);
    }
    if (status == TB_OK && curves)
        status = draw_with_curves(v, model, operands[0], &sounds[0]);
    else if (status == TB_OK)
        status = tb_plot_spectrograms(v->output, list, (const char *const *)operands, (size_t)n_operands, NULL);
    for (int i = 0; i < n_operands; i++)
        tb_audio_free(&sounds[i]);
    tb_model_free(model);
    return status;
}

const Command cmd_plot = COMMAND(
    "plot", "Draw a sound (spectrogram, pitch, loudness, latents) or a song", "FILE...", 1, MAX_SOUNDS,
    "FILE is a sound file, an encoded sound, the name of a bundled sound, or an instrument such as seed:7. Up to 8\n"
    "are drawn one above the other on one time axis, without curves.\n\n"
    "A MIDI file is drawn alone, as a piano roll with chords.\n\n"
    "  timbrel plot flute.wav -o flute.png\n"
    "  timbrel plot song.mid -o song.png\n");
