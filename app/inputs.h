/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what a person may name as a sound: a sound file, an encoded sound, or a bundled sound by its name alone.
 */
#ifndef TIMBREL_APP_INPUTS_H
#define TIMBREL_APP_INPUTS_H

#include "app/options.h"
#include "timbrel/audio.h"
#include "timbrel/sound.h"

/* The option that every command has which needs a model: a path, NULL for the default model. */
#define MODEL_OPTION(type, field)                                                                                      \
    {                                                                                                                  \
        "model", 'm', OPTION_TEXT, "MODEL", .help = "model to use instead of the built-in one",                        \
                                            .offset = offsetof(type, field)                                            \
    }

/* path NULL or "default": the model built into the program. */
TB_NODISCARD TbStatus model_load(const char *path, TbModel **model);

/* A sound file, or, when there is no such file, the bundled sound of that name. */
TB_NODISCARD TbStatus audio_load(const char *name, TbAudio *audio);
TB_NODISCARD TbStatus audio_load_info(const char *name, TbAudio *audio, TbAudioInfo *info);

/* TB_ERR_NOT_FOUND, with what a name that is no file and no bundled sound may have meant. */
TB_NODISCARD TbStatus no_such_sound(const char *name);

/* No file of this name is there, but a bundled sound has it. */
bool is_bundled_sound(const char *name);

/* Is this a file that `timbrel encode` made? Judged by what is in it. */
bool is_encoded_sound(const char *name);

/* An encoded sound as it is; any other sound is analysed and encoded, with its detail unless latents_only. */
typedef struct {
    TbSound sound;
    double sample_rate; /* of the sound file, Hz; 44100 for encoded sounds */
    bool encoded;       /* it was an encoded sound already */
} Input;
TB_NODISCARD TbStatus input_load(const TbModel *model, const char *name, bool latents_only, TbProgress progress,
                                 void *context, Input *input);

/* The rate to write at: what --rate says, or that of the input as far as synthesis goes. */
double output_rate(double asked, double of_input);

/* A part of longer work, for progress: done 0..1 of the part becomes from..to of the whole. */
typedef struct {
    TbProgress progress;
    void *context;
    double from, to;
    const char *what; /* shown instead of what the part says; may be NULL */
} Part;
bool part_report(void *part, double done, const char *what);

#endif
