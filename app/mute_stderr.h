/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: mutes sound libraries. */
#ifndef TIMBREL_APP_MUTE_STDERR_H
#define TIMBREL_APP_MUTE_STDERR_H

#include <stdbool.h>

/* ALSA, JACK and RtMidi print everything that they look for and do not find to standard error, such as each sound card
 * in a configuration file. While muted, everything this process prints there is discarded; Timbrel reports errors
 * itself. Called from one thread, as TbLiveOptions.mute. */
void mute_stderr(bool on);

#endif
