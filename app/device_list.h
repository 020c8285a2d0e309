/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the list of sound devices and MIDI inputs, for `timbrel play --list-devices`. */
#ifndef TIMBREL_APP_DEVICE_LIST_H
#define TIMBREL_APP_DEVICE_LIST_H

#include "timbrel/base.h"

/* Prints sound devices and MIDI inputs to standard output. */
TB_NODISCARD TbStatus device_list_print(void);

#endif
