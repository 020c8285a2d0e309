/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server's lifetime: address, token, thread. */
#include "web/server.h"
#include "base/no_memory.h"
#include "base/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    FIRST_PORT = 8321,
    N_PORTS = 20,
    NICE = 5,
    HEADER_BYTES = 4096,
    SPARE_CONNECTIONS = 8, /* for the library's own events */
};

static const struct lws_protocols protocols[] = {
    {.name = "timbrel",
     .callback = tbi_socket_callback,
     .per_session_data_size = sizeof(Client),
     .rx_buffer_size = MESSAGE_BYTES},
    {.name = NULL},
};

/* Detects clients that have gone without closing the connection. */
static const lws_retry_bo_t idle = {.secs_since_valid_ping = PING_SECONDS,
                                    .secs_since_valid_hangup = PING_SECONDS + SEND_SECONDS};

/* ---- address ---- */

static TbStatus make_token(char token[TOKEN_CHARS + 1]) {
    unsigned char random[TOKEN_CHARS / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return tb_fail(TB_ERR_IO,
                       "This machine has no random numbers to protect the page with; serve it to this machine only.");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(token + 2 * i, 3, "%02x", random[i]);
    return TB_OK;
}

/* The local address other machines most probably reach this one by: the source address of a packet to a distant host.
 * No packet is sent. */
static void find_local_address(char *text, size_t size) {
    struct sockaddr_in remote = {.sin_family = AF_INET, .sin_port = htons(9)}, here = {.sin_family = AF_INET};
    socklen_t n = sizeof here;
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    remote.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, reserved for documentation (RFC 5737) */
    bool found = s >= 0 && connect(s, (struct sockaddr *)&remote, sizeof remote) == 0 &&
                 getsockname(s, (struct sockaddr *)&here, &n) == 0;
    if (!found || !inet_ntop(AF_INET, &here.sin_addr, text, (socklen_t)size))
        snprintf(text, size, "127.0.0.1");
    if (s >= 0)
        close(s);
}

static void format_address(TbWeb *p) {
    char here[INET_ADDRSTRLEN] = "127.0.0.1";
    if (p->access.listen)
        find_local_address(here, sizeof here);
    snprintf(p->address, sizeof p->address, "http://%s:%d/%s%s", here, p->access.port, *p->access.token ? "#" : "",
             p->access.token);
}

/* ---- server ---- */

static TbStatus listen_at(TbWeb *p, int wanted) {
    int first = wanted ? wanted : FIRST_PORT, last = wanted ? wanted : FIRST_PORT + N_PORTS - 1;
    int fault = EADDRINUSE;
    if (wanted < 0 || wanted > 65535)
        return tb_fail(TB_ERR_ARGUMENT, "There is no port %d; ports go from 1 to 65535, and 0 stands for a free one.",
                       wanted);
    for (int port = first; port <= last && fault; port++) {
        p->access.port = port;
        fault = tbi_listener_open(&p->listener, p->access.listen, port);
    }
    if (!fault)
        return TB_OK;
    if (wanted && fault != EADDRINUSE)
        return tb_fail(TB_ERR_IO, "Port %d cannot be opened for the page (%s); name another with --port.", wanted,
                       strerror(fault));
    return wanted ? tb_fail(TB_ERR_BUSY, "Port %d is in use by another program; name another for the page with --port.",
                            wanted)
                  : tb_fail(TB_ERR_BUSY, "No port from %d to %d is free for the page; name another with --port.", first,
                            last);
}

static TbStatus serve(TbWeb *p) {
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .options =
            LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .user = p,
        .fd_limit_per_thread = MAX_CONNECTIONS + SPARE_CONNECTIONS,
        .max_http_header_data = HEADER_BYTES,
        .timeout_secs = HTTP_SECONDS,
        .timeout_secs_ah_idle = HTTP_SECONDS,
        .keepalive_timeout = HTTP_SECONDS,
        .server_string = "timbrel",
        .retry_and_idle_policy = &idle,
    };
    lws_set_log_level(0, NULL);
    p->context = lws_create_context(&info);
    return p->context && tbi_listener_serve(&p->listener, p->context) ? TB_OK : tbi_no_memory("to serve the page");
}

/* Runs at a lower priority than the audio thread. */
static void *run(void *web) {
    TbWeb *p = web;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    while (!atomic_load(&p->stop) && lws_service(p->context, 0) >= 0) {
    }
    return NULL;
}

static void map_changed(void *web) {
    TbWeb *p = web;
    atomic_store(&p->map_changed, true);
}

static TbStatus start_map(TbWeb *p) {
    TbSessionState state;
    TbStatus status = tbi_sound_map_new(&p->options, map_changed, p, &p->map);
    tb_session_state(p->options.session, &state);
    if (status == TB_OK)
        tbi_sound_map_model(p->map, state.preset.model);
    return status;
}

static TbStatus prepare(TbWeb *p, const TbWebOptions *options) {
    TbSessionState state;
    p->options = *options;
    p->options.record = NULL;
    if (options->record && !(p->options.record = strdup(options->record)))
        return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for the page.");
    p->live = tb_session_live(options->session);
    p->access.listen = options->listen;
    tb_session_state(options->session, &state);
    p->initial.n = state.preset.n_sounds;
    memcpy(p->initial.name, state.preset.sound, sizeof p->initial.name);
    if (gethostname(p->access.name, sizeof p->access.name - 1) != 0)
        *p->access.name = 0;
    TbStatus status = options->listen ? make_token(p->access.token) : TB_OK;
    if (status == TB_OK)
        status = tbi_web_scope_new(&p->scope);
    return status == TB_OK ? tbi_server_messages_hello(p) : status;
}

TbStatus tb_web_new(const TbWebOptions *given, TbWeb **web) {
    TbWebOptions own, *options = &own;
    *web = NULL;
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status)
        return status;
    TbWeb *p = *web = calloc(1, sizeof *p);
    if (!p)
        return tbi_no_memory("for the page");
    p->listener.socket = -1;
    status = prepare(p, options);
    if (status == TB_OK)
        status = listen_at(p, options->port);
    if (status == TB_OK)
        status = serve(p);
    if (status == TB_OK && options->load_model && options->load)
        status = start_map(p);
    if (status == TB_OK) {
        format_address(p);
        if (pthread_create(&p->thread, NULL, run, p) == 0)
            return TB_OK;
        status = tbi_no_memory("for a thread to serve the page with");
    }
    atomic_store(&p->stop, true); /* the thread is not running */
    tb_web_free(p);
    *web = NULL;
    return status;
}

const char *tb_web_address(const TbWeb *web) {
    return web->address;
}

void tb_web_free(TbWeb *p) {
    if (!p)
        return;
    if (p->context) {
        if (!atomic_exchange(&p->stop, true)) {
            lws_cancel_service(p->context);
            pthread_join(p->thread, NULL);
        }
        lws_context_destroy(p->context); /* closes all connections, which ends their notes */
    }
    if (p->listener.socket >= 0)
        close(p->listener.socket);
    tbi_sound_map_free(p->map); /* when no thread asks it any more */
    tbi_web_scope_free(p->scope);
    tbi_server_messages_free(p);
    free((char *)p->options.record);
    free(p);
}
