/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any packet is executed or ignored, and leaves session and engine intact. There are no user presets; factory presets
 * are loaded with random instruments as sounds, which is fast. */
#include "session/osc_packet.h"
#include "tests/fuzz/fuzz.h"
#include "tests/no_device.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, EVERY = 8 };

static TbStatus load(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    (void)context;
    return tb_instrument_random(model, strlen(name), instrument);
}

static TbSession *session_new(void) {
    const TbEngineOptions engine_options = {
        .size = sizeof(TbEngineOptions), .sample_rate = 48000, .voices = 2, .stereo = true, .limit = true};
    TbModel *model = NULL;
    TbEngine *engine = NULL;
    TbSession *session = NULL;
    TbPreset preset;
    require(tb_default_model(&model) == TB_OK && tb_engine_new(model, &engine_options, &engine) == TB_OK);
    const TbSessionOptions options = {.size = sizeof(TbSessionOptions),
                                      .live = no_device_live(engine, 48000),
                                      .first = engine,
                                      .model = model,
                                      .load = load,
                                      .folder = "/nowhere",
                                      .map = "/nowhere"};
    tb_preset_defaults(&preset);
    require(options.live && tb_session_new(&options, &preset, &session) == TB_OK);
    return session;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static TbSession *session; /* kept for the whole run */
    static unsigned round;
    float out[2 * BLOCK];
    TbSessionState state;
    if (!session)
        session = session_new();
    uint8_t *packet = malloc(size ? size : 1); /* of the exact size, to detect reads past the end */
    memcpy(packet, data, size);
    tbi_osc_packet(session, packet, size);
    free(packet);
    if (round++ % EVERY)
        return 0;
    tbi_audio_thread_block(&tb_session_live(session)->thread, out, BLOCK, false);
    for (int i = 0; i < 2 * BLOCK; i++)
        require(isfinite(out[i]));
    tb_session_state(session, &state);
    require(state.preset.n_sounds >= 1 && state.preset.n_sounds <= TB_PARTS);
    for (int i = 0; i < TB_CONTROLS; i++) {
        const TbControlInfo *c = tb_control_info((TbControl)i);
        require(state.preset.control[i] >= c->low && state.preset.control[i] <= c->high);
    }
    return 0;
}
