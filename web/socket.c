/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WebSocket connections, and the timer that sends updates. */
#include "base/clock.h"
#include "web/server.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_BYTES = 300, ORIGIN_BYTES = 320, PATH_BYTES = 16 };
static const char SOCKET[] = "/socket", TOKEN[] = "token=";

/* ---- connections ---- */

static bool has_token(const TbWeb *web, struct lws *wsi) {
    char argument[sizeof TOKEN + TOKEN_CHARS + 1];
    const char *token = lws_get_urlarg_by_name(wsi, TOKEN, argument, sizeof argument);
    return tbi_access_token_matches(&web->access, token ? token : "");
}

static bool is_allowed(const TbWeb *web, struct lws *wsi) {
    char host[HOST_BYTES], origin[ORIGIN_BYTES], path[PATH_BYTES];
    return web->n_clients < MAX_CLIENTS && tbi_http_host(web, wsi, host, sizeof host) &&
           lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) > 0 &&
           tbi_access_origin_allowed(&web->access, origin, host) &&
           lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) > 0 && strcmp(path, SOCKET) == 0 &&
           has_token(web, wsi);
}

/* No clients: the timer stops. */
static void set_timer(TbWeb *web) {
    if (web->clients)
        lws_sul_schedule(web->context, 0, &web->timer, tbi_socket_tick, TICK_MS * LWS_US_PER_MS);
}

static void add_client(TbWeb *web, Client *c, struct lws *wsi) {
    memset(c, 0, sizeof *c);
    c->wsi = wsi;
    c->tokens = BURST;
    c->refilled = tbi_now();
    c->next = web->clients;
    web->clients = c;
    if (web->n_clients++ == 0)
        tbi_socket_tick(&web->timer);
}

static void remove_client(TbWeb *web, Client *c) {
    for (Client **at = &web->clients; *at; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            web->n_clients--;
            tbi_commands_client_left(web, c);
            return;
        }
    }
}

/* ---- sending ---- */

static int next_message(const TbWeb *web, const Client *c) {
    for (int i = 0; i < SERVER_MESSAGES; i++)
        if (c->seen[i] != web->outgoing[i].version)
            return i;
    return SERVER_MESSAGES;
}

static void request_write(TbWeb *web, Client *c) {
    if (c->write_since == 0 && next_message(web, c) < SERVER_MESSAGES) {
        c->write_since = tbi_now();
        lws_callback_on_writable(c->wsi);
    }
}

/* Sends one message, the latest of its kind: slow clients get fewer updates. */
static int write_one(TbWeb *web, Client *c) {
    int i = next_message(web, c);
    c->write_since = 0;
    if (i == SERVER_MESSAGES)
        return 0;
    ServerMessage *outgoing = &web->outgoing[i];
    c->seen[i] = outgoing->version;
    int sent = lws_write(c->wsi, outgoing->bytes + LWS_PRE, outgoing->n,
                         i == SERVER_SCOPE ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    request_write(web, c);
    return sent < (int)outgoing->n ? -1 : 0;
}

void tbi_socket_tick(lws_sorted_usec_list_t *timer) {
    TbWeb *web = lws_container_of(timer, TbWeb, timer);
    double now = tbi_now();
    tbi_commands_poll(web);
    tbi_server_messages_update(web);
    for (Client *c = web->clients; c; c = c->next) {
        request_write(web, c);
        if (c->write_since > 0 && now - c->write_since > SEND_SECONDS)
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
    set_timer(web);
}

/* ---- receiving ---- */

static bool within_rate(Client *c) {
    double now = tbi_now();
    c->tokens = fmin(c->tokens + (now - c->refilled) * PER_SECOND, BURST) - 1;
    c->refilled = now;
    return c->tokens >= 0;
}

static int refuse(struct lws *wsi, enum lws_close_status why) {
    lws_close_reason(wsi, why, NULL, 0);
    return -1;
}

static int receive(TbWeb *web, Client *c, const void *bytes, size_t n) {
    ClientMessage received;
    if (lws_frame_is_binary(c->wsi))
        return refuse(c->wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE);
    if (lws_is_first_fragment(c->wsi))
        c->n = 0;
    if (n > sizeof c->message - c->n)
        return refuse(c->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
    memcpy(c->message + c->n, bytes, n);
    c->n += n;
    if (!within_rate(c))
        return refuse(c->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION);
    if (!lws_is_final_fragment(c->wsi) || lws_remaining_packet_payload(c->wsi) > 0)
        return 0;
    if (tbi_client_message_parse(c->message, c->n, &web->initial, &received))
        tbi_commands_run(web, c, &received);
    c->n = 0;
    return 0;
}

int tbi_socket_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n) {
    TbWeb *web = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_WSI_DESTROY:
        tbi_listener_count(&web->listener, reason == LWS_CALLBACK_WSI_CREATE ? 1 : -1, MAX_CONNECTIONS);
        return 0;
    case LWS_CALLBACK_RAW_RX_FILE:
        tbi_listener_accept(&web->listener);
        return 0;
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        web->listener.wsi = NULL;
        return 0;
    case LWS_CALLBACK_HTTP:
        return tbi_http_answer(web, wsi, in);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return strcmp(in, "websocket") == 0 ? 0 : -1; /* no HTTP/2 */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return is_allowed(web, wsi) ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
        add_client(web, user, wsi);
        return 0;
    case LWS_CALLBACK_CLOSED:
        remove_client(web, user);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_one(web, user);
    case LWS_CALLBACK_RECEIVE:
        return receive(web, user, in, n);
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_ADOPT:
        return -1;
    default:
        return 0;
    }
}
