/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arbitrary bytes from any MIDI input while controls are moved, learned and sounds changed: the output is finite and
 * below full scale, and silent after a panic. */
#include "live/midi_parser.h"
#include "tests/fuzz/fuzz.h"
#include "tests/live_player.h"
#include "tests/note_player.h"

#include <math.h>

#define RATE 8000.0
enum { BLOCK = 256, BLOCKS_MOST = 64, CABLES = 2 };

/* Bytes that MIDI leaves undefined stand for other commands here; the next byte is the argument. */
enum { RENDER = 0xf4, SET = 0xf5, CABLE = 0xf9, COMMAND = 0xfd };

static TbModel *model;
static TbInstrument *instrument[3];

/* A model of small untrained networks. */
static void make_model(void) {
    TbVaeConfig c = tb_model_config();
    TbVae *vae;
    c.latent_dim = 8;
    c.encoder_width = c.decoder_width = 16;
    require(tb_vae_new(&c, 1, &vae) == TB_OK && tb_model_new(vae, NULL, &model) == TB_OK);
    require(tb_model_set_notes(model, plain_notes(c.latent_dim)) == TB_OK);
    for (int i = 0; i < 3; i++)
        require(tb_instrument_random(model, (uint64_t)i + 1, &instrument[i]) == TB_OK);
}

static TbEngine *new_engine(void) {
    TbEngine *e;
    const TbEngineOptions options = {.size = sizeof(TbEngineOptions),
                                     .sample_rate = RATE,
                                     .voices = 2,
                                     .stereo = true,
                                     .reverb = true,
                                     .limit = true,
                                     .seed = 1};
    require(tb_engine_new(model, &options, &e) == TB_OK);
    return e;
}

static void render(TbLive *l, size_t n) {
    static float out[2 * BLOCK];
    tbi_audio_thread_block(&l->thread, out, n, false);
    for (size_t i = 0; i < 2 * n; i++)
        require(fabsf(out[i]) < 1); /* fails for NaN too */
}

static void change_engine(TbLive *l, const TbInstrument *const *corner) {
    TbEngine *e = new_engine();
    tb_engine_set_corners(e, corner, 2);
    if (tb_live_set_engine(l, e) != TB_OK)
        tb_engine_free(e);
    tb_engine_free(tb_live_retired(l));
}

static void use_hand(TbLive *l, uint8_t what) {
    const TbInstrument *corner[TB_PARTS] = {instrument[what % 3], instrument[what / 3 % 3]};
    TbMidiMap map;
    switch (what >> 5) {
    case 0:
        tb_ignore(tb_live_set_corners(l, corner, 1 + (what & 1))); /* may be busy */
        break;
    case 1:
        tb_live_panic(l);
        break;
    case 2:
        tb_live_learn(l, (what & 31) - 1);
        break;
    case 3:
        tb_midi_map_defaults(&map);
        map.control[what & 127] = (int8_t)what;
        tb_live_set_map(l, &map);
        break;
    case 4:
        change_engine(l, corner);
        break;
    default:
        require(tb_live_program(l) < 128);
        tbi_audio_thread_begin(&l->thread);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!model)
        make_model();
    TbLive *l = live_player_new(new_engine(), RATE, (const TbInstrument *[]){instrument[0], instrument[1]}, 2);
    require(l != NULL);
    MidiParser cable[CABLES] = {{.n = 0}};
    int from = 0, blocks = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t message[TB_SONG_MESSAGE], next = i + 1 < size ? data[i + 1] : 0;
        if (data[i] == RENDER && blocks++ < BLOCKS_MOST)
            render(l, 1 + (size_t)next);
        else if (data[i] == SET)
            tb_live_set_control(l, (TbControl)(next % TB_CONTROLS), (float)(next - 128) / 16);
        else if (data[i] == CABLE)
            from = next % CABLES;
        else if (data[i] == COMMAND)
            use_hand(l, next);
        size_t n = tbi_midi_parser_push(&cable[from], data[i], message);
        if (n > 0)
            tbi_audio_thread_send_at(&l->thread, 1 + from, (uint32_t)(i % BLOCK), message, n);
    }
    tb_live_panic(l);
    for (int i = 0; i < 4; i++)
        render(l, BLOCK);
    require(atomic_load(&l->thread.voices) == 0 && tb_live_control(l, TB_CONTROL_X) >= 0);
    live_player_free(l);
    return 0;
}
