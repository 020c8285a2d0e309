/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: the state of an engine.
 *
 * Two clocks divide the time. A tick occurs TICKS times per TB_HOP; at each, a group of voices gets its next frame in
 * one call of the decoder. At every point of the control grid, GRID samples apart, gains are updated, and work is done
 * that may happen anywhere in a hop: partials are computed ahead and, LATE samples after the point, the note network is
 * run for voices whose knobs have changed. A voice starts between ticks with the TB_SYNTH_LOOKAHEAD frames that its
 * synth needs before the first sample; from then on it consumes one frame per hop and gets one per hop, so it never
 * runs dry. */
#ifndef TIMBREL_ENGINE_ENGINE_H
#define TIMBREL_ENGINE_ENGINE_H

#include "base/arena.h"
#include "engine/limiter.h"
#include "engine/part.h"
#include "engine/reverb.h"
#include "engine/smoothed_param.h"
#include "engine/stereo_width.h"
#include "instrument/played_notes.h"
#include "timbrel/engine.h"

enum {
    GRID = 64,      /* samples per grid interval; gains are interpolated linearly within it */
    LATE = 48,      /* samples after a grid point at which deferred inference runs */
    TICKS = 4,      /* per hop */
    VOICE_RING = 8, /* frames queued for a synth; a power of 2, greater than TB_SYNTH_LOOKAHEAD */
    KEYS = 128,
    /* In a live engine, the number of notes that may start per grid interval: with a run of the note network, which all
     * pending notes share, and without one. */
    STARTS_WITH_INFERENCE = 1,
    STARTS = 4,
};

/* Smaller changes are not applied to sounding notes, since each makes the note network run again. */
#define WEIGHT_STEP 0.0005f
#define KNOB_STEP 0.001f

typedef struct {
    TbMix mix;                 /* weights: targets */
    float weight[2][TB_PARTS]; /* smoothed: [0] after the first pole, [1] after the second */
    uint32_t generation;       /* counts changes of the mix's instruments */
    float knob_target[TB_KNOBS];
    float knob[2][TB_KNOBS]; /* smoothed as the weights are */
    float bend, bend_range;  /* -1 .. 1; semitones */
    float fine, coarse;      /* semitones */
    float pressure;          /* 0 .. 1 */
    float timbre;            /* from CC 74 on an MPE member channel: brightness, in standard deviations */
    uint8_t volume, expression;
    bool sustain, sostenuto;
    ChannelPart part;
    uint8_t parameter[2]; /* selected RPN, high and low byte; 127, 127: none */
    uint8_t data[2];      /* its value */
    SmoothedParam gain;   /* from volume and expression */
    SmoothedParam pan[2]; /* left and right gain */
    SmoothedParam send;   /* reverb send */
} Channel;

/* Per-note expression. */
typedef struct {
    float bend;                     /* semitones; MPE only, else the channel's bend applies */
    float key_pressure;             /* 0 .. 1, polyphonic; in MPE the channel's pressure applies instead */
    float pressure, timbre;         /* targets */
    float pressure_now, timbre_now; /* smoothed: 0 .. 1; standard deviations of brightness */
} MpeNote;

typedef enum { VOICE_FREE, VOICE_SOUNDING, VOICE_FADING } VoiceState;

typedef struct {
    VoiceState state;
    bool pending;   /* has no frames yet */
    bool key_down;  /* the key itself, without pedals */
    bool sostenuto; /* held by the sostenuto pedal */
    bool drum;
    int choke;
    int channel, key;
    int master;          /* channel whose mix, knobs, gains and pedals apply: the zone's master in MPE, else its own */
    uint32_t generation; /* of the master's mix at note-on */
    MpeNote mpe;
    float pitch;           /* key to play, before bend and tuning */
    float gain;            /* from velocity */
    float pan[2];          /* left and right gain from the key's position */
    float fade, fade_step; /* gain, 1 .. 0; decrement per sample */
    uint64_t damp_at;      /* time in samples; drums only */
    uint64_t order;        /* number of its note-on */
    TbPlayedNote note;
    TbSynth *synth;
    TbFrame ring[VOICE_RING];
    size_t n_frames; /* produced so far */
    size_t end;      /* total number of frames once known, else SIZE_MAX */
} Voice;

typedef struct {
    uint64_t time; /* in samples */
    uint8_t message[3];
} Event;

/* A batched inference of the note network, run step by step. */
typedef struct {
    Voice *voice[TB_NOTES_BATCH];
    uint64_t order[TB_NOTES_BATCH]; /* of the voices when it began: a voice that has been restarted since is skipped */
    size_t n;
    int step;       /* the next step; 0: idle */
    float *scratch; /* of the network */
} NoteInference;

struct TbEngine {
    const TbModel *model;
    double rate, hop; /* Hz; samples, may be fractional */
    uint64_t seed, n_started;
    float gain;
    float control[TB_CONTROLS]; /* as last set by tb_engine_set_control */
    SmoothedParam volume, width;
    float master_volume;                    /* gain; of the MIDI master volume, beside the control */
    float fine, coarse;                     /* master tuning, semitones */
    float gain_smoothing, volume_smoothing; /* one-pole coefficients per grid interval */
    const TbInstrument *corner[TB_PARTS];   /* of the pad */
    int n_corners;                          /* 0: channels have mixes of their own */
    int members[2];                         /* members of the lower and of the upper MPE zone */
    TbEngine *predecessor;                  /* engine whose notes this one lets ring out; NULL: none */
    uint64_t time;                          /* of the next sample */
    uint64_t tick, next_tick;               /* ticks so far; sample of the next one */
    bool live;                              /* as in TbEngineOptions */
    bool inferred;                          /* the note network has run since the last grid point */
    bool stale;                             /* some sounding voice may need inference */
    NoteInference inference;
    int n_begun;                    /* voices started since the last grid point */
    int next_ahead, next_inference; /* round-robin positions in the slots */
    Channel channel[TB_CHANNELS];
    TbDrum drum[KEYS];
    bool has_drums;        /* some key has one */
    float tuning[KEYS];    /* pitch of each key, as a MIDI note number; NAN: silent */
    int n_voices, n_slots; /* polyphony; slots, including spare ones for fading voices */
    TbArena memory;        /* of the arrays */
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
    uint8_t struck[TB_CHANNELS][KEYS];     /* note-ons whose note-off is still to come */
    uint64_t struck_at[TB_CHANNELS][KEYS]; /* time of the last one */
};

/* Executes a message now. RT */
void tbi_channel_message(TbEngine *e, const uint8_t *message);
void tbi_channel_start(Channel *c);
/* Controllers, tuning and bend range as General MIDI has them at first; the mix stays. RT */
void tbi_channel_defaults(Channel *c, float bend_range);
void tbi_channel_reset(TbEngine *e, int channel); /* as CC 121 */
void tbi_channel_move_gains(Channel *c, float share);
/* Once per frame. knob[TB_KNOBS]: the global knobs, added to the channel's own. RT */
void tbi_channel_move_timbre(Channel *c, const float *knob);

#define TBI_BEND_RANGE 2.0f /* semitones; at first, outside MPE zones */

/* mpe.c. RT */
float tbi_mpe_default_range(const TbEngine *e, int channel); /* of the bend, semitones */
int tbi_mpe_master(const TbEngine *e, int channel);          /* the zone's master channel, or the channel itself */
/* RPN 6 on channel 0 or 15: sets the number of the zone's members and returns a bit for each channel affected, whose
 * notes end and whose controllers are reset. */
unsigned tbi_mpe_configure(TbEngine *e, int channel, int members);
/* RPN 0: on a member channel it applies to all members of the zone. */
void tbi_mpe_bend_range(TbEngine *e, int channel, float semitones);
/* A voice's expression for its next frame: semitones to add to its pitch, and its knobs including those of its master
 * channel. */
void tbi_mpe_expression(const TbEngine *e, Voice *v, float *semitones, float *knob);

/* controls.c. RT */
void tbi_control_start(TbEngine *e);
void tbi_control_master_volume(TbEngine *e, float gain);
void tbi_pad_update(TbEngine *e); /* recomputes the mix of all channels from the pad's position */

static inline bool midi_is_note_on(const uint8_t *message) {
    return message[0] >> 4 == 0x9 && message[2] > 0;
}

/* sysex.c: executes a message that tbi_sysex_read has made. RT */
void tbi_sysex_run(TbEngine *e, const uint8_t message[3]);

/* engine.c: tb_engine_render without the denormal mode. RT */
void tbi_engine_run(TbEngine *e, float *left, float *right, size_t n);
/* handover.c: adds the predecessor's next n <= GRID samples. RT */
void tbi_handover_render(TbEngine *e, float *const out[2], size_t n);

/* voice_stealing.c. The least important sounding voice; among equals the oldest. NULL: none. RT */
Voice *tbi_voice_to_steal(TbEngine *e);

/* voices.c. RT */
void tbi_voices_note_on(TbEngine *e, int channel, int key, int velocity);
void tbi_voices_note_off(TbEngine *e, int channel, int key);
void tbi_voices_sostenuto(TbEngine *e, int channel, bool down);
void tbi_voices_key_pressure(TbEngine *e, int channel, int key, float pressure); /* key -1: all notes of the channel */
void tbi_voices_pedal_up(TbEngine *e, int channel); /* releases the notes that nothing holds any more */
void tbi_voices_all_off(TbEngine *e, int channel);  /* releases all keys */
void tbi_voices_silence(TbEngine *e, int channel);  /* fades all notes quickly, held or not */
void tbi_voices_damp(TbEngine *e);                  /* fades drums whose damping time has come */
void tbi_voice_update(const TbEngine *e, Voice *v); /* takes over its channel's current state for the next frame */
/* Writes the sum of all voices to out[side][n] (side 0 only in mono) and the reverb's input to send[side][n]; adds the
 * input of the stereo widener to wide[n] (NULL: not needed). n <= GRID samples within one grid interval, starting `at`
 * samples after its point. */
void tbi_voices_mix(TbEngine *e, float *const out[2], float *const send[2], float *wide, int n, int at);

/* schedule.c. RT */
void tbi_schedule_starts(TbEngine *e); /* starts pending voices within the limits of live mode */
void tbi_schedule_tick(TbEngine *e);
void tbi_schedule_grid(TbEngine *e); /* at each grid point */
void tbi_schedule_late(TbEngine *e); /* LATE samples after each grid point, if something is stale */

#endif
