/* Inside of live/: other people's libraries under us, without their chatter.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_LIVE_QUIET_H
#define TIMBREL_LIVE_QUIET_H

/* ALSA, JACK and RtMidi write to standard error whatever they look for and do not find, such as each sound card that a
 * configuration file mentions. From quiet_begin to quiet_end nothing that this process writes there is seen: what is
 * wrong, we say ourselves. CT, one thread of the process at a time. */
int quiet_begin(void);
void quiet_end(int before);

#endif
