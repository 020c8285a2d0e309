/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: the state of a session. */
#ifndef TIMBREL_SESSION_INTERNAL_H
#define TIMBREL_SESSION_INTERNAL_H

#include "session/edit_history.h"
#include "session/model_cache.h"
#include "session/preset.h"

#include <pthread.h>
#include <time.h>

/* A state to be committed as soon as its sounds are loaded. */
typedef struct {
    bool pending;
    uint64_t serial; /* unique */
    TbPreset preset;
    bool controls; /* also set the controls; else they keep their values */
    bool changed;
    int b, step; /* target side, and its history step; -1: add a new step */
} LoadRequest;

enum { REQUESTS = 32 /* maximum number pending */, SESSION_ERROR = 256 /* bytes of an error's sentence */ };

/* The disk thread, its queue, and the list of presets as last read. Protected by the session's lock, except the thread
 * handle. */
typedef struct {
    pthread_t thread;
    bool runs;
    pthread_cond_t wake;
    bool stop, works, stale; /* stale: the list must be read again */
    TbSessionRequest queue[REQUESTS];
    int first, n;
    TbPresetEntry *entries; /* [n_entries], owned */
    size_t n_entries;
    uint64_t version;              /* changes with every list */
    struct timespec time;          /* modification time of the folder when it was listed */
    char faults[TB_PRESET_FAULTS]; /* of the preset files; "" */
    char recording[TB_PRESET_NAME];
} Disk;

struct TbSession {
    TbSessionOptions options;
    TbEngineOptions engine; /* what options.engine points to */
    char *folder, *map;     /* owned; NULL if there is no home folder */

    pthread_mutex_t lock; /* protects all members below */
    pthread_cond_t wake, done;
    bool stop;
    EditHistory side[2]; /* A and B */
    int b;               /* the current side */
    LoadRequest request;
    TbPreset loaded;     /* whose sounds are on the corners; zeroed at first */
    TbMidiMap saved;     /* the map as saved in its file */
    bool reengine;       /* the device needs another engine: see tbi_device_engine_follow */
    double refused_rate; /* Hz; with refused_channels, of the device that no engine can be made for; 0: none */
    int refused_channels;
    TbStatus status; /* of the last load */
    char last_error[SESSION_ERROR];
    uint64_t errors; /* so far */
    uint64_t changes;
    Disk disk;

    pthread_t thread;
    ModelCache models; /* changed by the loader only, under the lock except for the instrument caches */
};

/* To be called with the lock held: */
static inline EditHistory *session_side(TbSession *s) {
    return &s->side[s->b];
}
/* The side of the pending request, else the current one. */
static inline int session_target_side(const TbSession *s) {
    return s->request.pending ? s->request.b : s->b;
}
/* Makes the pending request current. corner[]: its instruments, NULL if they are those playing; engine: one of another
 * model with these corners, or NULL. TB_ERR_BUSY: a queue was full, or the previous engine still sounds; try again.
 * TB_ERR_UNSUPPORTED: the engine does not suit the device any more; make another. */
TB_NODISCARD TbStatus tbi_session_commit(TbSession *s, TbEngine *engine, const TbInstrument *const *corner);
/* Stores the calling thread's latest error in the session's state. */
void tbi_session_set_error(TbSession *s, TbStatus status);
/* The list of presets is out of date: the disk thread reads it again. */
static inline void session_invalidate_list(TbSession *s) {
    s->disk.stale = true;
    pthread_cond_signal(&s->disk.wake);
}
/* The newest request replaces a pending one. If its sounds are loaded already, it is committed at once. */
void tbi_session_request(TbSession *s, const LoadRequest *w);
void tbi_session_go_to(TbSession *s, int b, int step);
/* Records controls set elsewhere (MIDI, keys in the terminal) by comparing their values with the history. */
void tbi_session_capture_controls(TbSession *s);
bool tbi_session_can_undo(TbSession *s);
bool tbi_session_can_redo(TbSession *s);

/* Stores a failure of the calling thread in the session's state, and returns it. To be called without the lock. */
TB_NODISCARD TbStatus tbi_session_report(TbSession *s, TbStatus status);

/* The loader thread; to be called without the lock. */
TB_NODISCARD TbStatus tbi_loader_start(TbSession *s);
void tbi_loader_stop(TbSession *s);
/* When the device has come back at another sample rate, or with other channels: asks the loader for another engine of
 * the model that plays. */
void tbi_device_engine_follow(TbSession *s);

/* The disk thread; to be called without the lock. start reads the list of presets first; stop finishes pending
 * requests. */
TB_NODISCARD TbStatus tbi_disk_start(TbSession *s);
void tbi_disk_stop(TbSession *s);

#endif
