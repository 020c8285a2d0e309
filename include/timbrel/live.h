/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel live: an engine played now: sound out through JACK or PortAudio, MIDI in through JACK or RtMidi, a recording
 * of what is heard. Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_LIVE_H
#define TIMBREL_LIVE_H

#include "timbrel/audio.h"
#include "timbrel/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what there is ---- */

enum { TB_LIVE_NAME = 160 };

typedef struct {
    int number;              /* by which it may be asked for */
    char name[TB_LIVE_NAME]; /* "ALSA: HDA Intel PCH: ALC257 Analog (hw:0,0)" */
    int n_channels;
    double sample_rate; /* Hz: what it likes best */
    bool standard;      /* used when none is named */
    bool silent;        /* no device at all: what it plays is heard nowhere. Used only when it is named */
} TbDevice;

/* The name of the silent device, which is there on every machine. */
#define TB_LIVE_SILENT "none"

/* Sound devices that can play: devices[n], newly allocated (free); the silent one is the last. The libraries below
 * (ALSA, JACK, PortAudio) may write to standard error what they do not find. OFF. */
TB_NODISCARD TB_API TbStatus tb_devices(TbDevice **devices, size_t *n);

typedef struct {
    char name[TB_LIVE_NAME]; /* "ALSA: Keystation 49 MIDI 1" */
} TbMidiInput;

/* MIDI keyboards and programs that could be listened to: inputs[n], newly allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_midi_inputs(TbMidiInput **inputs, size_t *n);

/* ---- playing ---- */

/* A device, MIDI inputs, and a recording. The device belongs to the thread that makes it and tends it, the control
 * thread; nobody else touches it, and what others may know of it is in TbLiveState. Nothing of the process is changed
 * but JACK's error and info functions (jack_set_error_function), which are made to say nothing. Five steps: new (opens
 * the device: now its rate is known), start, tend while it plays, stop, free. In a block, each source of messages is
 * heard out up to a limit that no musician reaches; what is over it waits, up to 1024 messages. When some are lost, all
 * keys go up, that none may hang. */
typedef struct TbLive TbLive;

typedef struct {
    const char *device; /* a number or a part of a name; NULL: the usual one. JACK's, when it runs. TB_LIVE_SILENT */
    double sample_rate; /* Hz; 0: 48 kHz, or what the device likes best if it does not take that */
    int block;          /* samples that are made at once, 16 .. 4096; 0: 128. On JACK its server decides */
    const char *const *midi; /* [n_midi]: parts of names of inputs; all of them when n_midi is 0 */
    size_t n_midi;
    /* Called on the control thread, with true before and with false after each call into a library that may write to
     * standard error, so that a program can have that muted. NULL: it is left alone */
    void (*mute)(bool on);
} TbLiveOptions;

/* Opens the device, which stays silent. What is in `options` is copied. Errors: TB_ERR_NOT_FOUND: no such device or
 * input; TB_ERR_BUSY: another program plays on it; TB_ERR_IO: it is broken; TB_ERR_UNSUPPORTED: not at this rate. OFF.
 */
TB_NODISCARD TB_API TbStatus tb_live_new(const TbLiveOptions *options, TbLive **live);

/* What plays. The engine must be of the device's rate, stereo if that has two channels, and is the audio thread's own
 * from start to stop; engine and instruments are borrowed. */
typedef struct {
    TbEngine *engine;
    const TbInstrument *corner[TB_PARTS]; /* of the pad, on all channels */
    int n_corners;                        /* 0 .. TB_PARTS; 0: mute until tb_live_set_corners */
} TbLivePlay;

/* Once. CT */
TB_NODISCARD TB_API TbStatus tb_live_start(TbLive *live, const TbLivePlay *play);

/* A MIDI message of up to three bytes, to be heard as soon as may be. False: the queue is full. CT */
TB_API bool tb_live_send(TbLive *live, const uint8_t *message, size_t n_bytes);

/* ---- hands ---- */

/* All from any thread but the audio's; several at once may call. */

/* Moves a control; values out of range are clamped. False: NaN, which moves nothing. */
TB_API bool tb_live_set_control(TbLive *live, TbControl control, float value);
TB_API float tb_live_control(const TbLive *live, TbControl control); /* where it stands, whoever moved it */
/* Notes end at once, pedals are up, bends and pressures in the middle, messages that wait are forgotten; nothing can
 * hang. A System Reset (ff) that comes by MIDI does the same. */
TB_API void tb_live_panic(TbLive *live);
/* The latest program change that came by MIDI since the last call, 0 .. 127; -1: none. */
TB_API int tb_live_program(TbLive *live);

/* Other sounds on the corners, for notes from now on; those that sound keep theirs. n: 1 .. TB_PARTS.
 * TB_ERR_BUSY: too many changes are still on their way, or too many instruments (64) still sound; try again later. */
TB_NODISCARD TB_API TbStatus tb_live_set_corners(TbLive *live, const TbInstrument *const corner[TB_PARTS], int n);
/* Whether a corner or a sounding note still has it: else it may be freed. */
TB_API bool tb_live_uses(TbLive *live, const TbInstrument *instrument);
/* Another engine (of another model; same rate and channels) for notes from now on, with its corners set; what the old
 * one has begun it ends. Controls are carried over. TB_ERR_BUSY: the one before it has not been given back yet, which
 * tb_live_retired does as soon as nothing of it is heard any more. */
TB_NODISCARD TB_API TbStatus tb_live_set_engine(TbLive *live, TbEngine *engine);
TB_API TbEngine *tb_live_retired(TbLive *live); /* NULL: none yet */

/* Which controllers move which controls. A controller takes hold of a control only where that stands (soft takeover):
 * after the page or a preset has moved the control, the knob must be turned through that place first. */
typedef struct {
    int8_t control[128]; /* a TbControl, or -1: the message goes to the engine as it is */
} TbMidiMap;

TB_API void tb_midi_map_defaults(TbMidiMap *map);
TB_API void tb_live_get_map(const TbLive *live, TbMidiMap *map);
TB_API void tb_live_set_map(TbLive *live, const TbMidiMap *map);
/* The next controller that is moved is given to this control (-1: stop waiting). */
TB_API void tb_live_learn(TbLive *live, int control);
TB_API int tb_live_learning(const TbLive *live); /* the control that waits for a controller; -1: none */

/* Begins a recording while it plays, in a file as tb_audio_writer_new makes it, or TB_ERR_BUSY: there is one; ends
 * it: the file is put where it belongs, or TB_ERR_EMPTY: nothing was played. */
TB_NODISCARD TB_API TbStatus tb_live_record(TbLive *live, const char *path, TbBits bits);
TB_NODISCARD TB_API TbStatus tb_live_record_stop(TbLive *live);

/* The latest n samples (n <= TB_LIVE_OUTPUT) of what is heard, both sides' mean, for pictures. */
enum { TB_LIVE_OUTPUT = 8192 };
TB_API void tb_live_output(TbLive *live, float *samples, size_t n);

/* To be called ten times a second or more while it plays: looks whether the device is still there, opens it anew when
 * it has gone and come back (all notes are then off), and finds MIDI inputs that are plugged in or out. CT */
TB_API void tb_live_poll(TbLive *live);

typedef struct {
    char device[TB_LIVE_NAME];
    double sample_rate;   /* Hz */
    int n_channels;       /* 1 or 2 */
    int block;            /* samples that are made at once */
    bool silent;          /* as in TbDevice */
    bool lost;            /* the device has gone; it is looked for */
    char last_error[200]; /* why it is not back, though it is there: a sentence; "" */
    bool realtime;        /* the audio thread goes before other programs: the system has given it the right */
    double load;          /* share of its time that the audio thread works, lately */
    double worst_load;    /* of a single block in the last seconds */
    int voices;           /* that sound */
    double latency;       /* seconds from a key to its sound: device, block, engine */
    uint64_t xruns;       /* gaps that the device told of */
    uint64_t overruns;    /* blocks that took longer than they last, by themselves: gaps by our fault */
    uint64_t waits;       /* blocks that took longer than they last as others had the processor meanwhile */
    uint64_t lost_events; /* MIDI messages that found a queue full */
    double seconds;       /* played */
    bool recording;       /* one is under way */
    double recorded;      /* seconds in its file */
    uint64_t lost_frames; /* that the disk was too slow for */
    bool record_failed;   /* the recording has stopped; tb_live_stop says why */
    float peak[2];        /* left and right, falling slowly; 1 is full scale */
    bool held[128];       /* keys whose notes sound and are held, by themselves or a pedal, on any channel */
} TbLiveState;

/* What is known of the device is as tb_live_new, start, tend or stop have found it last. Any thread but the audio's. */
TB_API void tb_live_state(TbLive *live, TbLiveState *state);
/* The MIDI inputs that are listened to: writes the first `most`, and returns how many there are. Any thread but the
 * audio's. */
TB_API size_t tb_live_midi(TbLive *live, TbMidiInput *inputs, size_t most);

/* Notes end within a few milliseconds, the device is closed, the recording is finished and put where it belongs;
 * whether that succeeded is what is returned. TB_ERR_EMPTY: nothing was played, so there is no file. CT */
TB_NODISCARD TB_API TbStatus tb_live_stop(TbLive *live);
TB_API void tb_live_free(TbLive *live); /* stops first; NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
