/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what a person may name as a sound: a sound file, an encoded sound, or a bundled sound by its name alone.
 */
#ifndef TIMBREL_APP_INPUTS_H
#define TIMBREL_APP_INPUTS_H

#include "app/options.h"
#include "timbrel/audio.h"
#include "timbrel/sound.h"

/* The --model option: a path, NULL for the built-in model. */
#define MODEL_OPTION(type, field)                                                                                      \
    {                                                                                                                  \
        "model", 'm', OPTION_TEXT, "MODEL", .help = "model to use instead of the built-in one",                        \
                                            .offset = offsetof(type, field)                                            \
    }

/* Whether the path of a model is NULL or "default", and no file of that name is there: the built-in one. */
bool is_default_model(const char *path);
/* Such a path loads the built-in model. */
TB_NODISCARD TbStatus model_load(const char *path, TbModel **model);

/* Reads a sound file, or, if there is no such file, the bundled sound of that name. */
TB_NODISCARD TbStatus audio_load(const char *name, TbAudio *audio);
TB_NODISCARD TbStatus audio_load_info(const char *name, TbAudio *audio, TbAudioInfo *info);
/* The same, and the width of a sound of two channels, the caller's. info may be NULL. */
TB_NODISCARD TbStatus audio_load_wide(const char *name, TbAudio *audio, TbAudioInfo *info, TbWidth *width);

/* TB_ERR_NOT_FOUND for a name that is neither a file nor a bundled sound, with a suggestion. */
TB_NODISCARD TbStatus no_such_sound(const char *name);

/* Whether there is no file of this name, but a bundled sound. */
bool is_bundled_sound(const char *name);

/* Whether the file is an encoded sound, judging by its content. */
bool is_encoded_sound(const char *name);

/* Reads an encoded sound, or analyses and encodes a sound file, with detail unless latents_only. */
typedef struct {
    TbSound sound;
    double sample_rate; /* of the sound file, Hz; 44100 for encoded sounds */
    bool encoded;       /* input was already encoded */
} Input;
TB_NODISCARD TbStatus input_load(const TbModel *model, const char *name, bool latents_only, TbProgress progress,
                                 void *context, Input *input);
/* The same, with detail, for a recording whose file may have a key in its name or in its smpl chunk, *key (-1: none).
 * If no pitch is found in it, as in a very stiff string, but its partials fit that of the key, it has that. */
TB_NODISCARD TbStatus input_load_recording(const TbModel *model, const char *name, TbProgress progress, void *context,
                                           Input *input, float *key);

/* The output rate: --rate, or that of the input, limited to what synthesis supports. */
double output_rate(double asked, double of_input);

/* Progress of one part of longer work: maps 0..1 of the part to from..to of the whole. */
typedef struct {
    TbProgress progress;
    void *context;
    double from, to;
    const char *what; /* replaces the part's label; may be NULL */
} Part;
bool part_report(void *part, double done, const char *what);

#endif
