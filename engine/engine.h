/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of engine/: the state of an engine.
 *
 * The engine keeps two clocks of its own. TICKS times in every TB_HOP there is a tick, at which the voices whose turn
 * it is get their next frame, in one call of the decoder. Every GRID samples gains move on, and work is done that can
 * be done at any time in a hop: partials are made ahead, and, late between two points, the network of notes is asked
 * for voices whose knobs have moved. A voice starts between ticks with the TB_SYNTH_LOOKAHEAD frames that its synth
 * wants to see before the first sample; as it then asks for one more with every hop, and every hop has one tick for it,
 * it never runs dry. */
#ifndef TIMBREL_ENGINE_ENGINE_H
#define TIMBREL_ENGINE_ENGINE_H

#include "engine/limiter.h"
#include "engine/reverb.h"
#include "engine/stereo_width.h"
#include "timbrel/engine.h"

enum {
    GRID = 64,      /* samples from one change of gain to the next; between them gains are straight lines */
    LATE = 48,      /* of them, before the network of notes is asked for who can wait */
    TICKS = 4,      /* in a hop */
    VOICE_RING = 8, /* frames that wait for a synth; a power of 2, over TB_SYNTH_LOOKAHEAD */
    KEYS = 128,
    /* Of a live engine, notes that may begin between two points of the grid: with a run of the network of notes, which
     * all that wait share, and without one. */
    STARTS_WITH_INFERENCE = 1,
    STARTS = 4,
};

/* Smaller changes than these are not passed on to sounding notes: each change makes a note ask the network anew. */
#define WEIGHT_STEP 0.0005f
#define KNOB_STEP 0.001f

/* What moves to its goal in straight lines from one point of the grid to the next. Two smoothings in a row: a
 * controller goes in steps, and one alone lets them be heard beside the partials. */
typedef struct {
    float goal, mid, to, at; /* in the end; behind the first; at the next point; at the last one */
} SmoothedParam;

typedef struct {
    TbMix mix;                 /* weights: where they go to */
    float weight[2][TB_PARTS]; /* behind one smoothing, and where they are */
    uint32_t generation;       /* of the mix's instruments */
    float knob_to[TB_KNOBS];   /* where knobs go to, are behind one smoothing, and are */
    float knob[2][TB_KNOBS];
    float bend, bend_range; /* -1 .. 1; semitones */
    float fine, coarse;     /* semitones */
    float pressure;         /* 0 .. 1 */
    float timbre;           /* of CC 74, when the channel is one of an MPE zone's: deviations of brightness */
    uint8_t volume, expression;
    bool sustain, sostenuto;
    uint8_t parameter[2];  /* RPN, high and low byte; 127, 127: none */
    uint8_t data[2];       /* its value */
    SmoothedParam gain;    /* of volume and expression */
    SmoothedParam side[2]; /* of pan: left and right */
    SmoothedParam send;    /* to the reverb */
} Channel;

/* What a finger does to its note alone. */
typedef struct {
    float bend;                   /* semitones; MPE only: else the channel's is the note's */
    float key_pressure;           /* 0 .. 1, of this key; MPE has the channel's instead */
    float pressure, timbre;       /* where they go to ... */
    float pressure_is, timbre_is; /* ... and are: 0 .. 1, and deviations of brightness */
} MpeNote;

typedef enum { VOICE_FREE, VOICE_SOUNDING, VOICE_FADING } VoiceState;

typedef struct {
    VoiceState state;
    bool fresh;     /* waits for its first frames */
    bool key_down;  /* the key itself */
    bool sostenuto; /* the middle pedal holds it */
    bool drum;
    int choke;
    int channel, key;
    int master;          /* the channel whose mix, knobs, gains and pedals it has: the zone's in MPE, else its own */
    uint32_t generation; /* of the home's mix when it began */
    MpeNote mpe;
    float pitch;           /* key to play, without bend and tuning */
    float gain;            /* of velocity */
    float side[2];         /* of its place from left to right */
    float fade, fade_step; /* 1 .. 0; per sample */
    uint64_t damp_at;      /* sample; drums only */
    uint64_t order;        /* of beginning */
    TbPlayedNote note;
    TbSynth *synth;
    TbFrame ring[VOICE_RING];
    size_t n_frames; /* made so far */
    size_t end;      /* frames in all, once they are known; else SIZE_MAX */
} Voice;

typedef struct {
    uint64_t time; /* sample */
    uint8_t message[3];
} Event;

/* A question to the network of notes that is being answered step by step. */
typedef struct {
    Voice *voice[TB_NOTES_BATCH];
    uint64_t order[TB_NOTES_BATCH]; /* of the voices when they asked: are they still the same? */
    size_t n;
    int step;       /* the next one; 0: nothing is being asked */
    float *scratch; /* of the network */
} NoteInference;

struct TbEngine {
    const TbModel *model;
    double rate, hop; /* Hz; samples, need not be whole */
    uint64_t seed, n_started;
    float gain;
    float control[TB_CONTROLS]; /* as tb_engine_set_control has left them */
    SmoothedParam volume, width;
    float gain_smoothing, volume_smoothing; /* shares of the way from one point of the grid to the next */
    const TbInstrument *corner[TB_PARTS];   /* of the pad */
    int n_corners;                          /* 0: channels have mixes of their own */
    int members[2];                         /* channels that carry notes of the lower MPE zone, and of the upper one */
    TbEngine *predecessor;                  /* whose notes it lets end; NULL: none */
    uint64_t time;                          /* of the next sample */
    uint64_t tick, next_tick;               /* ticks so far; sample of the next one */
    bool live;                              /* as in TbEngineOptions */
    bool inferred;                          /* the network of notes was, since the last point of the grid */
    bool stale;                             /* perhaps it is to be asked for voices that sound */
    NoteInference inference;
    int n_begun;                    /* voices that have begun since the last point of the grid */
    int next_ahead, next_inference; /* slots whose turn it is */
    Channel channel[TB_CHANNELS];
    TbDrum drum[KEYS];
    int n_voices, n_slots; /* slots: and room for those that fade */
    Voice *voice;          /* [n_slots] */
    Event *queue;          /* [TB_ENGINE_QUEUE], by time */
    size_t n_queued;
    float *scratch; /* of the network */
    TbPlayedNote **notes;
    TbFrame **frames; /* [n_slots], or TB_NOTES_BATCH */
    bool stereo, limit;
    Reverb *reverb;      /* NULL: none */
    StereoWidth *spread; /* NULL: one channel */
    Limiter limiter;
};

/* What a message does, now. RT */
void tbi_channel_message(TbEngine *e, const uint8_t *message);
void tbi_channel_start(Channel *c);
void tbi_channel_reset(TbEngine *e, int channel); /* as CC 121 does */
/* To be called at every point of the grid, and at every tick. RT */
void tbi_smoothed_move(SmoothedParam *g, float share);
/* A knob or a weight that was at x, a frame later; within `step` it is there. */
float tbi_smoothed_approach(float x, float goal, float step);
void tbi_channel_move_gains(Channel *c, float share);
/* knob[TB_KNOBS]: what is added to its own, for all channels. */
void tbi_channel_move_timbre(Channel *c, const float *knob);

/* mpe.c. RT */
int tbi_mpe_master(const TbEngine *e, int channel); /* the zone's first (last) channel, or the channel itself */
/* RPN 6 on channel 0 or 15: the zone has so many members from now on; what its channels play ends. */
void tbi_mpe_configure(TbEngine *e, int channel, int members);
/* RPN 0 of a member is of all members. */
void tbi_mpe_bend_range(TbEngine *e, int channel, float semitones);
/* The next frame of a note's touch: semitones to be added to its pitch, and its knobs with those of its home. */
void tbi_mpe_touch(const TbEngine *e, Voice *v, float *semitones, float *knob);

/* controls.c. RT */
void tbi_control_start(TbEngine *e);
void tbi_pad_move(TbEngine *e); /* all channels go to where the pad stands */

static inline bool midi_is_note_on(const uint8_t *message) {
    return message[0] >> 4 == 0x9 && message[2] > 0;
}

/* engine.c: tb_engine_render without a thought of denormals. RT */
void tbi_engine_run(TbEngine *e, float *left, float *right, size_t n);
/* handover.c: adds the predecessor's n <= GRID samples. RT */
void tbi_handover_render(TbEngine *e, float *const out[2], size_t n);

/* voices.c. RT */
void tbi_voices_note_on(TbEngine *e, int channel, int key, int velocity);
void tbi_voices_note_off(TbEngine *e, int channel, int key);
void tbi_voices_sostenuto(TbEngine *e, int channel, bool down);
void tbi_voices_key_pressure(TbEngine *e, int channel, int key, float pressure); /* key -1: all of the channel */
void tbi_voices_all_off(TbEngine *e, int channel);                               /* as if all keys were released */
void tbi_voices_silence(TbEngine *e, int channel);                               /* whatever is held, quickly */
void tbi_voices_damp(TbEngine *e);                                               /* drums whose time has come */
void tbi_voice_update(const TbEngine *e, Voice *v); /* what has become of its channel since its last frame */
/* out[side][n] gets the sum of all voices (side 0 alone when there is one channel), and send[side][n] what the reverb
 * gets, when there is one; wide[n] (NULL: not wanted) is added to: what
 * is to be spread. n <= GRID, all between two points of the grid, the first `at` behind one. */
void tbi_voices_mix(TbEngine *e, float *const out[2], float *const send[2], float *wide, int n, int at);

/* schedule.c. RT */
void tbi_schedule_starts(TbEngine *e); /* voices that were struck begin, if they may */
void tbi_schedule_tick(TbEngine *e);
void tbi_schedule_grid(TbEngine *e); /* at each point of the grid */
void tbi_schedule_late(TbEngine *e); /* LATE samples behind it, if something is stale */

#endif
