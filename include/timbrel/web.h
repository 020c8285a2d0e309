/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel web: a session in the browser: a small HTTP and WebSocket server and the page that it serves.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_WEB_H
#define TIMBREL_WEB_H

#include "timbrel/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TbWeb TbWeb;

typedef struct {
    size_t size;        /* see timbrel/base.h */
    TbSession *session; /* borrowed */
    bool listen;        /* listen on all addresses, not only 127.0.0.1; the page's address then has an access token */
    int port;           /* 0: 8321, or the next free port */
    const char *record; /* folder for recordings started on the page; NULL: the current folder */
    /* As in TbSessionOptions, for the map of sounds, which loads its own copy of the model: called on a thread of the
     * server, possibly while the session's thread calls them. NULL: no map. */
    TbStatus (*load_model)(void *context, const char *name, TbModel **model);
    TbStatus (*load)(void *context, const TbModel *model, const char *name, TbInstrument **instrument);
    void *context;
} TbWebOptions;

/* The session is still to be set. */
static inline void tb_web_defaults(TbWebOptions *options) {
    TB_OPTIONS_BEGIN(options);
}

/* Serves the page on a thread of its own. Messages from browsers are limited in size, number and rate. TB_ERR_BUSY: no
 * port is free. OFF */
TB_NODISCARD TB_API TbStatus tb_web_new(const TbWebOptions *options, TbWeb **web);
/* "http://127.0.0.1:8321/", followed by the token if there is one. ANY */
TB_API const char *tb_web_address(const TbWeb *web);
TB_API void tb_web_free(TbWeb *web); /* ends notes held by pages; call it before freeing the session. OFF */

#ifdef __cplusplus
}
#endif
#endif
