/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of session/: what a stage is made of. */
#ifndef TIMBREL_SESSION_INTERNAL_H
#define TIMBREL_SESSION_INTERNAL_H

#include "session/edit_history.h"
#include "session/model_cache.h"
#include "session/preset.h"

#include <pthread.h>
#include <time.h>

/* What shall stand as soon as its sounds are there. */
typedef struct {
    bool pending;
    uint64_t serial; /* another for every wish */
    TbPreset preset;
    bool controls; /* they move, too; else they stay where hands have put them */
    bool changed;
    int b, step; /* the side, and the step of its history that it goes to; -1: a new one */
} LoadRequest;

enum { REQUESTS = 32 }; /* that may wait for the disk */

/* What waits for disks, and the list of presets that was read last. The stage's lock is of all but the thread. */
typedef struct {
    pthread_t thread;
    bool runs;
    pthread_cond_t wake;
    bool stop, works, stale; /* stale: the list is to be read again */
    TbStageRequest queue[REQUESTS];
    int first, n;
    TbPresetEntry *entries; /* [n_entries], owned */
    size_t n_entries;
    uint64_t version;              /* another for every list */
    struct timespec time;          /* of the folder, when it was listed */
    char faults[TB_PRESET_FAULTS]; /* of the files in the folder; "" */
    char recording[TB_PRESET_NAME];
} Disk;

struct TbSession {
    TbSessionOptions options;
    char *folder, *map; /* owned; folder may be NULL, map too when there is no home for it */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake, done;
    bool stop;
    EditHistory side[2]; /* A, B */
    int b;               /* the side that is heard */
    LoadRequest request;
    TbPreset loaded; /* whose sounds are on the corners; at first one without any */
    TbMidiMap saved; /* the map that is in its file */
    TbStatus status; /* of the latest load */
    char last_error[256];
    uint64_t changes;
    Disk disk;

    pthread_t thread;
    ModelCache models; /* changed by that thread alone; it needs the lock for that, but for the shelves */
};

/* Seconds of the monotonic clock. */
double tbi_session_now(void);

/* The lock is held: */
static inline EditHistory *session_side(TbSession *s) {
    return &s->side[s->b];
}
/* The side that is on its way, or heard. */
static inline int session_target_side(const TbSession *s) {
    return s->request.pending ? s->request.b : s->b;
}
/* The wish becomes what stands. corner[]: its sounds, NULL when they are those that stand; engine: of another model,
 * with these on its corners, or NULL. False: a queue was full, or the engine before this one's is still heard; try
 * again. */
bool tbi_session_commit(TbSession *s, TbEngine *engine, const TbInstrument *const *corner);
/* Keeps the calling thread's latest error for those who look at the stage. */
void tbi_session_set_error(TbSession *s, TbStatus status);
/* The newest wish is the one that counts. What needs no loading is done at once. */
void tbi_session_request(TbSession *s, const LoadRequest *w);
void tbi_session_go_to(TbSession *s, int b, int step);
/* Hands that went past the stage (MIDI, the terminal's keys) are noticed by where the controls stand. */
void tbi_session_capture_controls(TbSession *s);
bool tbi_session_can_undo(TbSession *s);
bool tbi_session_can_redo(TbSession *s);

/* The thread that loads; the lock is not held. */
TB_NODISCARD TbStatus tbi_loader_start(TbSession *s);
void tbi_loader_stop(TbSession *s);

/* The thread that waits for disks; the lock is not held. The list of presets is there when it has started; what was
 * asked for is done when it has stopped. */
TB_NODISCARD TbStatus tbi_disk_start(TbSession *s);
void tbi_disk_stop(TbSession *s);
/* The presets have changed. The lock is held. */
void tbi_disk_list_again(TbSession *s);

#endif
