/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures how many times faster than real time one core encodes sounds (analysis, then latents) and decodes them
 * (frames, then synthesis), with the default model:
 *
 *   codec_speed FILE... */
#include "base/clock.h"
#include "timbrel/presets.h"

#include <stdio.h>

enum { ANALYSE, INFER, DECODE, RENDER, STAGES };

/* Processor time in seconds: other programs do not count. */
static double now(void) {
    return tbi_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static TbStatus run(const TbModel *model, const char *path, double *spent, double *seconds) {
    TbAudio audio = {0}, again = {0};
    TbAnalysis analysis = {0}, decoded = {0};
    TbSound sound = {0};
    double at[STAGES + 1] = {0};
    TbStatus status = tb_audio_read(path, &audio, NULL);
    if (status == TB_OK && audio.sample_rate != TB_ANALYSIS_RATE)
        status = tb_audio_resample(&audio, TB_ANALYSIS_RATE); /* not part of the measurement */
    at[ANALYSE] = now();
    status = status == TB_OK ? tb_analyze(&audio, NULL, NULL, NULL, &analysis) : status;
    at[INFER] = now();
    status = status == TB_OK ? tb_encode(model, &analysis, true, &sound) : status;
    at[DECODE] = now();
    status = status == TB_OK ? tb_decode(model, &sound, NULL, &decoded) : status;
    at[RENDER] = now();
    status = status == TB_OK ? tb_synthesize(&decoded, TB_ANALYSIS_RATE, 1, &again) : status;
    at[STAGES] = now();
    for (int i = 0; i < STAGES && status == TB_OK; i++)
        spent[i] += at[i + 1] - at[i];
    *seconds += status == TB_OK ? analysis.seconds : 0;
    tb_audio_free(&audio);
    tb_audio_free(&again);
    tb_analysis_free(&analysis);
    tb_analysis_free(&decoded);
    tb_sound_free(&sound);
    return status;
}

int main(int argc, char **argv) {
    double spent[STAGES] = {0}, seconds = 0;
    TbModel *model;
    if (argc < 2 || tb_default_model(&model) != TB_OK) {
        fprintf(stderr, "usage: codec_speed FILE...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        TbStatus status = run(model, argv[i], spent, &seconds);
        if (status != TB_OK)
            fprintf(stderr, "%s: %s\n", argv[i], tb_error_text(status));
    }
    tb_model_free(model);
    printf("%.1f s of sound, times real time, one core:\n", seconds);
    printf("encode %6.1f  (analysis %.1f, latents %.1f)\n", seconds / (spent[ANALYSE] + spent[INFER]),
           seconds / spent[ANALYSE], seconds / spent[INFER]);
    printf("decode %6.1f  (frames %.1f, synthesis %.1f)\n", seconds / (spent[DECODE] + spent[RENDER]),
           seconds / spent[DECODE], seconds / spent[RENDER]);
    return 0;
}
