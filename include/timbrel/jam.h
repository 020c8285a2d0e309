/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel jam: loopers that write music while they play. Parts (drums, bass, chords, melody) share one clock, one key
 * and one progression of chords; networks write their loops to each other, a bar ahead of the audio thread. Thread
 * letters (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_JAM_H
#define TIMBREL_JAM_H

#include "timbrel/compose.h"
#include "timbrel/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TB_JAM_PARTS = 8,    /* at most */
    TB_JAM_BARS = 8,     /* of the longest loop and of the longest progression */
    TB_JAM_UNDO = 8,     /* loops of a part that can be brought back */
    TB_JAM_CHORDS = 512, /* bytes of a progression as text */
    TB_JAM_TICKS = 480,  /* a quarter note */
    TB_JAM_FASTEST = 300 /* quarter notes a minute */
};

/* What a part does at the turn of its loop. */
typedef enum {
    TB_JAM_LOOP,     /* plays it again */
    TB_JAM_GENERATE, /* goes on from it with a new one, which the network writes; a loop of one bar every second bar */
    TB_JAM_LOCK,     /* plays it again, and refuses all that would change its notes */
} TbJamMode;

/* What can be asked of a part. Mute and solo begin at the next bar, new loops at the next turn of the loop (or the next
 * bar, TB_JAM_QUANTISE). Of several loops asked for before they begin the last counts, and the same twice is once. */
typedef enum {
    TB_JAM_SET_MODE,           /* value: a TbJamMode */
    TB_JAM_ONCE,               /* one new loop that goes on from the present one */
    TB_JAM_RESET,              /* an empty loop */
    TB_JAM_RESET_AND_GENERATE, /* a new loop that does not know the present one */
    TB_JAM_VARY,               /* a variation; value: its amount, 0 .. 1 */
    TB_JAM_UNDO_LOOP,          /* the loop before the present one, or before the one that has not begun yet */
    TB_JAM_MUTE,               /* value: 1 on, 0 off */
    TB_JAM_SOLO,               /* the same; while any part is solo, only such parts sound */
    TB_JAM_LENGTH,             /* value: bars of the loop, 1, 2, 4, 8, which is written on or cut */
    TB_JAM_ACTIONS
} TbJamAction;
TB_API const char *tb_jam_action_name(int action); /* "generate once"; "" for others. Static. ANY */

/* What all parts share. It changes at the next bar line, for all parts at once. */
typedef enum {
    TB_JAM_TEMPO,       /* quarter notes a minute, TB_SLOWEST .. TB_JAM_FASTEST */
    TB_JAM_SWING,       /* place of the off-beat eighths, in percent: 50 (straight) .. 75 */
    TB_JAM_INTENSITY,   /* 0 .. 1: dynamics at once, density and register of what is written from then on; 0.5: usual */
    TB_JAM_TEMPERATURE, /* 0 .. 2, of what is written from then on */
    TB_JAM_QUANTISE,    /* when new loops begin: 0, at the turn of the loop; 1, at the next bar */
    TB_JAM_CONTROLS
} TbJamControl;
typedef struct {
    const char *name; /* "tempo" */
    double low, high;
} TbJamControlInfo;
TB_API const TbJamControlInfo *tb_jam_control_info(int control); /* static; NULL: none of that number. ANY */

typedef struct {
    TbRole role;
    int bars; /* of the loop: 1, 2, 4, 8 */
    TbJamMode mode;
} TbJamPart;

typedef struct {
    size_t size;
    double sample_rate;            /* Hz, a whole number */
    uint64_t seed;                 /* the same seed and the same calls give the same notes */
    double tempo;                  /* as TB_JAM_TEMPO; 0: as the style has it */
    double swing;                  /* as TB_JAM_SWING; 0: as the style has it */
    double intensity, temperature; /* as the controls */
    int tonic;                     /* pitch class of the key; -1: drawn, and so is the mode, */
    bool minor;                    /* unless this is set */
    int numerator, denominator;    /* metre */
    int style;                     /* tb_compose_style_find */
    const char *chords;            /* as tb_jam_set_chords; NULL: drawn, four bars */
    int n_parts;                   /* 1 .. TB_JAM_PARTS; one of drums at most */
    TbJamPart part[TB_JAM_PARTS];
    const TbCopyIndex *learned; /* loops that copy it are written again. Borrowed; NULL: copies are not looked for */
    TbProgress progress;        /* of the first loops; NULL: none */
    void *context;              /* of `progress` */
} TbJamOptions;

static inline void tb_jam_defaults(TbJamOptions *o) {
    static const TbJamPart parts[] = {{TB_ROLE_DRUMS, 2, TB_JAM_LOOP},
                                      {TB_ROLE_BASS, 4, TB_JAM_LOOP},
                                      {TB_ROLE_CHORDS, 4, TB_JAM_LOOP},
                                      {TB_ROLE_MELODY, 4, TB_JAM_GENERATE}};
    TB_OPTIONS_BEGIN(o);
    o->sample_rate = 48000;
    o->intensity = 0.5;
    o->temperature = 1;
    o->tonic = -1;
    o->numerator = o->denominator = 4;
    o->n_parts = 4;
    memcpy(o->part, parts, sizeof parts);
}

/* A jam: its parts, a thread that writes (from tb_jam_start on), and what the audio thread plays. Bars are counted from
 * 0, and loops are in phase: a loop of n bars turns at the bars that n divides. A loop shorter than the progression
 * follows the chords. */
typedef struct TbJam TbJam;

/* Writes the first loops, which takes about a second. The models are borrowed and must outlive the jam.
 *   TB_ERR_ARGUMENT     an option is out of range; the chords cannot be read
 *   TB_ERR_UNSUPPORTED  a network cannot write in this metre, or is missing
 *   TB_ERR_CANCELLED    `progress` said so
 * OFF. */
TB_NODISCARD TB_API TbStatus tb_jam_new(const TbMusicModels *models, const TbJamOptions *options, TbJam **jam);
/* To be called when no thread plays it any more; NULL is fine. OFF */
TB_API void tb_jam_free(TbJam *jam);

/* Starts the thread that writes. CT */
TB_NODISCARD TB_API TbStatus tb_jam_start(TbJam *jam);
/* Ends that thread, which may be writing for a second, and notes what has been played; to be called when the engine has
 * stopped, before tb_jam_session. CT */
TB_API void tb_jam_stop(TbJam *jam);
/* Without that thread: writes all that is due by now, such as after each block of an offline run. OFF */
TB_API void tb_jam_work(TbJam *jam);

/* Queues the events of the next n samples of the engine, to be called before these are rendered. Bars begin with the
 * first call. Lock-free; it reads finished loops only, and hands them back to be freed. RT */
TB_API void tb_jam_block(TbJam *jam, TbEngine *engine, size_t n);
/* The MIDI channel of a part, 0 .. 15; drums have TB_DRUM_CHANNEL. ANY */
TB_API int tb_jam_channel(const TbJam *jam, int part);

/* ---- what is asked for: any thread but the audio thread ---- */

/* TB_ERR_ARGUMENT: no such part, action or value; TB_ERR_BUSY: the part is locked; TB_ERR_EMPTY: there is no loop to go
 * back to. */
TB_NODISCARD TB_API TbStatus tb_jam_press(TbJam *jam, int part, TbJamAction action, double value);
/* Values out of range are clamped. TB_ERR_ARGUMENT: NaN, or no such control. */
TB_NODISCARD TB_API TbStatus tb_jam_set(TbJam *jam, TbJamControl control, double value);
/* Moves the progression and all loops, locked ones too, to another key. TB_ERR_ARGUMENT: no such key. */
TB_NODISCARD TB_API TbStatus tb_jam_set_key(TbJam *jam, int tonic, bool minor);
/* Gives all loops other chords: a bar each ("Am F C G"), or with bars ("Am F | C G"); 1, 2, 4 or 8 bars. NULL: the
 * network draws as many as there are. TB_ERR_ARGUMENT: they cannot be read. */
TB_NODISCARD TB_API TbStatus tb_jam_set_chords(TbJam *jam, const char *chords);

typedef struct {
    TbRole role;
    int bars;
    TbJamMode mode;
    bool muted, soloed, audible;  /* audible: by mute and solo, in this bar */
    bool writing, waiting;        /* a loop is being written; one is ready and waits for its bar */
    int undo;                     /* loops that can be brought back */
    size_t n_notes;               /* of the loop that plays, */
    uint64_t loop;                /* its number, which is new for new notes, */
    uint32_t onsets[TB_JAM_BARS]; /* and where it has notes: a bit for each 1/32 of a bar, the first the lowest */
} TbJamPartState;

typedef struct {
    uint64_t bar; /* that plays */
    double place; /* in it, 0 .. 1 */
    double value[TB_JAM_CONTROLS];
    TbKey key;
    int numerator, denominator;
    int progression;            /* bars */
    char chords[TB_JAM_CHORDS]; /* as for tb_jam_set_chords */
    uint64_t written;           /* loops, */
    uint64_t redrawn;           /* those that were put aside, because they missed a bound or were copies, */
    uint64_t late;              /* turns at which a loop was to be new, but was not ready, */
    uint64_t failed;            /* and loops that could not be written; last_error has the reason */
    uint64_t dropped;           /* events that the engine's queue had no room for */
    char last_error[200];
    int n_parts;
    TbJamPartState part[TB_JAM_PARTS];
} TbJamState;
TB_API void tb_jam_state(TbJam *jam, TbJamState *state);

/* What has been played up to now: a part each, tempos, metres, keys and chord symbols; ticks from the first
 * bar line. Newly allocated (tb_score_free). */
TB_NODISCARD TB_API TbStatus tb_jam_session(TbJam *jam, TbScore *score);
/* The loops as they are now, TB_JAM_BARS bars of them. Newly allocated (tb_score_free). */
TB_NODISCARD TB_API TbStatus tb_jam_loops(TbJam *jam, TbScore *score);

#ifdef __cplusplus
}
#endif
#endif
