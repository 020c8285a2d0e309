/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serves the files of the page, which are public; HTTP offers nothing else. */
#include "web/server.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 2048, HOST_BYTES = 300 };

static const struct {
    const char *name, *value;
} security_headers[] = {
    {"content-security-policy:", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                                 "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
                                 "frame-ancestors 'none'"},
    {"x-content-type-options:", "nosniff"},
    {"x-frame-options:", "DENY"},
    {"referrer-policy:", "no-referrer"},
    {"cross-origin-resource-policy:", "same-origin"},
    {"permissions-policy:", "camera=(), geolocation=(), microphone=()"},
    {"cache-control:", "no-store"},
    {"connection:", "close"},
};

/* Sends the head and, if there is one, the body at once; libwebsockets sends what the socket does not take now before
 * it closes. Each connection serves one request: libwebsockets 4.1 may loop forever on a second one with a body. */
static int send_all(struct lws *wsi, unsigned status, const char *type, const unsigned char *body, size_t n,
                    bool with_body) {
    unsigned char *buffer = malloc(LWS_PRE + HEAD_BYTES + n);
    if (!buffer)
        return -1;
    unsigned char *start = buffer + LWS_PRE, *p = start, *end = start + HEAD_BYTES;
    bool failed = lws_add_http_common_headers(wsi, status, type, n, &p, end) != 0;
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
        failed = failed || lws_add_http_header_by_name(wsi, (const unsigned char *)security_headers[i].name,
                                                       (const unsigned char *)security_headers[i].value,
                                                       (int)strlen(security_headers[i].value), &p, end) != 0;
    failed = failed || lws_finalize_http_header(wsi, &p, end) != 0;
    if (!failed && with_body) {
        memcpy(p, body, n);
        p += n;
    }
    if (!failed)
        lws_write(wsi, start, (size_t)(p - start), LWS_WRITE_HTTP_FINAL);
    free(buffer);
    return -1;
}

static int refuse(struct lws *wsi, unsigned status, const char *why) {
    return send_all(wsi, status, "text/plain; charset=utf-8", (const unsigned char *)why, strlen(why), true);
}

bool tbi_http_host(const TbWeb *web, struct lws *wsi, char *host, size_t size) {
    return lws_hdr_copy(wsi, host, (int)size, WSI_TOKEN_HOST) > 0 && tbi_access_host_allowed(&web->access, host);
}

int tbi_http_answer(TbWeb *web, struct lws *wsi, const char *path) {
    char host[HOST_BYTES];
    bool head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
    if (!tbi_http_host(web, wsi, host, sizeof host))
        return refuse(wsi, HTTP_STATUS_FORBIDDEN, "This is not the address that Timbrel printed; open that one.\n");
    if (!head && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) == 0)
        return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "Only GET and HEAD are supported.\n");
    path = strcmp(path, "/") == 0 ? "/index.html" : path;
    for (const WebFile *f = tbi_web_files; f->path; f++)
        if (strcmp(f->path, path) == 0)
            return send_all(wsi, HTTP_STATUS_OK, f->type, f->data, (size_t)(f->end - f->data), !head);
    return refuse(wsi, HTTP_STATUS_NOT_FOUND, "There is no such file.\n");
}
