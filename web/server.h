/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of web/: what its files share: a page's server, and one of those who look at it. */
#ifndef TIMBREL_WEB_SERVER_H
#define TIMBREL_WEB_SERVER_H

#include "timbrel/web.h"
#include "web/access.h"
#include "web/client_messages.h"
#include "web/scope.h"
#include "web/sound_map.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    CLIENTS = 32,        /* pages at once */
    CONNECTIONS = 128,   /* of any kind: more wait until one ends */
    TICK_MS = 40,        /* between two looks at what has changed */
    SLOW_SECONDS = 5,    /* that one may take for what is waiting for it */
    HTTP_SECONDS = 5,    /* that a request, and its answer, may take */
    BURST = 1000,        /* messages of a page at once ... */
    PER_SECOND = 500,    /* ... and for long; who sends more is shown out */
    SILENT_SECONDS = 10, /* after which somebody is asked whether he is still there */
};

/* What pages are told: always the latest, never a queue. */
typedef enum {
    SERVER_HELLO,
    SERVER_CONTROLS,
    SERVER_SESSION,
    SERVER_PRESETS,
    SERVER_LIVE,
    SERVER_MAP,
    SERVER_SCOPE,
    SERVER_MESSAGES
} ServerMessageKind;

typedef struct {
    unsigned char *bytes; /* owned: n bytes behind LWS_PRE that are free */
    size_t n;
    uint64_t version; /* counts up; 0: there is nothing yet */
} ServerMessage;

/* One WebSocket. */
typedef struct Client {
    struct lws *wsi;
    struct Client *next;
    uint64_t seen[SERVER_MESSAGES]; /* versions */
    double waits_since;             /* seconds: for being able to be told something; 0: it does not wait */
    double tokens, refilled;
    bool held[128], sustains; /* what it plays */
    size_t n;                 /* of the message that comes */
    char message[MESSAGE_BYTES];
} Client;

struct TbWeb {
    TbWebOptions options;
    TbLive *live;
    Access access;
    char address[400];
    AllowedSounds first;
    SoundMap *map;
    Scope *scope;
    struct lws_context *context;
    pthread_t thread;
    atomic_bool stop, map_changed;

    /* of the server's thread alone */
    lws_sorted_usec_list_t timer;
    Client *clients;
    int n_clients, tick;
    ServerMessage outgoing[SERVER_MESSAGES];
    uint64_t presets_seen; /* the stage's count of lists, that SERVER_PRESETS is of */
    TbPresetEntry *presets;
    size_t n_presets;
    bool off[128];        /* keys whose end found the queue full */
    bool record_ends;     /* a recording that failed has been asked to end */
    char last_error[256]; /* what went wrong with the last that a page wanted; "" */
};

double tbi_web_now(void); /* seconds of the monotonic clock */

/* server_messages.c: brings page->told up to date. */
TB_NODISCARD TbStatus tbi_server_messages_hello(TbWeb *web);
void tbi_server_messages_update(TbWeb *web);
void tbi_server_messages_free(TbWeb *web);

/* commands.c: does what a page has said. */
void tbi_commands_run(TbWeb *web, Client *client, const ClientMessage *said);
void tbi_commands_poll(TbWeb *web);
void tbi_hands_record_end(TbWeb *web);
void tbi_commands_client_left(TbWeb *web, Client *client); /* ends what it plays */

/* http.c: answers a request for a file. What a callback of libwebsockets returns. */
int tbi_http_answer(TbWeb *web, struct lws *wsi, const char *path);
bool tbi_http_host(const TbWeb *web, struct lws *wsi, char *host, size_t size);

/* socket.c: all that libwebsockets calls for. */
int tbi_socket_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n);
void tbi_socket_tick(lws_sorted_usec_list_t *timer);

/* Web files, built in by web/CMakeLists.txt. */
typedef struct {
    const char *path, *type; /* "/style.css", "text/css"; NULL behind the last */
    const unsigned char *data, *end;
} WebFile;
extern const WebFile tbi_web_files[];

#endif
