/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of playing: the default model, and instruments made from bundled sounds. */
#ifndef TIMBREL_TESTS_PLAYED_H
#define TIMBREL_TESTS_PLAYED_H

#include "timbrel/engine.h"
#include "timbrel/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    TbModel *model;
    TbInstrument *clarinet, *piano, *kick;
} Played;

static inline TbStatus played_encode(const TbModel *model, const char *name, TbSound *sound) {
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    TbStatus status = TB_ERR_NOT_FOUND;
    for (size_t i = 0; i < tb_bundled_count(); i++) {
        if (strcmp(tb_bundled_name(i), name) == 0) {
            size_t n;
            const void *data = tb_bundled_data(i, &n);
            status = tb_audio_read_memory(data, n, &audio, NULL);
        }
    }
    status = status == TB_OK ? tb_analyze(&audio, NULL, NULL, NULL, &analysis) : status;
    status = status == TB_OK ? tb_encode(model, &analysis, true, sound) : status;
    tb_audio_free(&audio);
    tb_analysis_free(&analysis);
    return status;
}

/* Encoding takes minutes on an emulated processor: PLAYED_SOUNDS names a folder with the output of encode_played. */
static inline TbStatus played_sound(const TbModel *model, const char *name, TbSound *sound) {
    const char *folder = getenv("PLAYED_SOUNDS");
    char path[512];
    if (!folder)
        return played_encode(model, name, sound);
    snprintf(path, sizeof path, "%s/%s.timbrel", folder, name);
    return tb_sound_read(path, sound);
}

static inline TbStatus played_instrument(const TbModel *model, const char *name, TbInstrument **instrument) {
    TbSound sound = {0};
    TbStatus status = played_sound(model, name, &sound);
    const TbSound *sounds[] = {&sound};
    status = status == TB_OK ? tb_instrument_from_sounds(model, sounds, NULL, 1, instrument) : status;
    tb_sound_free(&sound);
    return status;
}

static inline TbStatus played_new(Played *p) {
    *p = (Played){0};
    TbStatus status = tb_default_model(&p->model);
    status = status == TB_OK ? played_instrument(p->model, "clarinet", &p->clarinet) : status;
    status = status == TB_OK ? played_instrument(p->model, "piano", &p->piano) : status;
    return status == TB_OK ? played_instrument(p->model, "kick", &p->kick) : status;
}

static inline void played_free(Played *p) {
    tb_instrument_free(p->clarinet);
    tb_instrument_free(p->piano);
    tb_instrument_free(p->kick);
    tb_model_free(p->model);
}

/* Stereo with reverb and limiter. */
static inline TbEngineOptions played_options(double sample_rate, int voices) {
    return (TbEngineOptions){.size = sizeof(TbEngineOptions),
                             .sample_rate = sample_rate,
                             .voices = voices,
                             .stereo = true,
                             .reverb = true,
                             .limit = true,
                             .seed = 5};
}

/* Channel 1: clarinet; 2: half a clarinet, half a piano; 10: kicks on 36 and 38 that choke each other. */
static inline TbEngine *played_engine(const Played *p, const TbEngineOptions *options) {
    TbEngine *e = NULL;
    if (tb_engine_new(p->model, options, &e) == TB_OK) {
        tb_engine_set_mix(e, 0, &(TbMix){.part = {p->clarinet}, .weight = {1}});
        tb_engine_set_mix(e, 1, &(TbMix){.part = {p->clarinet, p->piano}, .weight = {1, 1}});
        tb_engine_set_drum(e, 36, &(TbDrum){.instrument = p->kick, .key = 60, .gain = 1, .choke = 1});
        tb_engine_set_drum(e, 38, &(TbDrum){.instrument = p->kick, .key = 62, .gain = 1, .choke = 1});
    }
    return e;
}

#endif
