/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to web/: the socket that connections come in by. It is ours, not the library's: a port is then taken in one
 * step, and libwebsockets leaks memory when it finds a port taken. */
#ifndef TIMBREL_WEB_LISTENER_H
#define TIMBREL_WEB_LISTENER_H

#include <libwebsockets.h>
#include <stdbool.h>

typedef struct {
    int socket;      /* -1: none */
    struct lws *wsi; /* of the socket, once it is the server's; that closes it, too */
    int open;        /* of the server's connections, this one among them */
} Listener;

/* Listens at a port of this machine (or, with `everyone`, of its network). Returns 0, or what is wrong as in errno;
 * then listener->socket is -1. OFF. */
int tbi_listener_open(Listener *listener, bool everyone, int port);
/* Hands the socket to a server that does not listen by itself. False: there is not enough memory; the socket is closed.
 * OFF. */
bool tbi_listener_serve(Listener *listener, struct lws_context *context);

/* For the callback of libwebsockets, on the server's thread: a connection waits to be accepted; one has been opened or
 * closed. While `most` are open, others wait. */
void tbi_listener_accept(Listener *listener);
void tbi_listener_count(Listener *listener, int change, int most);

#endif
