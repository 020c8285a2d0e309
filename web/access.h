/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to web/: access control. Works on the raw texts of requests and has no state. */
#ifndef TIMBREL_WEB_ACCESS_H
#define TIMBREL_WEB_ACCESS_H

#include <stdbool.h>

enum { TOKEN_CHARS = 32 }; /* 128 bits in hexadecimal */

typedef struct {
    bool listen;                 /* serves all addresses, not only 127.0.0.1 */
    int port;                    /* the server's port */
    char name[256];              /* host name of this machine; "": none */
    char token[TOKEN_CHARS + 1]; /* "": none required */
} Access;

/* Whether a Host header names us: an IP address, localhost or this machine's host name, with our port. This rejects
 * foreign names made to point to this machine (DNS rebinding). */
bool tbi_access_host_allowed(const Access *access, const char *host);
/* Whether an Origin header is a page served by us under the same host name. */
bool tbi_access_origin_allowed(const Access *access, const char *origin, const char *host);
/* Takes constant time for tokens of the right length. */
bool tbi_access_token_matches(const Access *access, const char *token);

#endif
