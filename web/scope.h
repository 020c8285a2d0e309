/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to web/: meters, held keys, waveform and spectrum of the output, packed into a few hundred bytes:
 *
 *   0    0        kind of message
 *   1    2        left and right peak level: 255 is full scale, 0 is -60 dB or less
 *   3    16       held keys: key k is bit k % 8 of byte k / 8
 *   19   256      waveform from a rising zero crossing, over 1024 samples: signed, 127 is full scale
 *   275  128      spectrum in logarithmic bands from 30 Hz to 18 kHz: 255 is 0 dB, 0 is -90 dB or less */
#ifndef TIMBREL_WEB_SCOPE_H
#define TIMBREL_WEB_SCOPE_H

#include "base/arena.h"
#include "timbrel/live.h"

enum {
    SCOPE_WAVE = 256,
    SCOPE_BANDS = 128,
    SCOPE_BYTES = 19 + SCOPE_WAVE + SCOPE_BANDS,
    SCOPE_FFT = 4096,
};

typedef struct {
    TbArena memory; /* first: tbi_arena_free_owner */
    TbFft *fft;
    float window[SCOPE_FFT], samples[SCOPE_FFT];
    float *windowed, *spectrum; /* [SCOPE_FFT], [SCOPE_FFT + 2] */
} Scope;

TB_NODISCARD TbStatus tbi_web_scope_new(Scope **scope);
void tbi_web_scope_free(Scope *scope);
void tbi_web_scope_draw(Scope *scope, TbLive *live, const TbLiveState *state, uint8_t bytes[SCOPE_BYTES]);

#endif
