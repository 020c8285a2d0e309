/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/device_list.h"
#include "app/mute_stderr.h"
#include "app/numbers.h"
#include "timbrel/live.h"

#include <stdio.h>
#include <stdlib.h>

TbStatus device_list_print(void) {
    TbDevice *devices = NULL;
    TbMidiInput *inputs = NULL;
    size_t n_devices, n_inputs;
    mute_stderr(true);
    TbStatus status = tb_devices(&devices, &n_devices);
    if (status == TB_OK)
        status = tb_midi_inputs(&inputs, &n_inputs);
    mute_stderr(false);
    if (status == TB_OK) {
        printf(devices->silent ? "No sound device but the silent one:\n" : "Sound devices (* is the default):\n");
        for (size_t i = 0; i < n_devices; i++)
            printf("%c %2d  %s, %d channel%s, %.0f Hz\n", devices[i].is_default ? '*' : ' ', devices[i].number,
                   devices[i].name, devices[i].n_channels, plural((size_t)devices[i].n_channels),
                   devices[i].sample_rate);
        printf(n_inputs ? "MIDI inputs:\n" : "No MIDI input.\n");
        for (size_t i = 0; i < n_inputs; i++)
            printf("      %s\n", inputs[i].name);
    }
    free(devices);
    free(inputs);
    return status;
}

void device_names_print(void) {
    TbDevice *devices;
    size_t n;
    mute_stderr(true);
    TbStatus status = tb_devices(&devices, &n);
    mute_stderr(false);
    if (status)
        return;
    for (size_t i = 0; i < n; i++)
        puts(devices[i].silent ? TB_LIVE_SILENT : devices[i].name);
    free(devices);
}

void midi_input_names_print(void) {
    TbMidiInput *inputs;
    size_t n;
    mute_stderr(true);
    TbStatus status = tb_midi_inputs(&inputs, &n);
    mute_stderr(false);
    if (status)
        return;
    for (size_t i = 0; i < n; i++)
        puts(inputs[i].name);
    free(inputs);
}
