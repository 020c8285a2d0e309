/* SPDX-License-Identifier: GPL-3.0-or-later
 * timbrel plot: a picture of sounds. */
#include "app/commands.h"
#include "measure/measure.h"

enum { MAX_SOUNDS = 8 };

typedef struct {
    const char *output;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "FILE.png", .required = true, .help = "the picture to write",
     .offset = offsetof(Values, output)},
};

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    TbAudio sounds[MAX_SOUNDS] = {0};
    const TbAudio *list[MAX_SOUNDS];
    TbStatus status = TB_OK;
    for (int i = 0; i < n_operands && status == TB_OK; i++) {
        list[i] = &sounds[i];
        status = tb_audio_read(operands[i], &sounds[i], NULL);
    }
    if (status == TB_OK)
        status = tb_plot_spectrograms(v->output, list, (const char *const *)operands, (size_t)n_operands, NULL);
    for (int i = 0; i < n_operands; i++)
        tb_audio_free(&sounds[i]);
    return status;
}

const Command cmd_plot = {
    .name = "plot",
    .summary = "Draw the spectrogram of a sound",
    .operands = "FILE...",
    .min_operands = 1,
    .max_operands = MAX_SOUNDS,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .values_size = sizeof(Values),
    .more = "Several sounds (up to 8) are drawn one above the other on one time axis.\n",
    .run = run,
};
