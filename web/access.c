/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/access.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_CHARS = 300 };
static const char SCHEME[] = "http://";

static bool is_address(const char *name) {
    unsigned char address[sizeof(struct in6_addr)];
    char inner[INET6_ADDRSTRLEN];
    size_t n = strlen(name);
    if (inet_pton(AF_INET, name, address) == 1)
        return true;
    if (n < 3 || n - 2 >= sizeof inner || name[0] != '[' || name[n - 1] != ']')
        return false;
    memcpy(inner, name + 1, n - 2);
    inner[n - 2] = 0;
    return inet_pton(AF_INET6, inner, address) == 1;
}

static bool is_our_name(const Access *g, const char *name) {
    size_t n = strlen(g->name);
    return n > 0 && strncasecmp(name, g->name, n) == 0 && (name[n] == 0 || strcasecmp(name + n, ".local") == 0);
}

/* "name:port"; browsers omit port 80, which is never ours. */
bool tbi_access_host_allowed(const Access *g, const char *host) {
    char name[HOST_CHARS], port[16];
    const char *colon = strrchr(host, ':');
    if (!colon || (size_t)(colon - host) >= sizeof name)
        return false;
    memcpy(name, host, (size_t)(colon - host));
    name[colon - host] = 0;
    snprintf(port, sizeof port, "%d", g->port);
    if (strcmp(colon + 1, port) != 0)
        return false;
    if (strcmp(name, "127.0.0.1") == 0 || strcasecmp(name, "localhost") == 0)
        return true;
    return g->listen && (is_address(name) || is_our_name(g, name));
}

bool tbi_access_origin_allowed(const Access *g, const char *origin, const char *host) {
    size_t n = strlen(SCHEME);
    return tbi_access_host_allowed(g, host) && strncmp(origin, SCHEME, n) == 0 && strcasecmp(origin + n, host) == 0;
}

bool tbi_access_token_matches(const Access *g, const char *token) {
    if (!*g->token)
        return true;
    if (strlen(token) != TOKEN_CHARS)
        return false;
    unsigned char differs = 0;
    for (int i = 0; i < TOKEN_CHARS; i++)
        differs |= (unsigned char)(token[i] ^ g->token[i]);
    return differs == 0;
}
