/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The OSC socket and the thread that reads it. liblo's server is not used, since it cannot be restricted to one
 * address. */
#include "base/no_memory.h"
#include "session/osc_packet.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Packet size in bytes; interval of checks for the stop flag; addresses per host name. */
enum { MAX_PACKET = 65536, POLL_MS = 100, MAX_ADDRESSES = 8 };

struct TbOsc {
    TbSession *session; /* what is played: one of these, */
    TbJam *jam;         /* the other is NULL */
    struct pollfd socket[MAX_ADDRESSES];
    nfds_t n;
    int port;
    pthread_t thread;
    bool runs;
    atomic_bool stop;
    _Alignas(8) uint8_t packet[MAX_PACKET];
};

static void *listener(void *context) {
    TbOsc *o = context;
    while (!atomic_load(&o->stop)) {
        if (poll(o->socket, o->n, POLL_MS) <= 0)
            continue;
        for (nfds_t i = 0; i < o->n; i++) {
            ssize_t n = o->socket[i].revents ? recv(o->socket[i].fd, o->packet, sizeof o->packet, MSG_DONTWAIT) : 0;
            if (n > 0 && o->jam)
                tbi_osc_jam_packet(o->jam, o->packet, (size_t)n);
            else if (n > 0)
                tbi_osc_packet(o->session, o->packet, (size_t)n);
        }
    }
    return NULL;
}

static int port_of(int fd) {
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0)
        return 0;
    return ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                             : ((struct sockaddr_in *)&bound)->sin_port);
}

/* Binds a socket to this address, on the port of the earlier ones. *error: errno on failure. */
static bool bind_one(TbOsc *o, const struct addrinfo *at, int *error) {
    struct sockaddr_storage address;
    const int only = 1;
    memcpy(&address, at->ai_addr, at->ai_addrlen);
    if (o->port && at->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)&address)->sin6_port = htons((uint16_t)o->port);
    else if (o->port)
        ((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)o->port);
    int fd = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && at->ai_family == AF_INET6) /* IPv4 has its own socket */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, at->ai_addrlen) != 0) {
        *error = errno;
        if (fd >= 0)
            close(fd);
        return false;
    }
    o->socket[o->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    o->port = o->port ? o->port : port_of(fd);
    return true;
}

/* Whether the address has no earlier duplicate in the list. */
static bool is_first(const struct addrinfo *list, const struct addrinfo *at) {
    while (list != at &&
           (list->ai_addrlen != at->ai_addrlen || memcmp(list->ai_addr, at->ai_addr, at->ai_addrlen) != 0))
        list = list->ai_next;
    return list == at;
}

/* Binds all IPv4 and IPv6 addresses of the name. One family may be missing on this machine, but a port in use on any
 * address is an error. */
static TbStatus bind_to(TbOsc *o, const char *address, const char *port) {
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = address ? AI_PASSIVE : 0};
    const char *host = address && *address ? address : NULL; /* NULL: the loopback addresses or, passive, all */
    struct addrinfo *found;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error) {
        return tb_fail(TB_ERR_NOT_FOUND, "Cannot listen for OSC at %s, port %s (%s); name another address or port.",
                       host      ? host
                       : address ? "all addresses"
                                 : "this machine",
                       port, gai_strerror(error));
    }
    error = 0;
    bool taken = false;
    for (const int *family = (const int[]){AF_INET, AF_INET6, 0}; *family; family++) {
        for (const struct addrinfo *at = found; at && o->n < MAX_ADDRESSES; at = at->ai_next)
            if (at->ai_family == *family && is_first(found, at) && !bind_one(o, at, &error))
                taken = taken || error == EADDRINUSE;
    }
    freeaddrinfo(found);
    if (o->n == 0 || (taken && strcmp(port, "0") != 0)) {
        return tb_fail(taken ? TB_ERR_BUSY : TB_ERR_IO, "Cannot listen for OSC on port %s (%s); choose another port.",
                       port, strerror(taken ? EADDRINUSE : error));
    }
    return TB_OK;
}

static TbStatus start(TbOsc *o) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    o->runs = pthread_create(&o->thread, NULL, listener, o) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return o->runs ? TB_OK : tbi_no_memory("for a thread to listen for OSC with");
}

static TbStatus open_for(TbSession *session, TbJam *jam, const char *address, const char *port, TbOsc **osc) {
    TbOsc *o = calloc(1, sizeof *o);
    *osc = NULL;
    if (!o)
        return tbi_no_memory("to listen for OSC");
    o->session = session;
    o->jam = jam;
    TbStatus status = bind_to(o, address, port);
    if (status == TB_OK)
        status = start(o);
    if (status) {
        tb_osc_free(o);
        return status;
    }
    *osc = o;
    return TB_OK;
}

TbStatus tb_osc_new(TbSession *session, const char *address, const char *port, TbOsc **osc) {
    return open_for(session, NULL, address, port, osc);
}

TbStatus tb_osc_new_jam(TbJam *jam, const char *address, const char *port, TbOsc **osc) {
    return open_for(NULL, jam, address, port, osc);
}

int tb_osc_port(const TbOsc *osc) {
    return osc->port;
}

void tb_osc_free(TbOsc *o) {
    if (!o)
        return;
    atomic_store(&o->stop, true);
    if (o->runs)
        pthread_join(o->thread, NULL);
    for (nfds_t i = 0; i < o->n; i++)
        close(o->socket[i].fd);
    free(o);
}
