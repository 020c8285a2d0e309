/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel engine: a polyphonic MIDI engine for the audio thread, and songs read from MIDI files.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_ENGINE_H
#define TIMBREL_ENGINE_H

#include "timbrel/instrument.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TB_CHANNELS = 16,
    TB_DRUM_CHANNEL = 9, /* channel 10, as in General MIDI */
    TB_VOICES_MAX = 128,
};

/* ---- the engine ---- */

/* Plays sixteen MIDI channels. Calls marked RT come from one thread at a time, the one that renders. The output depends
 * only on the calls and on the sample each is stamped with, not on the block size. */
typedef struct TbEngine TbEngine;

typedef struct {
    size_t size;        /* see timbrel/base.h */
    double sample_rate; /* Hz, 8 kHz .. 192 kHz */
    int voices;         /* polyphony, 1 .. TB_VOICES_MAX; 0: 16 */
    double gain;        /* dB, on the sum of all notes; 0: a note at velocity 127 has the level it was trained at */
    bool stereo;        /* two output channels; else mono, without panning */
    bool reverb;        /* adds a reverb, whose send is CC 91 */
    bool limit;         /* limits peaks to -1 dB full scale; delays by tb_engine_latency samples */
    bool live; /* bounds the work per block: of notes struck together some start 1 .. 4 ms later, at about the rate of a
                  MIDI cable. Else all start at their sample */
    uint64_t seed;       /* of all random numbers; the same seed gives the same samples */
    const float *tuning; /* [128], such as from tb_tuning_read: the pitch of each key as a MIDI note number, NAN: the
                            key is silent. NULL: equal temperament. Copied. Drums keep their pitch */
} TbEngineOptions;

static inline void tb_engine_defaults(TbEngineOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->sample_rate = 48000;
    options->stereo = options->reverb = options->limit = true;
}

/* The model and the instruments given to the engine are borrowed and must outlive it. TB_ERR_ARGUMENT: an option out of
 * range. OFF. */
TB_NODISCARD TB_API TbStatus tb_engine_new(const TbModel *model, const TbEngineOptions *options, TbEngine **engine);
TB_API void tb_engine_free(TbEngine *engine); /* OFF */

/* The mix of a channel: up to TB_PARTS instruments and their weights (>= 0; normalised by the engine). */
typedef struct {
    const TbInstrument *part[TB_PARTS]; /* NULL: unused */
    float weight[TB_PARTS];
} TbMix;

/* Sets a channel's mix. Weights are smoothed over about 30 ms, for sounding notes too; changed instruments apply to new
 * notes, sounding notes keep theirs. All parts NULL: the channel is silent. channel: 0 .. 15. RT */
TB_API void tb_engine_set_mix(TbEngine *engine, int channel, const TbMix *mix);

/* A key of the drum channel. Drums ring to their end whatever happens to the key, but a drum released for three seconds
 * is faded out. */
typedef struct {
    const TbInstrument *instrument; /* NULL: the key is silent */
    float key;                      /* key at which the instrument is played */
    float gain;                     /* amplitude factor; 1: unchanged */
    float seconds;                  /* length in seconds until it is damped; 0: undamped */
    int choke; /* choke group: drums of the same nonzero group cut each other off, as open and closed hi-hat */
    float pan; /* -1 (left) .. 1 (right), constant power; 0: centre */
} TbDrum;

TB_API void tb_engine_set_drum(TbEngine *engine, int key, const TbDrum *drum); /* key: 0 .. 127. RT */

/* Queues a whole MIDI message, status first, `offset` samples after the next sample to be rendered. Unknown system
 * messages and malformed ones are ignored. Messages at the same sample keep their order. Returns false when the queue
 * of TB_ENGINE_QUEUE messages is full: render first. RT
 *
 * Supported: note on and off; pitch bend and its range (RPN 0); fine and coarse tuning (RPN 1, 2), by data entry and by
 * data increment and decrement (CC 96, 97, RP-018); modulation (CC 1, adds movement), volume (7), pan (10, constant
 * power, RP-036), expression (11), sustain (64), sostenuto (66), the network's other knobs (brightness 74, noisiness
 * 70, attack time 73, decay time 75, hollowness 71, warmth 79; 64 is neutral), reverb send (91, default 40), all sound
 * off (120), reset all controllers (121), all notes off (123 .. 127). System exclusive: master volume, master fine and
 * coarse tuning, the resets of General MIDI, GS and XG. Drums are played on channel 10, and on channels that become
 * rhythm parts: by GS "use for rhythm part", by XG "part mode", or by a program change with bank 120, 126 or 127 (CC
 * 0); bank 121 makes a channel melodic. Program changes change no sound by themselves: see tb_song_parts.
 *
 * A key that is struck again before its note-off has come begins anew, and is up after as many note-offs as note-ons;
 * in a live engine, where one may be lost, after the first that comes later than 20 ms after the note-on.
 * Under a pedal a louder note of the same key rings on when it is struck again.
 *
 * Velocity, volume and expression each scale the amplitude by (value / 127)^2, as the General MIDI level 1 developer
 * guidelines and DLS level 1 recommend. The greater of key and channel pressure adds up to one standard deviation each
 * of movement and brightness.
 *
 * MPE (MMA 2018): RPN 6 on channel 1 configures the lower zone, whose members are channels 2 and up, on channel 16 the
 * upper zone, channel 15 and down. In a zone, the bend (range 48 semitones by default), pressure and CC 74 of a member
 * channel affect only its own notes, until their keys are released; everything else comes from the zone's master
 * channel, whose bend, pressure and knobs are added. */
enum { TB_ENGINE_QUEUE = 4096 };
TB_API bool tb_engine_event(TbEngine *engine, size_t offset, const uint8_t *message, size_t n_bytes);

/* Renders the next n samples, overwriting left[n] and right[n]; in mono only left (right may be NULL). In stereo low
 * keys are panned a little to the left, high keys to the right; (left + right) / 2 is the mono signal. Denormals are
 * flushed to zero during the call. RT */
TB_API void tb_engine_render(TbEngine *engine, float *left, float *right, size_t n);
TB_API int tb_engine_active_voices(const TbEngine *engine); /* voices sounding or fading. RT */
TB_API bool
tb_engine_is_audible(const TbEngine *engine); /* a voice is active, or the reverb tail is above -120 dB. RT */
TB_API size_t tb_engine_latency(const TbEngine *engine); /* samples from an event to its output. ANY */
TB_API uint64_t tb_engine_time(const TbEngine *engine);  /* samples rendered so far. RT */

/* Weights of one to four sounds on the corners of a pad (lower left, lower right, upper left, upper right),
 * interpolated bilinearly at (x, y). Two sounds are mixed by x alone; the third of three fills the upper edge. x, y: 0
 * .. 1 (clamped); n: 1 .. TB_PARTS. RT */
TB_API void tb_pad_weights(int n, float x, float y, float weight[TB_PARTS]);

/* ---- controls ---- */

/* Parameters that the web page, MIDI controllers, OSC and presets change while notes sound, under the same names
 * everywhere. From TB_CONTROL_KNOBS on, the knobs follow in the order of TbKnob. */
typedef enum {
    TB_CONTROL_X, /* pad position */
    TB_CONTROL_Y,
    TB_CONTROL_KNOBS,
    TB_CONTROL_VOLUME = TB_CONTROL_KNOBS + TB_KNOBS,
    TB_CONTROL_REVERB,
    TB_CONTROL_WIDTH,
    TB_CONTROLS
} TbControl;

typedef struct {
    const char *name;                   /* "brightness" */
    const char *low_label, *high_label; /* labels of its ends: "dark", "bright" */
    const char *unit;                   /* "dB", or "" */
    float low, high, default_value;     /* range and default */
    uint8_t cc;                         /* default MIDI controller */
    bool cc_falls; /* inverted: CC value 127 is `low`, as for "decay time", which is long where `decay` is small */
} TbControlInfo;

TB_API const TbControlInfo *tb_control_info(TbControl control); /* static. ANY */
TB_API int tb_control_find(const char *name);                   /* -1: unknown name. ANY */
/* Maps a 7-bit controller value to the control's range and back: 0 is low, 64 the default, 127 high (reversed where
 * cc_falls). For the modulation wheel (CC 1) 0 is the default, so it only adds movement. tb_control_to_cc may return a
 * fraction. ANY */
TB_API float tb_control_from_cc(TbControl control, int value);
TB_API float tb_control_to_cc(TbControl control, float value);

/* Sets a control for all channels, smoothed, for sounding notes too. Knobs are added to the channels' own controllers;
 * volume is in dB; reverb (0 .. 1) sets the send of all channels; width 0 is mono. Values out of range are clamped, NaN
 * is ignored. RT */
TB_API void tb_engine_set_control(TbEngine *engine, TbControl control, float value);

/* Puts n instruments on the corners of the pad at (TB_CONTROL_X, TB_CONTROL_Y), for all channels and new notes;
 * sounding notes keep theirs. n: 1 .. TB_PARTS. RT */
TB_API void tb_engine_set_corners(TbEngine *engine, const TbInstrument *const corner[TB_PARTS], int n);

/* Writes the current corners and returns their number. RT */
TB_API int tb_engine_get_corners(const TbEngine *engine, const TbInstrument *corner[TB_PARTS]);

/* Whether a corner, a channel, a drum or an active voice uses the instrument; if not, it may be freed. RT */
TB_API bool tb_engine_uses(const TbEngine *engine, const TbInstrument *instrument);

/* Ends all notes within milliseconds, drops queued messages, and resets pedals, bends and pressures. RT */
TB_API void tb_engine_panic(TbEngine *engine);
/* Bit mask of keys with a held note (key or pedal down) on any channel: key[0] has keys 0 .. 63, key[1] the rest. RT */
TB_API void tb_engine_held_keys(const TbEngine *engine, uint64_t key[2]);
/* Whether the channel is a member of an MPE zone: its controllers belong to one note. RT */
TB_API bool tb_engine_is_mpe_member(const TbEngine *engine, int channel);

/* `engine`, newly made, takes over from `predecessor` between two samples. Controls, pedals, bends and queued messages
 * are carried over; `engine` renders the notes of `predecessor` along with its own until they have decayed. Both have
 * the same options except model and seed; another sample rate or number of channels is allowed only if the output of
 * `predecessor` is not needed any more. All further calls go to `engine`. RT */
TB_API void tb_engine_take_over(TbEngine *engine, TbEngine *predecessor);
/* Returns `predecessor` once it is silent and may be freed; NULL: not yet, or there is none. RT */
TB_API TbEngine *tb_engine_take_retired(TbEngine *engine);
/* Ends the notes of the engine that this one has taken over from, and returns it at once; NULL: there is none. RT */
TB_API TbEngine *tb_engine_cut_off(TbEngine *engine);
/* What it renders: Hz, and 1 or 2 channels. ANY */
TB_API double tb_engine_sample_rate(const TbEngine *engine);
TB_API int tb_engine_channels(const TbEngine *engine);

/* ---- tunings ---- */

enum { TB_TUNING_KEYS = 128 };

/* Reads a scale (.scl) and a keyboard mapping (.kbm) in the format of Scala (Op de Coul, "Scala scale file format",
 * "Scala keyboard mapping format"). tuning[TB_TUNING_KEYS]: the pitch of each key as a MIDI note number, 60.5 for a
 * quarter tone above C4; NAN for keys that are not mapped. Keys outside the mapping's range keep equal temperament.
 * Without a mapping (NULL) the scale begins at key 60, which keeps its pitch. TB_ERR_FORMAT: a file is malformed. OFF
 */
TB_NODISCARD TB_API TbStatus tb_tuning_read(const char *scale_path, const char *mapping_path, float *tuning);
/* The same from memory; mapping may be NULL. OFF */
TB_NODISCARD TB_API TbStatus tb_tuning_parse(const char *scale, size_t n_scale, const char *mapping, size_t n_mapping,
                                             float *tuning);

/* ---- songs ---- */

enum { TB_SONG_MESSAGE = 12 };

typedef struct {
    double seconds;                   /* from the start of the song */
    uint8_t message[TB_SONG_MESSAGE]; /* for tb_engine_event; unused bytes are 0 */
    uint8_t n_bytes;
} TbSongEvent;

/* A standard MIDI file as a list of messages by time, those on channels and those system exclusive ones that an engine
 * knows; messages at the same time are in order of track, then of file position. */
typedef struct {
    TbSongEvent *events; /* [n_events], owned */
    size_t n_events;
    size_t n_notes;    /* notes that start */
    double seconds;    /* duration, to the end of the longest track */
    int format;        /* 0, 1, or 2 */
    int n_tracks;      /* found in the file */
    char warning[200]; /* "" or one sentence: how the file is damaged and what was done */
} TbSong;

/* Reads a standard MIDI file (MMA, "Standard MIDI Files 1.0", 1988): formats 0, 1 and 2 (tracks played one after the
 * other), tempo map, SMPTE time, running status, optionally in a RIFF wrapper (.rmi). From a damaged file everything
 * before the damage in each track is used and `warning` says so; if nothing is usable, TB_ERR_FORMAT. Files over 64 MB,
 * 4 million events or 24 hours are refused. `data` is borrowed. OFF. */
TB_NODISCARD TB_API TbStatus tb_song_parse(const void *data, size_t n_bytes, TbSong *song);
TB_NODISCARD TB_API TbStatus tb_song_read(const char *path, TbSong *song);
TB_API void tb_song_free(TbSong *song); /* a zeroed song is fine. OFF */

/* What a song wants to be played with. */
typedef struct {
    bool melodic, drums;                          /* it has notes; it has drums */
    bool plays[TB_CHANNELS], rhythm[TB_CHANNELS]; /* channels with notes; with drums */
    bool program[TB_CHANNELS][TB_DRUM_KEYS];      /* programs, from 0, that play notes on a channel */
    bool drum[TB_DRUM_KEYS];                      /* keys that are struck as drums */
    bool variation[TB_CHANNELS];                  /* channels with notes of a program of another bank than the first */
} TbSongParts;
/* Whether the message resets all channels, and so their programs. ANY */
TB_API bool tb_song_is_reset(const TbSongEvent *event);
TB_API void tb_song_parts(const TbSong *song, TbSongParts *parts); /* ANY */

#ifdef __cplusplus
}
#endif
#endif
