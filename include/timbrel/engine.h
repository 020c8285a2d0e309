/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel engine: instruments under MIDI: an engine of voices for the audio thread, and songs from MIDI files.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_ENGINE_H
#define TIMBREL_ENGINE_H

#include "timbrel/instrument.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TB_CHANNELS = 16,
    TB_DRUM_CHANNEL = 9, /* the tenth, as General MIDI has it */
    TB_VOICES_MAX = 128,
};

/* ---- the engine ---- */

/* Plays sixteen MIDI channels. Every call marked RT comes from one thread at a time, between or around renders; the
 * samples depend only on what was called and on the sample it was stamped for, not on the size of the blocks. */
typedef struct TbEngine TbEngine;

typedef struct {
    double sample_rate; /* Hz, 8 kHz .. 192 kHz */
    int voices;         /* notes that may sound at once, 1 .. TB_VOICES_MAX; 0: 16 */
    double gain;        /* dB, of the sum of all notes; 0: a note at velocity 127 sounds as loud as it was learned */
    bool stereo;        /* two channels; else one, in which notes have no place from left to right */
    bool reverb;        /* a room: CC 91 says how much of it */
    bool limit;         /* hold peaks under -1 dB full scale; delays by tb_engine_latency samples */
    bool live;          /* the work of a block is bounded: of notes struck together some begin 1 .. 4 ms later, at about
                           the pace of a MIDI cable. Else all begin at their sample */
    uint64_t seed;      /* of what is left to chance; the same seed, the same samples */
} TbEngineOptions;

/* The model must outlive the engine, and so must the instruments given to it. OFF. */
TB_NODISCARD TB_API TbStatus tb_engine_new(const TbModel *model, const TbEngineOptions *options, TbEngine **engine);
TB_API void tb_engine_free(TbEngine *engine); /* OFF */

/* What a channel plays: up to TB_PARTS instruments and their weights (>= 0; they are normalised). */
typedef struct {
    const TbInstrument *part[TB_PARTS]; /* NULL: no such part */
    float weight[TB_PARTS];
} TbMix;

/* Weights glide to the new ones within about 30 ms, under sounding notes too; other instruments are for new notes, and
 * those that sound keep theirs. All parts NULL: the channel is mute. channel: 0 .. 15. RT */
TB_API void tb_engine_set_mix(TbEngine *engine, int channel, const TbMix *mix);

/* A key of the drum channel: what it plays, and at which key and loudness. Drums sound to their end, whatever happens
 * to the key; one whose key has been up for three seconds is faded out. */
typedef struct {
    const TbInstrument *instrument; /* NULL: nothing */
    float key;                      /* the key that the instrument is played at */
    float gain;                     /* factor; 1: as it is */
    float seconds;                  /* it is damped after so long; 0: never */
    int choke;                      /* drums of the same number, but 0, end each other: open and closed hi-hat */
} TbDrum;

TB_API void tb_engine_set_drum(TbEngine *engine, int key, const TbDrum *drum); /* key: 0 .. 127. RT */

/* A MIDI message of two or three bytes (status first; system messages, and what is no message, are ignored), for the
 * sample that lies `offset` samples behind the next one to be rendered. Messages of the same sample keep their order.
 * False when the queue of TB_ENGINE_QUEUE messages is full: render first. RT
 *
 * Understood: note on and off; pitch bend with its range (RPN 0); fine and coarse tuning (RPN 1, 2); modulation
 * (CC 1, adds movement), volume (7), pan (10, constant power, RP-036), expression (11), sustain (64), sostenuto (66),
 * the network's other knobs (brightness 74, noisiness 70, attack time 73, decay time 75, hollowness 71, warmth 79: 64
 * is the middle), reverb send (91, 40 at first), all sound off (120), reset (121), all notes off (123 .. 127).
 * Velocity, volume and expression scale amplitude by (value / 127)^2 each, as the General MIDI level 1 developer
 * guidelines and DLS level 1 recommend. Pressure of a key or a channel, whichever is more, adds movement and
 * brightness, a standard deviation of each at most.
 *
 * MPE (MMA 2018): RPN 6 on channel 1 makes the zone of the channels from 2 on, on channel 16 the one from 15 down. In
 * a zone, bend (48 semitones at first), pressure and CC 74 of a channel are of its notes alone, until their keys go up;
 * all else is what the zone's first (last) channel says, whose bend, pressure and knobs are added. */
enum { TB_ENGINE_QUEUE = 4096 };
TB_API bool tb_engine_event(TbEngine *engine, size_t offset, const uint8_t *message, size_t n_bytes);

/* The next n samples: left[n] and right[n] are overwritten; without stereo, left alone (right may be NULL). In stereo
 * low keys stand a little to the left, high ones to the right, and (left + right) / 2 is what stands in the middle.
 * Denormal numbers count as zero meanwhile. RT */
TB_API void tb_engine_render(TbEngine *engine, float *left, float *right, size_t n);
TB_API int tb_engine_active_voices(const TbEngine *engine); /* voices that sound, with those that fade. RT */
TB_API bool tb_engine_is_audible(const TbEngine *engine);   /* a voice, or still the reverb over -120 dB. RT */
TB_API size_t tb_engine_latency(const TbEngine *engine);    /* samples from an event to its sound. ANY */
TB_API uint64_t tb_engine_time(const TbEngine *engine);     /* samples rendered so far. RT */

/* Weights of up to four sounds on the corners of a pad: lower left, lower right, upper left, upper right, mixed by how
 * near (x, y) is to each. Of two sounds x alone decides, of three the third is the whole upper edge.
 * x, y: 0 .. 1 (clamped); n: 1 .. TB_PARTS. RT */
TB_API void tb_pad_weights(int n, float x, float y, float weight[TB_PARTS]);

/* ---- controls ---- */

/* What hands move while notes sound: on a page, by MIDI controllers, by OSC, in presets; the same names everywhere.
 * Knobs stand in the order of TbKnob from TB_CONTROL_KNOBS on. */
typedef enum {
    TB_CONTROL_X, /* of the pad */
    TB_CONTROL_Y,
    TB_CONTROL_KNOBS,
    TB_CONTROL_VOLUME = TB_CONTROL_KNOBS + TB_KNOBS,
    TB_CONTROL_REVERB,
    TB_CONTROL_WIDTH,
    TB_CONTROLS
} TbControl;

typedef struct {
    const char *name;               /* "brightness" */
    const char *less, *more;        /* what its ends are like: "dark", "bright" */
    const char *unit;               /* "dB", or "" */
    float low, high, default_value; /* range, and where it stands at first */
    uint8_t cc;                     /* the MIDI controller that moves it at first */
    bool cc_falls;                  /* that controller's 127 is low: "decay time" is long where `decay` is little */
} TbControlInfo;

TB_API const TbControlInfo *tb_control_info(TbControl control); /* static. ANY */
TB_API int tb_control_find(const char *name);                   /* -1: no such control. ANY */
/* Of a 7-bit controller's value: 0 is low, 127 is high (the other way round where cc_falls), 64 the usual value. The
 * wheel (CC 1) begins at the usual value: movement is only added. And back, in steps that need not be whole. ANY */
TB_API float tb_control_from_cc(TbControl control, int value);
TB_API float tb_control_to_cc(TbControl control, float value);

/* Moves a control, for all channels and under sounding notes, without a step to be heard: knobs are added to what the
 * channels' own controllers say, volume is in dB, reverb (0 .. 1) is the send of all channels, width 0 is mono. Values
 * out of range are clamped, NaN is ignored. RT */
TB_API void tb_engine_set_control(TbEngine *engine, TbControl control, float value);

/* Up to TB_PARTS instruments on the corners of a pad whose place is TB_CONTROL_X, _Y, for all channels: for new notes;
 * those that sound keep theirs. n: 1 .. TB_PARTS. RT */
TB_API void tb_engine_set_corners(TbEngine *engine, const TbInstrument *const corner[TB_PARTS], int n);

/* Those that are there: how many. RT */
TB_API int tb_engine_get_corners(const TbEngine *engine, const TbInstrument *corner[TB_PARTS]);

/* Whether a channel, a drum or a sounding note has it: else it may be freed. RT */
TB_API bool tb_engine_uses(const TbEngine *engine, const TbInstrument *instrument);

/* Notes end within milliseconds, messages that wait are forgotten, pedals are up, bends and pressures in the middle. RT
 */
TB_API void tb_engine_panic(TbEngine *engine);
/* A bit for each key whose note is held, by itself or by a pedal, on any channel: key[0] has those under 64. RT */
TB_API void tb_engine_held_keys(const TbEngine *engine, uint64_t key[2]);
/* Whether a channel now carries single notes of an MPE zone: its controllers are a finger's, not a knob's. RT */
TB_API bool tb_engine_is_mpe_member(const TbEngine *engine, int channel);

/* `engine`, which is new, takes the place of `predecessor`, between two samples: controls, pedals, bends and waiting
 * messages are carried over, and it renders what `predecessor` has begun together with its own notes until that has
 * died away. Both are of the same options but for the model and the seed. All further calls go to `engine`. RT */
TB_API void tb_engine_take_over(TbEngine *engine, TbEngine *predecessor);
/* `predecessor`, once it is silent: from now on it may be freed. NULL: not yet, or there is none. RT */
TB_API TbEngine *tb_engine_take_retired(TbEngine *engine);

/* ---- songs ---- */

typedef struct {
    double seconds;     /* from the beginning of the song */
    uint8_t message[3]; /* a channel message; data bytes that it does not have are 0 */
} TbSongEvent;

/* A standard MIDI file, played out: channel messages in order of time, messages of the same moment in the order of
 * tracks and within them as they stood. */
typedef struct {
    TbSongEvent *events; /* [n_events], owned */
    size_t n_events;
    size_t n_notes;    /* notes that begin */
    double seconds;    /* to the last event of any kind, with the end of the longest track */
    int format;        /* 0, 1, or 2 */
    int n_tracks;      /* that were found */
    char warning[200]; /* "" or one sentence: the file is damaged, and what was done */
} TbSong;

/* Reads a standard MIDI file (MMA, "Standard MIDI Files 1.0", 1988): formats 0, 1 and 2 (whose tracks are played one
 * after the other), tempo map, SMPTE time, running status; a RIFF wrapper (.rmi) is looked through. Of a damaged file
 * everything up to the damage of each track is kept, and `warning` says so; where nothing is left, TB_ERR_FORMAT.
 * Files over 64 MB, 4 million events or a day are refused. `data` is borrowed. OFF. */
TB_NODISCARD TB_API TbStatus tb_song_parse(const void *data, size_t n_bytes, TbSong *song);
TB_NODISCARD TB_API TbStatus tb_song_read(const char *path, TbSong *song);
TB_API void tb_song_free(TbSong *song); /* fine on a zeroed one */

#ifdef __cplusplus
}
#endif
#endif
