/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shared object for tests: linked before the C library, or preloaded (LD_PRELOAD), it intercepts functions that an
 * audio thread must not call. System calls are detected by the kernel's user dispatch (prctl(2),
 * PR_SET_SYSCALL_USER_DISPATCH): while our selector byte is set, each raises a signal, whose handler counts it, allows
 * calls until the end of the interval, and restarts it.
 *
 * Preloaded, it watches the process callback of every JACK client and writes a report at exit to the file named by
 * PURITY_REPORT. */
#include "tests/purity.h"
#include "base/clock.h"
#include "tests/libc_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <jack/jack.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
enum { DISPATCH_ON = 1, ALLOW = 0, BLOCK = 1, SYSCALL_BYTES = 2, SHOWN = 8 };

const char *const purity_names[PURITY_KINDS] = {"allocations", "frees", "locks", "waits", "output", "system calls"};

#define LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
static LOCAL bool inside, dispatched;
static LOCAL volatile char selector;
static atomic_ullong counts[PURITY_KINDS], stretches;
static atomic_int shown;
static int numbers[SHOWN]; /* of the first system calls */
static void *places[SHOWN];

static void count(PurityKind kind) {
    if (inside)
        atomic_fetch_add(&counts[kind], 1);
}

unsigned long long purity_count(PurityKind kind) {
    return atomic_load(&counts[kind]);
}

static void system_call(int signal, siginfo_t *info, void *context) {
    int i = atomic_fetch_add(&shown, 1);
    (void)signal;
    selector = ALLOW;
    atomic_fetch_add(&counts[PURITY_SYSTEM_CALLS], 1);
    if (i < SHOWN) {
        numbers[i] = info->si_syscall;
        places[i] = info->si_call_addr;
    }
#ifdef __x86_64__
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] -= SYSCALL_BYTES;
#else
    (void)context;
#endif
}

static bool dispatch(void) {
#if defined __x86_64__ && !defined TB_SANITIZE
    struct sigaction action = {.sa_sigaction = system_call, .sa_flags = SA_SIGINFO};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGSYS);
    return sigaction(SIGSYS, &action, NULL) == 0 && pthread_sigmask(SIG_UNBLOCK, &signals, NULL) == 0 &&
           prctl(PR_SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, 0, 0, &selector) == 0;
#else
    return false;
#endif
}

bool purity_begin(void) {
    dispatched = dispatched || dispatch();
    atomic_fetch_add(&stretches, 1);
    inside = true;
    selector = dispatched ? BLOCK : ALLOW;
    return dispatched;
}

void purity_end(void) {
    selector = ALLOW;
    inside = false;
}

#ifndef TB_SANITIZE /* sanitizers have their own: nothing is counted */

/* ---- memory ---- */

void *malloc(size_t size) {
    count(PURITY_ALLOCATIONS);
    return __libc_malloc(size);
}
void *calloc(size_t n, size_t size) {
    count(PURITY_ALLOCATIONS);
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t size) {
    count(PURITY_ALLOCATIONS);
    return __libc_realloc(p, size);
}
void *memalign(size_t alignment, size_t size) {
    count(PURITY_ALLOCATIONS);
    return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}
int posix_memalign(void **p, size_t alignment, size_t size) {
    *p = memalign(alignment, size);
    return *p ? 0 : ENOMEM;
}
void free(void *p) {
    count(PURITY_FREES);
    __libc_free(p);
}

/* ---- locks and waits ---- */

/* Defines a wrapper that counts and calls the next function of this name. */
#define WATCHED(kind, type, name, parameters, arguments)                                                               \
    type name parameters {                                                                                             \
        static type(*next) parameters;                                                                                 \
        count(kind);                                                                                                   \
        if (!next)                                                                                                     \
            next = (type(*) parameters)dlsym(RTLD_NEXT, #name);                                                        \
        return next arguments;                                                                                         \
    }

WATCHED(PURITY_LOCKS, int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
WATCHED(PURITY_LOCKS, int, pthread_mutex_trylock, (pthread_mutex_t * m), (m))
WATCHED(PURITY_LOCKS, int, pthread_mutex_unlock, (pthread_mutex_t * m), (m))
WATCHED(PURITY_LOCKS, int, pthread_spin_lock, (pthread_spinlock_t * l), (l))
WATCHED(PURITY_LOCKS, int, pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l))
WATCHED(PURITY_LOCKS, int, pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
WATCHED(PURITY_WAITS, int, pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
WATCHED(PURITY_WAITS, int, pthread_cond_timedwait, (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t),
        (c, m, t))
WATCHED(PURITY_WAITS, int, pthread_cond_signal, (pthread_cond_t * c), (c))
WATCHED(PURITY_WAITS, int, pthread_cond_broadcast, (pthread_cond_t * c), (c))
WATCHED(PURITY_WAITS, int, pthread_join, (pthread_t t, void **result), (t, result))
WATCHED(PURITY_WAITS, int, sem_wait, (sem_t * s), (s))
WATCHED(PURITY_WAITS, int, sem_post, (sem_t * s), (s))

/* ---- output, even if only buffered ---- */

WATCHED(PURITY_OUTPUT, size_t, fwrite, (const void *p, size_t size, size_t n, FILE *f), (p, size, n, f))
WATCHED(PURITY_OUTPUT, int, fputs, (const char *s, FILE *f), (s, f))
WATCHED(PURITY_OUTPUT, int, puts, (const char *s), (s))
WATCHED(PURITY_OUTPUT, int, putchar, (int c), (c))
WATCHED(PURITY_OUTPUT, int, fputc, (int c, FILE *f), (c, f))
WATCHED(PURITY_OUTPUT, int, vfprintf, (FILE * f, const char *format, va_list list), (f, format, list))

int fprintf(FILE *f, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vfprintf(f, format, list);
    va_end(list);
    return n;
}
int printf(const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vfprintf(stdout, format, list);
    va_end(list);
    return n;
}

#endif

/* ---- preloaded ---- */

typedef struct {
    JackProcessCallback callback;
    void *context;
} Watched;

enum { MICROSECONDS = 20000 };
static unsigned lasted[MICROSECONDS + 1]; /* histogram of callback durations; the last bin: longer */

static double now(void) {
    return 1e6 * tbi_now();
}

static int watch(jack_nframes_t n, void *watched) {
    const Watched *w = watched;
    double begin = now();
    purity_begin();
    int result = w->callback(n, w->context);
    purity_end();
    double took = now() - begin;
    lasted[took < MICROSECONDS ? (int)took : MICROSECONDS]++;
    return result;
}

/* The duration in microseconds not exceeded by this share of the callbacks. */
static int within(double share) {
    unsigned long long sum = 0, all = atomic_load(&stretches);
    int i = 0;
    while (i < MICROSECONDS && (double)(sum += lasted[i]) < share * (double)all)
        i++;
    return i + 1;
}

int jack_set_process_callback(jack_client_t *client, JackProcessCallback callback, void *context) {
    int (*next)(jack_client_t *, JackProcessCallback, void *) =
        (int (*)(jack_client_t *, JackProcessCallback, void *))dlsym(RTLD_NEXT, "jack_set_process_callback");
    Watched *w = malloc(sizeof *w); /* never freed */
    *w = (Watched){callback, context};
    return next(client, watch, w);
}

__attribute__((destructor)) static void write_report(void) {
    const char *path = getenv("PURITY_REPORT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "callbacks: %llu\n", atomic_load(&stretches));
        fprintf(f, "microseconds, half: %d, 99 %%: %d, 99.9 %%: %d, all: %d\n", within(0.5), within(0.99),
                within(0.999), within(1));
        for (int i = 0; i < PURITY_KINDS; i++)
            fprintf(f, "%s: %llu\n", purity_names[i], purity_count((PurityKind)i));
        for (int i = 0; i < SHOWN && i < atomic_load(&shown); i++)
            fprintf(f, "system call %d at %p\n", numbers[i], places[i]);
        fclose(f);
    }
}
