/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to jam/: the whole state of a jam. Three sides: the audio thread has the player; the writer (a thread, or who
 * calls tb_jam_work) makes loops; all others ask, with the lock held. Sources are changed by the writer alone, with the
 * lock held, so that it reads them without. The audio thread takes no lock. */
#ifndef TIMBREL_JAM_INTERNAL_H
#define TIMBREL_JAM_INTERNAL_H

#include "jam/write.h"

#include <pthread.h>

enum { JAM_HARMONIES = 2 * JAM_CHANGES };

/* A loop on its way. */
typedef struct {
    bool is_there;
    JamSource source;
    TbJamAction action; /* that it was asked for by; UNDO_LOOP: what it follows is not to be brought back, */
    bool pops;          /* and it is the latest of `before` */
    bool automatic;     /* as below */
} JamNext;

typedef struct {
    TbRole role;
    TbJamMode mode;
    JamSource playing;             /* what was last known to play */
    JamNext next;                  /* what the player has got to play after it, */
    JamNext replaced;              /* and what it had before that, which may have begun in that very moment */
    JamSource before[TB_JAM_UNDO]; /* what can be brought back, the latest last */
    int n_before;
    bool wants;         /* something is asked for: */
    TbJamAction action; /* ONCE, RESET, RESET_AND_GENERATE, VARY, UNDO_LOOP or LENGTH */
    double value;
    bool automatic; /* it is the part itself that generates */
    bool withdraws; /* what waits is not to begin */
    bool writing;
    bool audible;
} JamPart;

/* What has been played. */
typedef struct {
    TbScore score;           /* unsorted */
    int32_t tick;            /* the line of the bar after the last one */
    uint32_t us_per_quarter; /* of it */
    TbStatus status;         /* not TB_OK: there was no memory for a bar, */
    bool full;               /* or a score cannot be longer; no more is added */
} JamSession;

struct TbJam {
    JamPlayer player;
    TbJamOptions options; /* without pointers but `learned` */
    const TbMusicModels *models;
    pthread_mutex_t lock;
    pthread_t thread;
    bool started;
    atomic_bool stop;

    /* with the lock */
    JamPart part[TB_JAM_PARTS];
    double value[TB_JAM_CONTROLS];
    JamHarmony harmony;                      /* of all that is written from now on */
    JamHarmony harmonies[JAM_HARMONIES];     /* the latest ones, by number */
    uint32_t harmony_number;                 /* of `harmony` */
    JamHarmony asked;                        /* the next one, ... */
    bool asks_harmony, asks_chords, refresh; /* ... if so; or it is to be drawn; or all loops are to be made anew */
    uint64_t bar, sources, tasks;            /* that plays; numbers given */
    bool begun;
    uint64_t written, redrawn, failed;
    char last_error[200];
    JamSession session;
};

static inline void tbi_jam_lock(TbJam *jam) {
    pthread_mutex_lock(&jam->lock);
}
static inline void tbi_jam_unlock(TbJam *jam) {
    pthread_mutex_unlock(&jam->lock);
}

/* The loop that the part will have played when all that is ready has begun. */
static inline const JamSource *tbi_jam_latest(const JamPart *part) {
    return part->next.is_there ? &part->next.source : &part->playing;
}

/* state.c: what a writer sees. */
void tbi_jam_band(const TbJam *jam, JamBand *band);
/* A new number for a source, and a seed. */
static inline uint64_t tbi_jam_seed(TbJam *jam) {
    const uint64_t x = (jam->options.seed + 1) * 0x9E3779B97F4A7C15u ^ ++jam->tasks * 0xBF58476D1CE4E5B9u;
    return x ^ x >> 29;
}
static inline JamView tbi_jam_view(const TbJam *jam, const JamPart *part) {
    return (JamView){part->role, &jam->harmony, jam->value[TB_JAM_SWING], jam->value[TB_JAM_INTENSITY]};
}

/* worker.c: does one thing that is due; false: nothing was. */
bool tbi_jam_step(TbJam *jam);
/* Hands all loops that play, and those that wait, to the player anew. */
TB_NODISCARD TbStatus tbi_jam_refresh(TbJam *jam);

/* session.c */
TB_NODISCARD TbStatus tbi_jam_session_begin(TbJam *jam);
/* Notes a bar that the player has begun; the lock is held. */
void tbi_jam_session_add(TbJam *jam, const JamNews *news);

#endif
