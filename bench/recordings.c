/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the audio thread's work grow with the number of recordings in an instrument? Plays the same notes with an
 * instrument of 20 recordings and one of 2,000 (100 velocities on each of the same 20 keys), in the callback of a live
 * device, and prints the processor time per block of each, and their ratio. All recordings are copies of one, each in
 * memory of its own, so that both instruments sound the same and differ only in number. Runs alternate; the minimum
 * time of each block over all runs counts.
 *
 *   recordings [MODEL [PARTS [RUNS]]]     PARTS: corners of the pad with the instrument (4); RUNS: 20 */
#include "base/clock.h"
#include "base/no_memory.h"
#include "bench/tools.h"
#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "tests/audio_threads.h"
#include "tests/played.h"
#include "timbrel/presets.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 64, VOICES = 16, WARM = 1500, BLOCKS = 3000, CHORD_BLOCKS = 90, CHORD = 4, SIDES = 2 };
#define LOW_KEY 30.0f
#define HIGH_KEY 102.0f

static const struct { size_t keys, velocities; } layout[SIDES] = {{20, 1}, {20, 100}};

/* ---- instruments ---- */

static TbStatus recorded(const TbModel *model, TbInstrument **instrument) {
    size_t n = 0, i = 0;
    while (strcmp(tb_bundled_name(i), "clarinet") != 0)
        i++;
    const void *data = tb_bundled_data(i, &n);
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    TbSound sound = {0};
    TbStatus status = tb_audio_read_memory(data, n, &audio, NULL);
    status = status == TB_OK ? tb_analyze(&audio, NULL, NULL, NULL, &analysis) : status;
    status = status == TB_OK ? tb_encode(model, &analysis, true, &sound) : status;
    const TbSound *one = &sound;
    status = status == TB_OK ? tb_instrument_from_sounds(model, &one, NULL, 1, instrument) : status;
    tb_audio_free(&audio);
    tb_analysis_free(&analysis);
    tb_sound_free(&sound);
    return status;
}

/* Copies of the first recording of `in`, on keys between those played, so that every note uses two. */
static TbStatus copies(const TbInstrument *in, const TbModel *model, size_t keys, size_t velocities,
                       TbInstrument **instrument) {
    int width = note_channels(tb_vae_config(tb_model_vae(model))->latent_dim);
    TbStatus status = tb_instrument_new(model, in->code, in->has_pitch, instrument);
    if (status == TB_OK && !((*instrument)->layer = calloc(keys * velocities, sizeof *(*instrument)->layer)))
        status = tbi_no_memory("for %zu recordings", keys * velocities);
    for (size_t i = 0; status == TB_OK && i < keys * velocities; i++) {
        RecordedLayer *k = &(*instrument)->layer[i];
        status = tbi_layer_copy(&in->layer[0], width, k);
        k->key = LOW_KEY + (HIGH_KEY - LOW_KEY) * ((float)(i / velocities) + 0.37f) / (float)keys;
        k->velocity = ((float)(i % velocities) + 0.5f) / (float)velocities;
        (*instrument)->n_layers += status == TB_OK;
    }
    return status;
}

/* ---- playing ---- */

static AudioThread *callback_new(const TbModel *model, const TbInstrument *instrument, int parts) {
    TbEngineOptions options = played_options(RATE, VOICES);
    TbLivePlay play = {.n_corners = parts};
    options.live = true;
    for (int p = 0; p < parts; p++)
        play.corner[p] = instrument;
    return tb_engine_new(model, &options, &play.engine) == TB_OK ? audio_thread_new(&play, 2, RATE) : NULL;
}

/* Overlapping chords, over the ranges of keys and velocities; updates the minimum time of each block. sum: of
 * squared samples. */
static bool play(const TbModel *model, const TbInstrument *instrument, int parts, double least[BLOCKS], double *sum) {
    static float out[2 * BLOCK];
    AudioThread *a = callback_new(model, instrument, parts);
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int i = 0; a && i < WARM + BLOCKS; i++) {
        for (int n = 0; i % CHORD_BLOCKS == 0 && n < CHORD; n++) {
            uint32_t r = tb_rng_next(&rng);
            const uint8_t on[3] = {(uint8_t)(0x90 | n), (uint8_t)(36 + r % 60), (uint8_t)(30 + (r >> 8) % 98)};
            tbi_audio_thread_send_at(a, SOURCE_DEVICE, (uint32_t)n, on, 3);
        }
        double start = tbi_thread_time();
        tbi_audio_thread_block(a, out, BLOCK, false);
        double took = tbi_thread_time() - start;
        for (int k = 0; k < 2 * BLOCK; k++)
            *sum += (double)out[k] * (double)out[k];
        if (i >= WARM)
            least[i - WARM] = fmin(least[i - WARM], took);
    }
    if (a)
        audio_thread_free(a);
    return a != NULL;
}

int main(int argc, char **argv) {
    static double least[SIDES][BLOCKS], mean[SIDES], p99[SIDES];
    TbModel *model = bench_model(argc > 1 ? argv[1] : NULL);
    TbInstrument *one = NULL, *instrument[SIDES] = {NULL};
    int parts = argc > 2 ? atoi(argv[2]) : TB_PARTS, runs = argc > 3 ? atoi(argv[3]) : 20;
    TbStatus status = model ? recorded(model, &one) : tb_fail(TB_ERR_NOT_FOUND, "There is no such model.");
    if (parts < 1 || parts > TB_PARTS || runs < 1) {
        fprintf(stderr, "recordings [MODEL [PARTS [RUNS]]]: 1 to %d parts, 1 run or more\n", TB_PARTS);
        return 2;
    }
    for (int s = 0; status == TB_OK && s < SIDES; s++) {
        status = copies(one, model, layout[s].keys, layout[s].velocities, &instrument[s]);
        for (int i = 0; i < BLOCKS; i++)
            least[s][i] = INFINITY;
    }
    for (int run = 0; status == TB_OK && run < runs; run++) {
        double sum[SIDES] = {0};
        for (int s = 0; s < SIDES; s++)
            status = play(model, instrument[s], parts, least[s], &sum[s]) ? status : tbi_no_memory("to play");
        if (status == TB_OK && (sum[0] != sum[1] || !(sum[0] > 0)))
            status = tb_fail(TB_ERR_UNSUPPORTED, "The two instruments do not sound the same.");
    }
    for (int s = 0; status == TB_OK && s < SIDES; s++) {
        for (int i = 0; i < BLOCKS; i++)
            mean[s] += least[s][i] / BLOCKS;
        p99[s] = quantile(least[s], BLOCKS, 0.99);
        printf("%5zu recordings on %d of %d corners: %.2f us a block of %d samples, 99 %% under %.2f us\n",
               instrument[s]->n_layers, parts, TB_PARTS, 1e6 * mean[s], BLOCK, 1e6 * p99[s]);
        fflush(stdout);
    }
    if (status == TB_OK)
        printf("ratio %.4f, of the 99 %% %.4f\n", mean[1] / mean[0], p99[1] / p99[0]);
    else
        fprintf(stderr, "recordings: %s\n", tb_error_text(status));
    for (int s = 0; s < SIDES; s++)
        tb_instrument_free(instrument[s]);
    tb_instrument_free(one);
    tb_model_free(model);
    return status != TB_OK;
}
