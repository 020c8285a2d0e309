// SPDX-License-Identifier: GPL-3.0-or-later
/* The socket that OSC comes by, and the thread that reads it. It is not liblo's, which listens to the whole network and
 * cannot be told not to. */
#include "stage/osc_packet.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { LONGEST = 65536, LOOK_US = 100000 }; /* bytes of a packet; how often the thread looks whether it shall end */

struct TbOsc {
    TbStage *stage;
    int fd, port;
    pthread_t thread;
    bool runs;
    atomic_bool stop;
    _Alignas(8) uint8_t packet[LONGEST];
};

static void *listener(void *context) {
    TbOsc *o = context;
    while (!atomic_load(&o->stop)) {
        ssize_t n = recv(o->fd, o->packet, sizeof o->packet, 0);
        if (n > 0) {
            osc_packet(o->stage, o->packet, (size_t)n);
        }
    }
    return NULL;
}

static TbStatus bind_to(TbOsc *o, const char *address, const char *port) {
    const struct addrinfo hints = {
        .ai_family = address && *address ? AF_UNSPEC : AF_INET, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
    const char *host = !address ? "127.0.0.1" : *address ? address : NULL;
    struct addrinfo *found;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error) {
        return tb_fail(TB_ERR_NOT_FOUND, "Cannot listen for OSC at %s, port %s (%s); name another.",
                       host ? host : "all addresses", port, gai_strerror(error));
    }
    o->fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = o->fd >= 0 && bind(o->fd, found->ai_addr, found->ai_addrlen) == 0;
    error = errno;
    freeaddrinfo(found);
    if (!good) {
        return tb_fail(TB_ERR_IO, "Cannot listen for OSC on port %s (%s); choose another port.", port, strerror(error));
    }
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    getsockname(o->fd, (struct sockaddr *)&bound, &size);
    o->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                : ((struct sockaddr_in *)&bound)->sin_port);
    const struct timeval look = {.tv_usec = LOOK_US};
    setsockopt(o->fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
    return TB_OK;
}

static TbStatus start(TbOsc *o) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    o->runs = pthread_create(&o->thread, NULL, listener, o) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return o->runs ? TB_OK
                   : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for a thread to listen for OSC with.");
}

TbStatus tb_osc_new(TbStage *stage, const char *address, const char *port, TbOsc **osc) {
    TbOsc *o = calloc(1, sizeof *o);
    *osc = NULL;
    if (!o) {
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to listen for OSC.");
    }
    o->stage = stage;
    o->fd = -1;
    TbStatus status = bind_to(o, address, port);
    if (status == TB_OK) {
        status = start(o);
    }
    if (status) {
        tb_osc_free(o);
        return status;
    }
    *osc = o;
    return TB_OK;
}

int tb_osc_port(const TbOsc *osc) {
    return osc->port;
}

void tb_osc_free(TbOsc *o) {
    if (!o) {
        return;
    }
    atomic_store(&o->stop, true);
    if (o->runs) {
        pthread_join(o->thread, NULL);
    }
    if (o->fd >= 0) {
        close(o->fd);
    }
    free(o);
}
