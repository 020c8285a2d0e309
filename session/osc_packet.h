/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of session/: what a packet of OSC says. */
#ifndef TIMBREL_SESSION_OSC_PACKET_H
#define TIMBREL_SESSION_OSC_PACKET_H

#include "timbrel/session.h"

/* Does what a message says, or all messages of a bundle; whatever is wrong is passed over. data[n_bytes] may be
 * anything, and is only read. CT */
void tbi_osc_packet(TbSession *session, uint8_t *data, size_t n_bytes);

#endif
