/* SPDX-License-Identifier: GPL-3.0-or-later
 * The WebSockets of pages, and the clock that looks at what has changed. */
#include "web/server.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOST_BYTES = 300, ORIGIN_BYTES = 320, PATH_BYTES = 16 };
static const char SOCKET[] = "/socket", TOKEN[] = "token=";

double page_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- who comes, who goes ---- */

static bool has_token(const TbPage *page, struct lws *wsi) {
    char argument[sizeof TOKEN + TOKEN_CHARS + 1];
    const char *token = lws_get_urlarg_by_name(wsi, TOKEN, argument, sizeof argument);
    return gate_token(&page->gate, token ? token : "");
}

static bool may_come_in(const TbPage *page, struct lws *wsi) {
    char host[HOST_BYTES], origin[ORIGIN_BYTES], path[PATH_BYTES];
    return page->n_clients < CLIENTS && http_host(page, wsi, host, sizeof host) &&
           lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) > 0 && gate_origin(&page->gate, origin, host) &&
           lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) > 0 && strcmp(path, SOCKET) == 0 &&
           has_token(page, wsi);
}

/* Nobody looks: nothing is looked after. */
static void set_timer(TbPage *page) {
    if (page->clients)
        lws_sul_schedule(page->context, 0, &page->timer, socket_tick, TICK_MS * LWS_US_PER_MS);
}

static void come(TbPage *page, Client *c, struct lws *wsi) {
    memset(c, 0, sizeof *c);
    c->wsi = wsi;
    c->tokens = BURST;
    c->refilled = page_now();
    c->next = page->clients;
    page->clients = c;
    if (page->n_clients++ == 0)
        socket_tick(&page->timer);
}

static void leave(TbPage *page, Client *c) {
    for (Client **at = &page->clients; *at; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            page->n_clients--;
            hands_leave(page, c);
            return;
        }
    }
}

/* ---- what is told ---- */

static int next_to_tell(const TbPage *page, const Client *c) {
    for (int i = 0; i < TOLDS; i++) {
        if (c->seen[i] != page->told[i].version)
            return i;
    }
    return TOLDS;
}

static void ask(TbPage *page, Client *c) {
    if (c->waits_since == 0 && next_to_tell(page, c) < TOLDS) {
        c->waits_since = page_now();
        lws_callback_on_writable(c->wsi);
    }
}

/* One message at a time, the latest of its kind: whoever is slow is told less. */
static int tell_one(TbPage *page, Client *c) {
    int i = next_to_tell(page, c);
    c->waits_since = 0;
    if (i == TOLDS)
        return 0;
    Told *told = &page->told[i];
    c->seen[i] = told->version;
    int sent = lws_write(c->wsi, told->bytes + LWS_PRE, told->n, i == TOLD_HEARD ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    ask(page, c);
    return sent < (int)told->n ? -1 : 0;
}

void socket_tick(lws_sorted_usec_list_t *timer) {
    TbPage *page = lws_container_of(timer, TbPage, timer);
    double now = page_now();
    hands_tend(page);
    told_update(page);
    for (Client *c = page->clients; c; c = c->next) {
        ask(page, c);
        if (c->waits_since > 0 && now - c->waits_since > SLOW_SECONDS)
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
    set_timer(page);
}

/* ---- what is said ---- */

static bool is_in_time(Client *c) {
    double now = page_now();
    c->tokens = fmin(c->tokens + (now - c->refilled) * PER_SECOND, BURST) - 1;
    c->refilled = now;
    return c->tokens >= 0;
}

static int refuse(struct lws *wsi, enum lws_close_status why) {
    lws_close_reason(wsi, why, NULL, 0);
    return -1;
}

static int hear(TbPage *page, Client *c, const void *bytes, size_t n) {
    Said said;
    if (lws_frame_is_binary(c->wsi))
        return refuse(c->wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE);
    if (lws_is_first_fragment(c->wsi))
        c->n = 0;
    if (n > sizeof c->message - c->n)
        return refuse(c->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
    memcpy(c->message + c->n, bytes, n);
    c->n += n;
    if (!is_in_time(c))
        return refuse(c->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION);
    if (!lws_is_final_fragment(c->wsi) || lws_remaining_packet_payload(c->wsi) > 0)
        return 0;
    if (page_message(c->message, c->n, &page->first, &said))
        hands_do(page, c, &said);
    c->n = 0;
    return 0;
}

int socket_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n) {
    TbPage *page = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return http_answer(page, wsi, in);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return strcmp(in, "websocket") == 0 ? 0 : -1; /* no HTTP/2 */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return may_come_in(page, wsi) ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
        come(page, user, wsi);
        return 0;
    case LWS_CALLBACK_CLOSED:
        leave(page, user);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return tell_one(page, user);
    case LWS_CALLBACK_RECEIVE:
        return hear(page, user, in, n);
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_ADOPT:
        return -1;
    default:
        return 0;
    }
}
