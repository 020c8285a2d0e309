/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: handling of OSC packets. */
#ifndef TIMBREL_SESSION_OSC_PACKET_H
#define TIMBREL_SESSION_OSC_PACKET_H

#include "timbrel/session.h"

/* Executes a message, or all messages of a bundle; malformed ones are ignored. data[n_bytes] is untrusted and only
 * read. CT */
void tbi_osc_packet(TbSession *session, uint8_t *data, size_t n_bytes);
/* osc_jam.c: the same for a jam. */
void tbi_osc_jam_packet(TbJam *jam, uint8_t *data, size_t n_bytes);

#endif
