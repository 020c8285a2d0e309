/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the sound devices and MIDI inputs, for `timbrel play --list-devices` and completion. */
#ifndef TIMBREL_APP_DEVICE_LIST_H
#define TIMBREL_APP_DEVICE_LIST_H

#include "timbrel/base.h"

/* Prints sound devices and MIDI inputs to standard output. */
TB_NODISCARD TbStatus device_list_print(void);

/* Prints names alone, one per line; nothing if they cannot be listed. */
void device_names_print(void);
void midi_input_names_print(void);

#endif
