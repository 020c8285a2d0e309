/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/named_sound.h"
#include "app/instruments.h"

/* The note that `timbrel sample` plays without options. */
#define KEY 60
#define VELOCITY (100 / 127.0)
#define HOLD 2 /* seconds */
#define TAIL 5
#define LOADING 0.5 /* share of the progress for the instrument; the rest is analysis */

static TbStatus play(const TbModel *model, const char *name, TbProgress progress, void *context, TbAudio *audio) {
    TbInstrument *instrument;
    TbNoteOptions note = {.size = sizeof note, .key = KEY, .velocity = VELOCITY, .hold = HOLD, .longest = HOLD + TAIL};
    TbStatus status = instrument_load(model, name, progress, context, &instrument);
    if (status)
        return status;
    status = tb_instrument_note(instrument, &note, TB_ANALYSIS_RATE, audio);
    tb_instrument_free(instrument);
    return status;
}

TbStatus named_audio_load(const TbModel *model, const char *name, TbAudio *audio) {
    TbModel *own = NULL;
    *audio = (TbAudio){0};
    if (!is_instrument_name(name))
        return audio_load(name, audio);
    TbStatus status = model ? TB_OK : model_load(NULL, &own);
    if (status == TB_OK)
        status = play(model ? model : own, name, NULL, NULL, audio);
    tb_model_free(own);
    return status;
}

TbStatus named_audio_load_wide(const char *name, TbAudio *audio, TbWidth *width) {
    *width = (TbWidth){0};
    return is_instrument_name(name) ? named_audio_load(NULL, name, audio) : audio_load_wide(name, audio, NULL, width);
}

TbStatus named_input_load(const TbModel *model, const char *name, bool latents_only, TbProgress progress, void *context,
                          Input *input) {
    if (!is_instrument_name(name))
        return input_load(model, name, latents_only, progress, context, input);
    Part first = {progress, context, 0, LOADING, NULL}, second = {progress, context, LOADING, 1, NULL};
    TbAudio audio;
    TbAnalysis analysis = {0};
    *input = (Input){.sample_rate = TB_ANALYSIS_RATE};
    TbStatus status = play(model, name, progress ? part_report : NULL, &first, &audio);
    if (status == TB_OK)
        status = tb_analyze(&audio, NULL, progress ? part_report : NULL, &second, &analysis);
    tb_audio_free(&audio);
    if (status == TB_OK)
        status = tb_encode(model, &analysis, !latents_only, &input->sound);
    tb_analysis_free(&analysis);
    return status;
}
