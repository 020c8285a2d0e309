/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the n-th allocation of a function fail, and counts leaked blocks. The linker redirects the project's own calls
 * here (--wrap, see tests/CMakeLists.txt). Some libraries do not survive a failure inside them (jansson 2.14 loses text
 * and corrupts the heap), so of those only the calls that create an object fail: an FFTW plan, a resampler, a JSON
 * value, a server, a thread. Include in one file of a test. */
#ifndef TIMBREL_TESTS_FAILING_MALLOC_H
#define TIMBREL_TESTS_FAILING_MALLOC_H

#include "timbrel/base.h"

#include <errno.h>
#include <execinfo.h>
#include <fftw3.h>
#include <jansson.h>
#include <libwebsockets.h>
#include <malloc.h>
#include <pthread.h>
#include <soxr.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FAILING_DEPTH = 24, /* frames of the call stack that tell one place from another */
    FAILING_MOST = 1 << 14,
    FAILING_BLOCKS = 1 << 16,
};

typedef struct {
    void *stack[FAILING_DEPTH];
    int depth;
} FailingSite;

typedef struct {
    void *p;
    unsigned of_run;
    FailingSite from;
} FailingBlock;

static struct {
    pthread_mutex_t lock;
    unsigned run;      /* counts them, from 1 on */
    bool sites;        /* the call stack of each allocation is remembered */
    size_t n, at;      /* allocations so far; the one to fail, from 1 on; 0: none */
    bool all_after;    /* and all after it */
    bool failed;       /* an allocation has failed */
    FailingSite where; /* it failed */
    FailingSite *site; /* [FAILING_MOST] of each allocation */
    FailingBlock *block;
    size_t n_blocks, n_left; /* not freed yet: all, those of this run */
} failing = {.lock = PTHREAD_MUTEX_INITIALIZER, .run = 1};

/* The run that this thread belongs to: allocations fail only in the thread under test and the threads it starts. */
static _Thread_local unsigned failing_here;

static size_t failing_place(const void *p) {
    size_t i = (size_t)(((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u >> 48) % FAILING_BLOCKS;
    while (failing.block[i].p && failing.block[i].p != p)
        i = (i + 1) % FAILING_BLOCKS;
    return i;
}

static void *failing_keep(void *p) {
    if (!p || failing_here != failing.run)
        return p;
    pthread_mutex_lock(&failing.lock);
    if (failing.n_blocks < FAILING_BLOCKS / 2) {
        FailingBlock *b = &failing.block[failing_place(p)];
        b->from.depth = backtrace(b->from.stack, FAILING_DEPTH);
        b->p = p;
        b->of_run = failing.run;
        failing.n_blocks++;
        failing.n_left++;
    }
    pthread_mutex_unlock(&failing.lock);
    return p;
}

/* Removal with open addressing: moves displaced entries back to fill the hole. */
static void failing_forget(const void *p) {
    if (!p || !failing.block)
        return;
    pthread_mutex_lock(&failing.lock);
    size_t hole = failing_place(p);
    if (failing.block[hole].p) {
        failing.n_left -= failing.block[hole].of_run == failing.run;
        failing.block[hole].p = NULL;
        failing.n_blocks--;
        for (size_t i = (hole + 1) % FAILING_BLOCKS; failing.block[i].p; i = (i + 1) % FAILING_BLOCKS) {
            FailingBlock moved = failing.block[i];
            failing.block[i].p = NULL;
            failing.block[failing_place(moved.p)] = moved;
        }
    }
    pthread_mutex_unlock(&failing.lock);
}

/* Counts an allocation; whether it fails. */
static bool failing_now(void) {
    if (failing_here != failing.run)
        return false;
    failing.n++;
    if (failing.sites && failing.n <= FAILING_MOST) {
        FailingSite *site = &failing.site[failing.n - 1];
        site->depth = backtrace(site->stack, FAILING_DEPTH);
    }
    if (failing.at && (failing.n == failing.at || (failing.all_after && failing.n > failing.at))) {
        if (!failing.failed)
            failing.where.depth = backtrace(failing.where.stack, FAILING_DEPTH);
        failing.failed = true;
        errno = ENOMEM;
        return true;
    }
    return false;
}

/* Sets *error like jansson does when it is out of memory. */
static json_t *failing_json(json_error_t *error) {
    if (error)
        *error = (json_error_t){.line = -1, .column = -1};
    return NULL;
}

#define FAILING(type, name, parameters, call, otherwise)                                                               \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters {                                                                                    \
        return failing_now() ? (otherwise) : call;                                                                     \
    }
FAILING(void *, malloc, (size_t n), failing_keep(__real_malloc(n)), NULL)
FAILING(void *, calloc, (size_t n, size_t size), failing_keep(__real_calloc(n, size)), NULL)
FAILING(void *, aligned_alloc, (size_t alignment, size_t n), failing_keep(__real_aligned_alloc(alignment, n)), NULL)
FAILING(char *, strdup, (const char *s), failing_keep(__real_strdup(s)), NULL)
FAILING(char *, realpath, (const char *path, char *to), failing_keep(__real_realpath(path, to)), NULL)
FAILING(FILE *, open_memstream, (char **text, size_t *n), __real_open_memstream(text, n), NULL)
FAILING(fftwf_plan, fftwf_plan_dft_r2c_1d, (int n, float *a, fftwf_complex *b, unsigned flags),
        __real_fftwf_plan_dft_r2c_1d(n, a, b, flags), NULL)
FAILING(fftwf_plan, fftwf_plan_dft_c2r_1d, (int n, fftwf_complex *a, float *b, unsigned flags),
        __real_fftwf_plan_dft_c2r_1d(n, a, b, flags), NULL)

void __real_free(void *p);

typedef struct {
    void *(*run)(void *);
    void *context;
    unsigned of_run;
} FailingThread;

static void *failing_thread(void *thread) {
    FailingThread t = *(FailingThread *)thread;
    __real_free(thread);
    failing_here = t.of_run;
    return t.run(t.context);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);
static int failing_start(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context) {
    FailingThread *t = __real_malloc(sizeof *t);
    if (failing_here != failing.run || !t) {
        __real_free(t);
        return __real_pthread_create(thread, attributes, run, context);
    }
    *t = (FailingThread){run, context, failing.run};
    int error = __real_pthread_create(thread, attributes, failing_thread, t);
    if (error)
        __real_free(t);
    return error;
}
FAILING(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context),
        failing_start(thread, attributes, run, context), EAGAIN)
FAILING(struct lws_context *, lws_create_context, (const struct lws_context_creation_info *info),
        __real_lws_create_context(info), NULL)

/* jansson functions that steal a reference release it also on failure. */
FAILING(json_t *, json_loadb, (const char *text, size_t n, size_t flags, json_error_t *error),
        __real_json_loadb(text, n, flags, error), failing_json(error))
FAILING(char *, json_dumps, (const json_t *json, size_t flags), __real_json_dumps(json, flags), NULL)
FAILING(json_t *, json_object, (void), __real_json_object(), NULL)
FAILING(json_t *, json_array, (void), __real_json_array(), NULL)
FAILING(json_t *, json_string, (const char *s), __real_json_string(s), NULL)
FAILING(json_t *, json_stringn, (const char *s, size_t n), __real_json_stringn(s, n), NULL)
FAILING(json_t *, json_integer, (json_int_t i), __real_json_integer(i), NULL)
FAILING(json_t *, json_real, (double x), __real_json_real(x), NULL)
FAILING(int, json_object_set_new, (json_t * object, const char *key, json_t *value),
        __real_json_object_set_new(object, key, value), (json_decref(value), -1))
FAILING(int, json_array_append_new, (json_t * array, json_t *value), __real_json_array_append_new(array, value),
        (json_decref(value), -1))

json_t *__wrap_json_pack(const char *format, ...);
json_t *__wrap_json_pack(const char *format, ...) {
    va_list values;
    va_start(values, format);
    bool fails = failing_now();
    json_t *json = json_vpack_ex(NULL, 0, format, values);
    va_end(values);
    if (fails) { /* releases the stolen reference */
        json_decref(json);
        json = NULL;
    }
    return json;
}

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n) {
    if ((!p || n > malloc_usable_size(p)) && failing_now()) /* shrinking a block does not allocate */
        return NULL;
    failing_forget(p);
    return failing_keep(__real_realloc(p, n));
}

void __wrap_free(void *p);
void __wrap_free(void *p) {
    failing_forget(p);
    __real_free(p);
}

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...) {
    va_list values;
    if (failing_now())
        return -1; /* *text is undefined then: leave it unchanged */
    va_start(values, format);
    int n = vasprintf(text, format, values);
    va_end(values);
    if (n >= 0)
        failing_keep(*text);
    return n;
}

soxr_t __wrap_soxr_create(double from, double to, unsigned channels, soxr_error_t *error, const soxr_io_spec_t *io,
                          const soxr_quality_spec_t *quality, const soxr_runtime_spec_t *runtime);
soxr_t __real_soxr_create(double from, double to, unsigned channels, soxr_error_t *error, const soxr_io_spec_t *io,
                          const soxr_quality_spec_t *quality, const soxr_runtime_spec_t *runtime);
soxr_t __wrap_soxr_create(double from, double to, unsigned channels, soxr_error_t *error, const soxr_io_spec_t *io,
                          const soxr_quality_spec_t *quality, const soxr_runtime_spec_t *runtime) {
    if (failing_now()) {
        *error = "malloc failed"; /* soxr's own message */
        return NULL;
    }
    return __real_soxr_create(from, to, channels, error, io, quality, runtime);
}

/* malloc for jansson: tracked, but never fails. */
static void *failing_foreign(size_t n) {
    return failing_keep(__real_malloc(n));
}

/* Starts to track allocations. */
static void failing_begin(void) {
    if (!failing.block) {
        failing.block = __real_calloc(FAILING_BLOCKS, sizeof *failing.block);
        failing.site = __real_calloc(FAILING_MOST, sizeof *failing.site);
        void *stack[2];
        backtrace(stack, 2); /* the first call loads libgcc */
        json_set_alloc_funcs(failing_foreign, __wrap_free);
    }
}

/* Runs `work` with allocation number `at` failing (0: none). Returns the number of blocks it leaks. */
static size_t failing_run(TbStatus (*work)(void *context), void *context, size_t at, bool all_after, TbStatus *status) {
    pthread_mutex_lock(&failing.lock);
    failing.n = failing.n_left = 0;
    failing.at = at, failing.all_after = all_after, failing.failed = false;
    failing_here = ++failing.run;
    pthread_mutex_unlock(&failing.lock);
    *status = work(context);
    failing_here = 0;
    return failing.n_left;
}

#endif
