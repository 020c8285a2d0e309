/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound devices through PortAudio, except JACK's (see device_jack.c). */
#include "live/device.h"

#include <math.h>
#include <pa_jack.h>
#include <pa_linux_alsa.h>
#include <portaudio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_RATE 48000.0
#define BLOCKS_AHEAD 2 /* blocks buffered in the device */

static TbStatus begin(void) {
    PaJack_SetClientName("Timbrel");
    PaError error = Pa_Initialize();
    return error == paNoError ? TB_OK
                              : tb_fail(TB_ERR_IO, "The sound system does not start (%s).", Pa_GetErrorText(error));
}

static void end(void) {
    Pa_Terminate();
}

/* ---- list ---- */

static void name_of(const PaDeviceInfo *info, char name[TB_LIVE_NAME]) {
    snprintf(name, TB_LIVE_NAME, "%s: %s", Pa_GetHostApiInfo(info->hostApi)->name, info->name);
}

static bool can_play(PaDeviceIndex device) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    return info->maxOutputChannels > 0 && Pa_GetHostApiInfo(info->hostApi)->type != paJACK;
}

static size_t list(TbDevice *devices, size_t most) {
    size_t n = 0;
    if (begin() != TB_OK)
        return 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount() && n < most; i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (can_play(i)) {
            devices[n] = (TbDevice){.n_channels = info->maxOutputChannels,
                                    .sample_rate = info->defaultSampleRate,
                                    .is_default = i == Pa_GetDefaultOutputDevice()};
            name_of(info, devices[n++].name);
        }
    }
    end();
    return n;
}

static TbStatus find(const char *wanted, PaDeviceIndex *device) {
    for (*device = 0; *device < Pa_GetDeviceCount(); ++*device) {
        char name[TB_LIVE_NAME];
        name_of(Pa_GetDeviceInfo(*device), name);
        if (can_play(*device) && strcmp(name, wanted) == 0)
            return TB_OK;
    }
    return tb_fail(TB_ERR_NOT_FOUND, "\"%s\" is gone; plug it in again.", wanted);
}

/* ---- opening ---- */

static int callback(const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *time,
                    PaStreamCallbackFlags flags, void *thread) {
    (void)in;
    (void)time;
    tbi_audio_thread_block(thread, out, n, (flags & paOutputUnderflow) != 0);
    return paContinue;
}

static TbStatus say(const Device *d, PaError error, double rate, double likes) {
    switch (error) {
    case paInvalidSampleRate:
        return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" does not play at %.0f Hz; use --rate %.0f.", d->name, rate, likes);
    case paDeviceUnavailable:
        return tb_fail(TB_ERR_BUSY,
                       "\"%s\" is busy: another program plays on it; quit that, or choose another --device.", d->name);
    default:
        return tb_fail(TB_ERR_IO, "\"%s\" cannot be opened (%s).", d->name,
                       error == paUnanticipatedHostError ? Pa_GetLastHostErrorInfo()->errorText
                                                         : Pa_GetErrorText(error));
    }
}

static PaError open_at(Device *d, PaDeviceIndex device, double rate, AudioThread *thread) {
    const PaStreamParameters parameters = {.device = device,
                                           .channelCount = d->n_channels,
                                           .sampleFormat = paFloat32,
                                           .suggestedLatency = BLOCKS_AHEAD * d->wanted_block / rate};
    return Pa_OpenStream(&d->open, NULL, &parameters, rate, (unsigned long)d->wanted_block, paClipOff, callback,
                         thread);
}

static TbStatus open_device(Device *d, AudioThread *thread) {
    PaDeviceIndex device;
    TbStatus status = begin();
    if (status)
        return status;
    status = find(d->name, &device);
    if (status) {
        end();
        return status;
    }
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    double likes = info->defaultSampleRate, rate = d->wanted_rate > 0 ? d->wanted_rate : USUAL_RATE;
    d->n_channels = info->maxOutputChannels >= 2 ? 2 : 1;
    PaError error = open_at(d, device, rate, thread);
    if (error != paNoError && !(d->wanted_rate > 0) && likes != rate) {
        PaError again = open_at(d, device, likes, thread);
        rate = again == paNoError ? likes : rate;
        error = again == paNoError ? again : error;
    }
    if (error == paNoError && Pa_GetHostApiInfo(info->hostApi)->type == paALSA)
        PaAlsa_EnableRealtimeScheduling(d->open, 1);
    if (error != paNoError) {
        status = say(d, error, rate, likes);
        d->open = NULL;
        end();
        return status;
    }
    d->rate = rate;
    return TB_OK;
}

static TbStatus start(Device *d) {
    PaError error = Pa_StartStream(d->open);
    return error == paNoError ? TB_OK : say(d, error, d->rate, d->rate);
}

static bool plays(const Device *d) {
    return Pa_IsStreamActive(d->open) == 1;
}

static int block(const Device *d) {
    return d->wanted_block;
}

static double latency(const Device *d) {
    const PaStreamInfo *info = Pa_GetStreamInfo(d->open);
    return info ? info->outputLatency : 0;
}

static void close_device(Device *d) {
    Pa_AbortStream(d->open);
    Pa_CloseStream(d->open);
    end();
}

const DeviceKind tbi_device_portaudio = {list, open_device, start, plays, block, latency, close_device, NULL, NULL};
