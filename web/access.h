/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of web/: who may come in. Texts of requests are given as they came; nothing here keeps state. */
#ifndef TIMBREL_WEB_ACCESS_H
#define TIMBREL_WEB_ACCESS_H

#include <stdbool.h>

enum { TOKEN_CHARS = 32 }; /* 128 bits in hexadecimal */

typedef struct {
    bool listen;                 /* every address is served, not 127.0.0.1 alone */
    int port;                    /* that is served */
    char name[256];              /* of this machine; "" when it has none */
    char token[TOKEN_CHARS + 1]; /* "": none is needed */
} Access;

/* A Host header that names us: an address, localhost or this machine's own name, with our port. A foreign name that
 * its owner lets point to this machine (DNS rebinding) is none. */
bool tbi_access_host_allowed(const Access *access, const char *host);
/* An Origin header that is a page of ours, asked for by the same name. */
bool tbi_access_origin_allowed(const Access *access, const char *origin, const char *host);
/* Takes as long for every token of the right length. */
bool tbi_access_token_matches(const Access *access, const char *token);

#endif
