/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/device_list.h"
#include "app/mute_stderr.h"
#include "app/numbers.h"
#include "app/options.h"
#include "timbrel/live.h"

#include <stdio.h>
#include <stdlib.h>

enum { INDENT = 6 };

static void print_words(int column, const char *text) {
    help_words(text, &column, INDENT);
    printf("\n");
}

static void print_device(const TbDevice *d) {
    char text[TB_LIVE_NAME + 60];
    snprintf(text, sizeof text, "%s, %d channel%s, %.0f Hz", d->name, d->n_channels, plural((size_t)d->n_channels),
             d->sample_rate);
    print_words(printf("%c %2d  ", d->is_default ? '*' : ' ', d->number), text);
}

/* What there is, or only the devices or the inputs (the other NULL), without what the drivers print. */
static TbStatus list(TbDevice **devices, size_t *n_devices, TbMidiInput **inputs, size_t *n_inputs) {
    mute_stderr(true);
    TbStatus status = devices ? tb_devices(devices, n_devices) : TB_OK;
    if (status == TB_OK && inputs)
        status = tb_midi_inputs(inputs, n_inputs);
    mute_stderr(false);
    return status;
}

TbStatus device_list_print(void) {
    TbDevice *devices = NULL;
    TbMidiInput *inputs = NULL;
    size_t n_devices, n_inputs;
    TbStatus status = list(&devices, &n_devices, &inputs, &n_inputs);
    if (status == TB_OK) {
        printf(devices->silent ? "No sound device but the silent one:\n" : "Sound devices (* is the default):\n");
        for (size_t i = 0; i < n_devices; i++)
            print_device(&devices[i]);
        printf(n_inputs ? "MIDI inputs:\n" : "No MIDI input.\n");
        for (size_t i = 0; i < n_inputs; i++)
            print_words(printf("%*s", INDENT, ""), inputs[i].name);
    }
    free(devices);
    free(inputs);
    return status;
}

void device_names_print(void) {
    TbDevice *devices;
    size_t n;
    if (list(&devices, &n, NULL, NULL) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++)
        puts(devices[i].silent ? TB_LIVE_SILENT : devices[i].name);
    free(devices);
}

void midi_input_names_print(void) {
    TbMidiInput *inputs;
    size_t n;
    if (list(NULL, NULL, &inputs, &n) != TB_OK)
        return;
    for (size_t i = 0; i < n; i++)
        puts(inputs[i].name);
    free(inputs);
}
