// SPDX-License-Identifier: GPL-3.0-or-later
/* Sound devices by PortAudio. Which one is meant is looked up anew whenever one is opened: numbers change with what is
 * plugged in. */
#include "live/device.h"
#include "live/quiet.h"

#include <ctype.h>
#include <math.h>
#include <pa_jack.h>
#include <pa_linux_alsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_RATE 48000.0
#define BLOCKS_AHEAD 2 /* that lie ready in the device */

static TbStatus begin(void) {
    int before = quiet_begin();
    PaJack_SetClientName("Timbrel");
    PaError error = Pa_Initialize();
    quiet_end(before);
    return error == paNoError ? TB_OK
                              : tb_fail(TB_ERR_IO, "The sound system does not start (%s).", Pa_GetErrorText(error));
}

static void end(void) {
    int before = quiet_begin();
    Pa_Terminate();
    quiet_end(before);
}

/* ---- what there is ---- */

static void name_of(const PaDeviceInfo *info, char name[TB_LIVE_NAME]) {
    const char *host = Pa_GetHostApiInfo(info->hostApi)->name;
    bool jack = strncmp(host, "JACK", 4) == 0; /* "JACK Audio Connection Kit" */
    snprintf(name, TB_LIVE_NAME, "%s: %s", jack ? "JACK" : host, info->name);
}

/* JACK's, when it runs: the cards are its then. */
static PaDeviceIndex usual_device(void) {
    PaHostApiIndex jack = Pa_HostApiTypeIdToHostApiIndex(paJACK);
    PaDeviceIndex device = jack >= 0 ? Pa_GetHostApiInfo(jack)->defaultOutputDevice : paNoDevice;
    return device != paNoDevice ? device : Pa_GetDefaultOutputDevice();
}

TbStatus tb_devices(TbDevice **devices, size_t *n) {
    *devices = NULL;
    *n = 0;
    TbStatus status = begin();
    if (status) {
        return status;
    }
    int count = Pa_GetDeviceCount();
    PaDeviceIndex usual = usual_device();
    *devices = calloc((size_t)(count > 0 ? count : 0) + 1, sizeof **devices);
    for (int i = 0; *devices && i < count; i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (info->maxOutputChannels > 0) {
            TbDevice *d = &(*devices)[(*n)++];
            *d = (TbDevice){.number = i,
                            .n_channels = info->maxOutputChannels,
                            .sample_rate = info->defaultSampleRate,
                            .standard = i == usual};
            name_of(info, d->name);
        }
    }
    end();
    return *devices ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the list of devices.");
}

/* By its number, its whole name, or a part of it. */
static PaDeviceIndex find(const char *wanted) {
    PaDeviceIndex found = paNoDevice;
    bool number = wanted[strspn(wanted, "0123456789")] == 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        char name[TB_LIVE_NAME];
        name_of(info, name);
        if (info->maxOutputChannels <= 0) {
            continue;
        }
        if (number ? atoi(wanted) == i : strcmp(name, wanted) == 0) {
            return i;
        }
        found = !number && found == paNoDevice && strcasestr(name, wanted) ? i : found;
    }
    return found;
}

static TbStatus choose(Device *d, PaDeviceIndex *device) {
    *device = d->wanted ? find(d->wanted) : usual_device();
    if (*device != paNoDevice) {
        return TB_OK;
    }
    return d->wanted
               ? tb_fail(TB_ERR_NOT_FOUND,
                         "there is no sound device \"%s\" that can play; --list-devices names "
                         "those there are",
                         d->wanted)
               : tb_fail(TB_ERR_NOT_FOUND,
                         "there is no sound device; plug one in, or start a sound server such as PipeWire or JACK");
}

/* ---- opening ---- */

static int callback(const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *time,
                    PaStreamCallbackFlags flags, void *thread) {
    (void)in;
    (void)time;
    audio_thread_block(thread, out, n, (flags & paOutputUnderflow) != 0);
    return paContinue;
}

static TbStatus say(const Device *d, PaError error, double rate, double likes) {
    switch (error) {
    case paInvalidSampleRate:
        return tb_fail(TB_ERR_UNSUPPORTED, "%s does not play at %.0f Hz; give it --rate %.0f", d->name, rate, likes);
    case paDeviceUnavailable:
        return tb_fail(TB_ERR_IO, "%s is busy: another program plays on it; stop that, or choose another --device",
                       d->name);
    default:
        return tb_fail(TB_ERR_IO, "%s cannot be opened (%s)", d->name,
                       error == paUnanticipatedHostError ? Pa_GetLastHostErrorInfo()->errorText
                                                         : Pa_GetErrorText(error));
    }
}

static PaError open_at(Device *d, PaDeviceIndex device, double rate, AudioThread *thread) {
    const PaStreamParameters parameters = {.device = device,
                                           .channelCount = d->n_channels,
                                           .sampleFormat = paFloat32,
                                           .suggestedLatency = BLOCKS_AHEAD * d->block / rate};
    return Pa_OpenStream(&d->stream, NULL, &parameters, rate, (unsigned long)d->block, paClipOff, callback, thread);
}

/* From now on it is known by its whole name: its number may be another's when it comes back. */
static TbStatus remember(Device *d) {
    char *name = d->wanted ? strdup(d->name) : NULL;
    if (d->wanted && !name) {
        device_close(d);
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to play.");
    }
    free(d->wanted);
    d->wanted = name;
    return TB_OK;
}

TbStatus device_open(Device *d, AudioThread *thread) {
    PaDeviceIndex device;
    TbStatus status = begin();
    if (status) {
        return status;
    }
    d->stream = NULL;
    status = choose(d, &device);
    if (status) {
        end();
        return status;
    }
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    double likes = info->defaultSampleRate, rate = d->wanted_rate > 0 ? d->wanted_rate : USUAL_RATE;
    name_of(info, d->name);
    d->jack = Pa_GetHostApiInfo(info->hostApi)->type == paJACK;
    d->n_channels = info->maxOutputChannels >= 2 ? 2 : 1;
    int before = quiet_begin();
    PaError error = open_at(d, device, rate, thread);
    if (error != paNoError && !(d->wanted_rate > 0) && likes != rate) {
        PaError again = open_at(d, device, likes, thread);
        rate = again == paNoError ? likes : rate;
        error = again == paNoError ? again : error;
    }
    if (error == paNoError && Pa_GetHostApiInfo(info->hostApi)->type == paALSA) {
        PaAlsa_EnableRealtimeScheduling(d->stream, 1);
    }
    quiet_end(before);
    if (error != paNoError) {
        status = say(d, error, rate, likes);
        d->stream = NULL;
        end();
        return status;
    }
    d->rate = rate;
    return remember(d);
}

TbStatus device_start(Device *d) {
    int before = quiet_begin();
    PaError error = Pa_StartStream(d->stream);
    quiet_end(before);
    return error == paNoError ? TB_OK : say(d, error, d->rate, d->rate);
}

bool device_plays(const Device *d) {
    return d->stream && Pa_IsStreamActive(d->stream) == 1;
}

double device_latency(const Device *d) {
    const PaStreamInfo *info = d->stream ? Pa_GetStreamInfo(d->stream) : NULL;
    return info ? info->outputLatency : 0;
}

void device_close(Device *d) {
    if (d->stream) {
        int before = quiet_begin();
        Pa_AbortStream(d->stream);
        Pa_CloseStream(d->stream);
        quiet_end(before);
        d->stream = NULL;
        end();
    }
}
