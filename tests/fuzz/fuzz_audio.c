/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are an audio file or refused; a file that is accepted has the properties stated in audio.h. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/audio.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbAudio audio;
    TbAudioInfo info;
    TbStatus status = tb_audio_read_memory(data, size, &audio, &info);
    if (fuzz_refused(status, !audio.samples && audio.n_samples == 0))
        return 0;
    require(audio.n_samples >= 1 && audio.sample_rate >= 1000 && audio.sample_rate <= 1e6);
    require(info.sample_rate == audio.sample_rate && info.n_channels >= 1 && *info.format);
    require(info.seconds <= 4 * 3600 && info.n_repaired <= audio.n_samples * (size_t)info.n_channels);
    for (size_t i = 0; i < audio.n_samples; i++)
        require(fabsf(audio.samples[i]) <= 1000.0f); /* fails for NaN too */
    tb_audio_free(&audio);
    return 0;
}
