/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64 };

int tbi_listener_open(Listener *listener, bool everyone, int port) {
    const struct sockaddr_in here = {.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)port),
                                     .sin_addr.s_addr = htonl(everyone ? INADDR_ANY : INADDR_LOOPBACK)};
    const int yes = 1;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = s >= 0 && setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                   bind(s, (const struct sockaddr *)&here, sizeof here) == 0 && listen(s, BACKLOG) == 0;
    int fault = listens ? 0 : errno;
    if (!listens && s >= 0)
        close(s);
    *listener = (Listener){.socket = listens ? s : -1};
    return fault;
}

bool tbi_listener_serve(Listener *listener, struct lws_context *context) {
    const lws_sock_file_fd_type file = {.filefd = listener->socket};
    struct lws_vhost *host = lws_get_vhost_by_name(context, "default");
    listener->wsi = lws_adopt_descriptor_vhost(host, LWS_ADOPT_RAW_FILE_DESC, file, NULL, NULL);
    listener->socket = -1;
    return listener->wsi;
}

void tbi_listener_accept(Listener *listener) {
    int s = accept4(lws_get_socket_fd(listener->wsi), NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (s >= 0) /* else it has gone again */
        lws_adopt_socket_vhost(lws_get_vhost(listener->wsi), s);
}

void tbi_listener_count(Listener *listener, int change, int most) {
    bool was_full = listener->open >= most;
    listener->open += change;
    bool is_full = listener->open >= most;
    if (listener->wsi && is_full != was_full)
        lws_rx_flow_control(listener->wsi, !is_full);
}
