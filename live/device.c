/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selects a device by name or number among all kinds. The lists are read anew at each open, since numbers change as
 * devices are plugged in. */
#include "live/device.h"
#include "base/no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES = 256 };

const DeviceKind *const tbi_device_kinds[] = {&tbi_device_jack, &tbi_device_portaudio, &tbi_device_null, NULL};

/* ---- list ---- */

static TbStatus out_of_memory(void) {
    return tbi_no_memory("for the list of devices");
}

TbStatus tb_devices(TbDevice **devices, size_t *n) {
    bool found_default = false;
    *n = 0;
    *devices = calloc(DEVICES, sizeof **devices);
    for (const DeviceKind *const *k = tbi_device_kinds; *devices && *k; k++)
        *n += (*k)->list(*devices + *n, DEVICES - *n);
    for (size_t i = 0; i < *n; i++) {
        TbDevice *d = &(*devices)[i];
        d->number = (int)i;
        d->is_default = d->is_default && !found_default;
        found_default = found_default || d->is_default;
    }
    return *devices ? TB_OK : out_of_memory();
}

/* Finds a device by number, full name or part of a name (`exact`: by its full name only); the silent device only by its
 * full name; NULL: the default. -1: not found. */
static int find(const TbDevice *devices, size_t n, const char *wanted, bool exact) {
    int found = -1;
    bool number = !exact && wanted && wanted[strspn(wanted, "0123456789")] == 0;
    for (size_t i = 0; i < n; i++) {
        const TbDevice *d = &devices[i];
        if (number ? atoi(wanted) == d->number : wanted && strcmp(d->name, wanted) == 0)
            return (int)i;
        bool fits = exact       ? false
                    : !wanted   ? d->is_default
                    : d->silent ? strcmp(wanted, TB_LIVE_SILENT) == 0
                                : !number && strcasestr(d->name, wanted);
        found = found < 0 && fits ? (int)i : found;
    }
    return found;
}

static TbStatus none(const char *wanted) {
    return wanted ? tb_fail(TB_ERR_NOT_FOUND,
                            "There is no sound device \"%s\" that can play; --list-devices names the devices.", wanted)
                  : tb_fail(TB_ERR_NOT_FOUND,
                            "There is no sound device; plug one in, start a sound server such as PipeWire or JACK, or "
                            "play without sound with --device none.");
}

/* Whether to skip this kind: another kind was opened before, or the silent device is wanted. */
static bool skipped(const Device *d, const DeviceKind *kind) {
    bool silent = d->wanted && strcmp(d->wanted, TB_LIVE_SILENT) == 0;
    return (d->kind && d->kind != kind) || (silent && kind != &tbi_device_null);
}

/* Sets kind and name. If the default is wanted and JACK has one, PortAudio is not queried. */
static TbStatus choose(Device *d) {
    TbDevice *devices = calloc(DEVICES, sizeof *devices);
    size_t n = 0;
    int found = -1;
    bool again = d->kind != NULL;
    for (const DeviceKind *const *k = d->kinds; devices && found < 0 && *k; k++) {
        if (skipped(d, *k))
            continue;
        size_t before = n;
        n += (*k)->list(devices + n, DEVICES - n);
        for (size_t i = before; i < n; i++)
            devices[i].number = (int)i;
        found = find(devices, n, d->wanted, again);
        if (found >= 0) {
            d->kind = *k;
            snprintf(d->name, sizeof d->name, "%s", devices[found].name);
        }
    }
    TbStatus status = !devices ? out_of_memory() : found < 0 ? none(d->wanted) : TB_OK;
    free(devices);
    return status;
}

/* ---- open device ---- */

TbStatus tbi_device_check_rate(double rate) {
    if (!(rate >= 8000 && rate <= 192000))
        return tb_fail(TB_ERR_ARGUMENT, "The sample rate must be from 8 kHz to 192 kHz.");
    return TB_OK;
}

/* From now on the device is identified by its full name, since its number may change, and so may the default. */
static TbStatus remember(Device *d) {
    char *name = strdup(d->name);
    if (!name)
        return tbi_no_memory("to play");
    free(d->wanted);
    d->wanted = name;
    return TB_OK;
}

TbStatus tbi_device_open(Device *d, AudioThread *thread) {
    device_mute(d, true);
    TbStatus status = choose(d);
    if (status == TB_OK)
        status = remember(d);
    if (status == TB_OK)
        status = d->kind->open(d, thread);
    device_mute(d, false);
    return status;
}

TbStatus tbi_device_start(Device *d) {
    device_mute(d, true);
    TbStatus status = d->kind->start(d);
    device_mute(d, false);
    return status;
}

bool tbi_device_plays(const Device *d) {
    return d->open && d->kind->plays(d);
}

bool tbi_device_silent(const Device *d) {
    return d->kind == &tbi_device_null;
}

int tbi_device_block(const Device *d) {
    return d->open ? d->kind->block(d) : d->wanted_block;
}

double tbi_device_latency(const Device *d) {
    return d->open ? d->kind->latency(d) : 0;
}

void tbi_device_close(Device *d) {
    if (d->open) {
        device_mute(d, true);
        d->kind->close(d);
        device_mute(d, false);
        d->open = NULL;
    }
}

/* ---- MIDI of the device ---- */

size_t tbi_device_midi(const Device *d, char (*names)[TB_LIVE_NAME], size_t most) {
    return d->open && d->kind->midi ? d->kind->midi(d, names, most) : 0;
}

bool tbi_device_midi_connect(Device *d, const char *name) {
    return d->open && d->kind->midi_connect && d->kind->midi_connect(d, name);
}
