// SPDX-License-Identifier: GPL-3.0-or-later
/* How many times faster than real time one core plays: sixteen voices that sound for a minute, and where the time goes.
 * Parts are told by playing again without them, so they are estimates.
 *
 *   render_speed [SOUND [SECONDS]]      SOUND: the name of a bundled sound (clarinet), or seed:N
 */
#include "play/play.h"
#include "presets/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, BLOCK = 256, VOICES = 16, LAST = 16 };

/* Seconds of processor time: other programs on the machine do not count. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static TbStatus bundled(const TbModel *model, const char *name, TbInstrument **instrument) {
    TbAudio audio = {0};
    TbScore score = {0};
    TbSound sound = {0};
    const TbSound *sounds[] = {&sound};
    TbStatus status = tb_fail(TB_ERR_NOT_FOUND, "there is no bundled sound %s", name);
    for (size_t i = 0, n; i < tb_bundled_count(); i++) {
        if (strcmp(tb_bundled_name(i), name) == 0) {
            const void *data = tb_bundled_data(i, &n);
            status = tb_audio_read_memory(data, n, &audio, NULL);
        }
    }
    status = status == TB_OK ? tb_analyze(&audio, NULL, NULL, NULL, &score) : status;
    status = status == TB_OK ? tb_encode(model, &score, true, &sound) : status;
    status = status == TB_OK ? tb_instrument_of_sounds(model, sounds, NULL, 1, instrument) : status;
    tb_audio_free(&audio);
    tb_score_free(&score);
    tb_sound_free(&sound);
    return status;
}

/* ---- the whole engine ---- */

static double time_engine(const TbModel *model, const TbInstrument *instrument, double seconds, double *sounding) {
    TbEngine *e = NULL;
    float out[BLOCK];
    if (tb_engine_new(model, &(TbEngineOptions){.sample_rate = RATE, .voices = VOICES, .limit = true}, &e) != TB_OK) {
        return 0;
    }
    tb_engine_mix(e, 0, &(TbMix){.part = {instrument}, .weight = {1}});
    double start = now();
    size_t blocks = (size_t)(seconds * RATE / BLOCK), sum = 0;
    for (size_t i = 0; i < blocks; i++) {
        size_t round = RATE / BLOCK * 2; /* all notes anew every two seconds: those that decay shall sound, too */
        if (i % round < VOICES) {
            const uint8_t note[3] = {0x90, (uint8_t)(40 + 2 * (i % round)), 100};
            tb_engine_event(e, 0, note, 3);
        }
        tb_engine_render(e, out, NULL, BLOCK);
        sum += (size_t)tb_engine_sounding(e);
    }
    *sounding = (double)sum / (double)blocks;
    start = now() - start;
    tb_engine_free(e);
    return start;
}

/* ---- its parts ---- */

/* A second of a note's frames, again and again. */
typedef struct {
    TbFrame *frames;
    size_t n;
} Loop;

static bool next_frame(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    const Loop *loop = context;
    (void)phases;
    *frame = loop->frames[index % loop->n];
    return true;
}

static double time_synth(const Loop *loop, double seconds) {
    TbSynth *s = NULL;
    float out[64];
    if (tb_synth_new(RATE, &s) != TB_OK) {
        return 0;
    }
    tb_synth_economy(s, 3e-5f); /* as the engine does */
    tb_synth_start(s, next_frame, (void *)loop, 1);
    double start = now();
    for (size_t i = 0; i < (size_t)(seconds * VOICES * RATE / 64); i++) {
        memset(out, 0, sizeof out);
        tb_synth_render(s, out, 64);
    }
    start = now() - start;
    tb_synth_free(s);
    return start;
}

/* Frames of all voices at once; the first voice's are kept. */
static double time_frames(const TbModel *model, const TbInstrument *instrument, double seconds, Loop *loop) {
    TbPlayedNote note[VOICES], *notes[VOICES];
    TbFrame frame[VOICES], *frames[VOICES];
    float *scratch = tb_aligned_new(tb_notes_scratch(model, VOICES));
    size_t n = (size_t)(seconds / TB_HOP);
    loop->n = 0;
    double start = now();
    for (size_t t = 0; scratch && t < n; t++) {
        for (int i = 0; i < VOICES && t % 344 == 0; i++) {
            note[i] = (TbPlayedNote){
                .part = {instrument}, .weight = {1}, .key = (float)(40 + 2 * i), .velocity = 0.8f, .held = true};
            tb_note_start(&note[i], (uint64_t)i);
            notes[i] = &note[i];
            frames[i] = &frame[i];
        }
        tb_notes_next(model, notes, VOICES, scratch, frames);
        if (loop->n < 172) {
            loop->frames[loop->n++] = frame[LAST / 2];
        }
    }
    tb_aligned_free(scratch);
    return now() - start;
}

static double time_network(const TbModel *model, double seconds) {
    const TbVaeDecoder *decoder = tb_model_decoder(model);
    const TbVaeConfig *c = tb_vae_config(tb_model_vae(model));
    float *scratch = tb_aligned_new(tb_vae_decoder_scratch(decoder, VOICES));
    float *z = tb_aligned_new((size_t)(VOICES * c->latent_dim)), *y = tb_aligned_new(VOICES * TB_FEATURES);
    float condition[VOICES * TB_CONDITIONS] = {0};
    double start = now();
    for (size_t t = 0; scratch && z && y && t < (size_t)(seconds / TB_HOP); t++) {
        tb_vae_decoder_run(decoder, z, condition, VOICES, scratch, y);
    }
    start = now() - start;
    tb_aligned_free(scratch);
    tb_aligned_free(z);
    tb_aligned_free(y);
    return start;
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "clarinet";
    double seconds = argc > 2 ? atof(argv[2]) : 60, sounding = 0;
    static TbFrame frames[172];
    Loop loop = {.frames = frames};
    TbModel *model = NULL;
    TbInstrument *instrument = NULL;
    TbStatus status = tb_default_model(&model);
    if (status == TB_OK) {
        status = strncmp(name, "seed:", 5) == 0 ? tb_instrument_draw(model, strtoull(name + 5, NULL, 10), &instrument)
                                                : bundled(model, name, &instrument);
    }
    if (status != TB_OK || !(seconds > 0)) {
        fprintf(stderr, "%s\nusage: render_speed [SOUND [SECONDS]]\n", tb_error_detail());
        return 2;
    }
    double all = time_engine(model, instrument, seconds, &sounding);
    double made = time_frames(model, instrument, seconds, &loop), network = time_network(model, seconds);
    double synth = time_synth(&loop, seconds);
    for (size_t i = 0; i < loop.n; i++) {
        memset(frames[i].harmonic, 0, sizeof frames[i].harmonic);
        memset(frames[i].partial, 0, sizeof frames[i].partial);
    }
    double noise = time_synth(&loop, seconds);
    printf("%s, %.1f voices for %.0f s: %.1f times real time on one core, %.0f voice seconds a second\n", name,
           sounding, seconds, seconds / all, sounding * seconds / all);
    printf(
        "ms per second of sixteen voices: all %.1f; tone %.1f, noise %.1f, network %.1f, other work on frames %.1f\n",
        1e3 * all / seconds, 1e3 * (synth - noise) / seconds, 1e3 * noise / seconds, 1e3 * network / seconds,
        1e3 * (made - network) / seconds);
    tb_instrument_free(instrument);
    tb_model_free(model);
    return 0;
}
