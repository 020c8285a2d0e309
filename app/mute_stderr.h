/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: sound libraries without their chatter. */
#ifndef TIMBREL_APP_MUTE_STDERR_H
#define TIMBREL_APP_MUTE_STDERR_H

#include <stdbool.h>

/* ALSA, JACK and RtMidi write to standard error whatever they look for and do not find, such as each sound card that a
 * configuration file mentions. While it is on, nothing that this process writes there is seen; what is wrong, we say
 * ourselves. One thread, as TbLiveOptions.mute. */
void mute_stderr(bool on);

#endif
