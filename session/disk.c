/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk thread: executes requests in order and rereads the list of presets when it has changed. The callers handle
 * notes and must not wait; the loader may be busy with a sound for seconds. */
#include "base/clock.h"
#include "base/no_memory.h"
#include "session/internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { CHECK_SECONDS = 2 /* interval of checks for changes of the folder by other programs */ };

/* ---- the list of presets ---- */

/* The folder's modification time; 0 if it does not exist. */
static struct timespec folder_time(const TbSession *s) {
    struct stat about;
    struct timespec time = {0};
    if (s->folder && stat(s->folder, &about) == 0)
        time = about.st_mtim;
    return time;
}

/* Writes the first fault and the number of further ones; "" if there is none. */
static TbStatus describe_faults(const TbSession *s, char *text, size_t size) {
    TbPresetFault *faults;
    size_t n;
    *text = 0;
    TbStatus status = tb_presets_faults(s->folder, &faults, &n);
    if (n > 1)
        snprintf(text, size, "%s (and %zu more)", faults[0].text, n - 1);
    else if (n == 1)
        snprintf(text, size, "%s", faults[0].text);
    free(faults);
    return status;
}

/* Called without the lock. On failure the old list and its faults are kept. */
static TbStatus read_list(TbSession *s) {
    TbPresetEntry *entries;
    size_t n;
    struct timespec time = folder_time(s); /* taken first, so that changes during reading are noticed next time */
    char faults[sizeof s->disk.faults];
    TbStatus status = tb_presets_list(s->folder, &entries, &n);
    status = status ? status : describe_faults(s, faults, sizeof faults);
    pthread_mutex_lock(&s->lock);
    s->disk.time = time;
    if (status == TB_OK) {
        free(s->disk.entries);
        s->disk.entries = entries;
        s->disk.n_entries = n;
        s->disk.version++;
        memcpy(s->disk.faults, faults, sizeof faults);
    }
    pthread_mutex_unlock(&s->lock);
    if (status)
        free(entries);
    return status;
}

TbStatus tb_session_presets(TbSession *s, TbPresetEntry **entries, size_t *n) {
    pthread_mutex_lock(&s->lock);
    *n = s->disk.n_entries;
    *entries = malloc((*n + 1) * sizeof **entries);
    if (*entries)
        memcpy(*entries, s->disk.entries, *n * sizeof **entries);
    pthread_mutex_unlock(&s->lock);
    if (!*entries) {
        *n = 0;
        return tbi_no_memory("for the list of presets");
    }
    return TB_OK;
}

/* ---- requests ---- */

static TbStatus record(TbSession *s, const TbSessionRequest *r) {
    TbStatus status = tb_live_record(s->options.live, r->path, TB_BITS_24);
    if (status == TB_OK) {
        TbLiveState live; /* it may have added a number to the name */
        tb_live_state(s->options.live, &live);
        pthread_mutex_lock(&s->lock);
        snprintf(s->disk.recording, sizeof s->disk.recording, "%.*s", TB_PRESET_NAME - 1, live.record_file);
        pthread_mutex_unlock(&s->lock);
    }
    return status;
}

static TbStatus record_end(TbSession *s) {
    TbStatus status = tb_live_record_stop(s->options.live);
    pthread_mutex_lock(&s->lock);
    s->disk.recording[0] = 0;
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* Makes an error the session's last one. Called without the lock. */
static void report(TbSession *s, TbStatus status) {
    if (status) {
        pthread_mutex_lock(&s->lock);
        tbi_session_set_error(s, status);
        pthread_mutex_unlock(&s->lock);
    }
}

/* All failures become the session's last error; the preset functions set it themselves. */
static void perform(TbSession *s, const TbSessionRequest *r) {
    TbStatus status = TB_OK;
    bool reported = true;
    pthread_mutex_lock(&s->lock);
    s->changes += s->last_error[0] != 0;
    s->last_error[0] = 0; /* clear the previous error */
    pthread_mutex_unlock(&s->lock);
    switch (r->kind) {
    case TB_REQUEST_LOAD:
        status = tb_session_load_named(s, r->name);
        break;
    case TB_REQUEST_LOAD_NUMBERED:
        status = tb_session_load_number(s, r->number);
        break;
    case TB_REQUEST_SAVE:
        status = tb_session_save(s, r->name, r->text);
        break;
    case TB_REQUEST_REMOVE:
        status = tb_session_remove(s, r->name);
        break;
    case TB_REQUEST_RECORD:
        status = record(s, r);
        reported = false;
        break;
    case TB_REQUEST_RECORD_END:
        status = record_end(s);
        reported = false;
        break;
    }
    if (!reported)
        report(s, status);
}

bool tb_session_request(TbSession *s, const TbSessionRequest *request) {
    Disk *d = &s->disk;
    pthread_mutex_lock(&s->lock);
    bool taken = d->n < REQUESTS;
    if (taken) {
        d->queue[(d->first + d->n++) % REQUESTS] = *request;
        pthread_cond_signal(&d->wake);
    } else {
        tbi_session_set_error(
            s, tb_fail(TB_ERR_BUSY, "%d requests are waiting for the disk already; try again later.", REQUESTS));
    }
    pthread_mutex_unlock(&s->lock);
    return taken;
}

bool tb_session_busy(TbSession *s) {
    pthread_mutex_lock(&s->lock);
    bool busy = s->disk.n > 0 || s->disk.works || s->disk.stale;
    pthread_mutex_unlock(&s->lock);
    return busy;
}

/* ---- the thread ---- */

/* Called with the lock held. */
static void wait_for_work(TbSession *s) {
    const struct timespec until = tbi_in_seconds(CHECK_SECONDS);
    if (pthread_cond_timedwait(&s->disk.wake, &s->lock, &until) == 0)
        return;
    pthread_mutex_unlock(&s->lock);
    struct timespec time = folder_time(s);
    pthread_mutex_lock(&s->lock);
    s->disk.stale = s->disk.stale || time.tv_sec != s->disk.time.tv_sec || time.tv_nsec != s->disk.time.tv_nsec;
}

static void *run(void *context) {
    TbSession *s = context;
    Disk *d = &s->disk;
    pthread_mutex_lock(&s->lock);
    while (!d->stop || d->n > 0) { /* pending requests are finished before stopping */
        if (d->n == 0 && !d->stale) {
            wait_for_work(s);
            continue;
        }
        bool reads_list = d->n == 0;
        const TbSessionRequest request = d->queue[d->first];
        if (reads_list) {
            d->stale = false;
        } else {
            d->first = (d->first + 1) % REQUESTS;
            d->n--;
        }
        d->works = true;
        pthread_mutex_unlock(&s->lock);
        if (reads_list)
            report(s, read_list(s));
        else
            perform(s, &request);
        pthread_mutex_lock(&s->lock);
        d->works = false;
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

TbStatus tbi_disk_start(TbSession *s) {
    sigset_t all, before;
    TbStatus status = read_list(s);
    if (status)
        return status;
    sigfillset(&all); /* signals belong to the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    s->disk.runs = pthread_create(&s->disk.thread, NULL, run, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s->disk.runs ? TB_OK : tbi_no_memory("for a thread to read presets with");
}

void tbi_disk_stop(TbSession *s) {
    if (s->disk.runs) {
        pthread_mutex_lock(&s->lock);
        s->disk.stop = true;
        pthread_cond_signal(&s->disk.wake);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->disk.thread, NULL);
        s->disk.runs = false;
    }
}
