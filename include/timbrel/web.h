/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel web: a stage in a browser: a small HTTP and WebSocket server, and the page that it serves.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_WEB_H
#define TIMBREL_WEB_H

#include "timbrel/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TbWeb TbWeb;

typedef struct {
    TbSession *session; /* borrowed */
    bool listen;        /* to every address, not to 127.0.0.1 alone; a token is then in the page's address */
    int port;           /* 0: 8321, or the next free one */
    const char *record; /* the folder for recordings that are begun on the page; NULL: where the program was started */
    /* As in TbSessionOptions, for the map of sounds, which has a model of its own while it is made: called on a thread
     * of the page, while the stage's may call them, too. NULL: there is no map. */
    TbStatus (*load_model)(void *context, const char *name, TbModel **model);
    TbStatus (*load)(void *context, const TbModel *model, const char *name, TbInstrument **instrument);
    void *context;
} TbWebOptions;

/* Serves the page on a thread of its own. What it takes from browsers is bounded in size, number and pace. TB_ERR_BUSY:
 * no port is free. OFF */
TB_NODISCARD TB_API TbStatus tb_web_new(const TbWebOptions *options, TbWeb **web);
/* "http://127.0.0.1:8321/", with its token if it has one. ANY */
TB_API const char *tb_web_address(const TbWeb *web);
TB_API void tb_web_free(TbWeb *web); /* notes that pages hold are ended; before the stage. OFF */

#ifdef __cplusplus
}
#endif
#endif
