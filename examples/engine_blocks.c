/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays an engine block by block, as the callback of an audio device does: all is made before, and nothing in the loop
 * allocates, locks or fails. A chord glides from one instrument to another, and says how loud it is.
 *
 *   engine_blocks */
#include <math.h>
#include <stdio.h>
#include <timbrel/engine.h>
#include <timbrel/presets.h>

enum { RATE = 48000, BLOCK = 128, SECONDS = 3 };

/* What the callback needs. */
typedef struct {
    TbEngine *engine;
    size_t n_blocks; /* played so far */
} Player;

/* The callback. RT */
static void play_block(Player *p, float *left, float *right) {
    static const uint8_t chord[] = {48, 55, 64};
    const double seconds = (double)(p->n_blocks * BLOCK) / RATE;
    for (size_t i = 0; i < sizeof chord && p->n_blocks == 0; i++) /* the notes begin a few samples apart */
        tb_engine_event(p->engine, 20 * i, (const uint8_t[]){0x90, chord[i], 100}, 3);
    for (size_t i = 0; i < sizeof chord && p->n_blocks == 2 * RATE / BLOCK; i++)
        tb_engine_event(p->engine, 0, (const uint8_t[]){0x80, chord[i], 0}, 3);
    tb_engine_set_control(p->engine, TB_CONTROL_X, (float)fmin(seconds / 2, 1));
    tb_engine_render(p->engine, left, right, BLOCK);
    p->n_blocks++;
}

int main(void) {
    TbModel *model = NULL;
    TbInstrument *corner[TB_PARTS] = {NULL};
    Player player = {0};
    TbEngineOptions options;
    tb_engine_defaults(&options);
    options.sample_rate = RATE;
    options.live = true;

    TbStatus status = tb_default_model(&model);
    for (int i = 0; i < 2 && status == TB_OK; i++)
        status = tb_instrument_random(model, (uint64_t)i + 1, &corner[i]);
    if (status == TB_OK)
        status = tb_engine_new(model, &options, &player.engine);
    if (status == TB_OK) {
        tb_engine_set_corners(player.engine, (const TbInstrument *const[TB_PARTS]){corner[0], corner[1]}, 2);
        double power = 0;
        while (player.n_blocks * BLOCK < SECONDS * RATE) {
            float left[BLOCK], right[BLOCK];
            play_block(&player, left, right);
            for (size_t i = 0; i < BLOCK; i++)
                power += 0.5 * (left[i] * left[i] + right[i] * right[i]);
            if (player.n_blocks * BLOCK % (RATE / 2) < BLOCK) {
                printf("%.1f s: %5.1f dB, %d voices\n", (double)(player.n_blocks * BLOCK) / RATE,
                       10 * log10(power / (RATE / 2) + 1e-12), tb_engine_active_voices(player.engine));
                power = 0;
            }
        }
    } else {
        fprintf(stderr, "engine_blocks: %s\n", tb_error_text(status));
    }

    tb_engine_free(player.engine);
    tb_instrument_free(corner[0]);
    tb_instrument_free(corner[1]);
    tb_model_free(model);
    return status == TB_OK ? 0 : 1;
}
