/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel live: plays an engine in real time: audio output through JACK or PortAudio, MIDI input through JACK or
 * RtMidi, and recording of the output.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_LIVE_H
#define TIMBREL_LIVE_H

#include "timbrel/audio.h"
#include "timbrel/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- devices ---- */

enum { TB_LIVE_NAME = 160 };

typedef struct {
    int number;              /* index, by which it can be selected */
    char name[TB_LIVE_NAME]; /* "ALSA: HDA Intel PCH: ALC257 Analog (hw:0,0)" */
    int n_channels;
    double sample_rate; /* Hz, preferred */
    bool is_default;    /* the default device */
    bool silent;        /* renders without audible output; never the default */
} TbDevice;

/* The name of the silent device, which exists on every machine. */
#define TB_LIVE_SILENT "none"

/* Lists the devices that can play: devices[n], newly allocated (free); the silent one is last. The underlying libraries
 * (ALSA, JACK, PortAudio) may write warnings to standard error. OFF. */
TB_NODISCARD TB_API TbStatus tb_devices(TbDevice **devices, size_t *n);

typedef struct {
    char name[TB_LIVE_NAME]; /* "ALSA: Keystation 49 MIDI 1" */
} TbMidiInput;

/* Lists MIDI inputs, hardware and software: inputs[n], newly allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_midi_inputs(TbMidiInput **inputs, size_t *n);

/* ---- playing ---- */

/* A device, its MIDI inputs, and a recorder. The thread that creates and polls it is the control thread; only that
 * thread touches the device, other threads read TbLiveState. The process-wide JACK error and info functions
 * (jack_set_error_function) are replaced by silent ones; nothing else in the process is changed.
 *
 * The sequence is: new (opens the device, after which its sample rate is known), start, poll while it plays, stop,
 * free. The number of messages handled per block and source is bounded, well above what a musician can play; up to 1024
 * further messages wait. When messages are lost, all keys are released so that no note hangs. */
typedef struct TbLive TbLive;

typedef struct {
    size_t size;        /* see timbrel/base.h */
    const char *device; /* an index or a part of a name, or TB_LIVE_SILENT; NULL: the default, on JACK if it runs */
    double sample_rate; /* Hz; 0: 48 kHz, or the device's preferred rate if it does not support that */
    int block;          /* samples per block, 16 .. 4096; 0: 128. On JACK the server decides */
    const char *const *midi; /* [n_midi]: parts of names of inputs; n_midi 0: all inputs */
    size_t n_midi;
    /* Called on the control thread with true before and false after each call into a library that may write to standard
     * error, so that a program can mute it. NULL: not muted */
    void (*mute)(bool on);
} TbLiveOptions;

static inline void tb_live_defaults(TbLiveOptions *options) {
    TB_OPTIONS_BEGIN(options);
}

/* Opens the device without starting it. `options` is copied. TB_ERR_NOT_FOUND: no such device or input; TB_ERR_BUSY:
 * another program uses the device; TB_ERR_IO: the device fails; TB_ERR_UNSUPPORTED: it does not support this sample
 * rate. OFF. */
TB_NODISCARD TB_API TbStatus tb_live_new(const TbLiveOptions *options, TbLive **live);

/* What to play. The engine has the device's sample rate, is stereo if the device has two channels, and belongs to the
 * audio thread from start to stop. Engine and instruments are borrowed. */
typedef struct {
    TbEngine *engine;
    const TbInstrument *corner[TB_PARTS]; /* of the pad, for all channels */
    int n_corners;                        /* 0 .. TB_PARTS; 0: silent until tb_live_set_corners */
    /* Called on the audio thread before each block of n samples is rendered, to queue events for it (tb_engine_event);
     * RT. NULL: none */
    void (*feed)(void *context, TbEngine *engine, size_t n);
    void *context; /* of `feed` */
} TbLivePlay;

/* To be called once. CT */
TB_NODISCARD TB_API TbStatus tb_live_start(TbLive *live, const TbLivePlay *play);

/* Sends a MIDI message, of those that tb_engine_event knows, as soon as possible. False: the queue is full. CT */
TB_API bool tb_live_send(TbLive *live, const uint8_t *message, size_t n_bytes);

/* ---- commands ---- */

/* All of these may be called from several threads at once, but not from the audio thread. */

/* Sets a control; values out of range are clamped. False: NaN, which is ignored. */
TB_API bool tb_live_set_control(TbLive *live, TbControl control, float value);
TB_API float tb_live_control(const TbLive *live, TbControl control); /* the current value, whatever set it */
/* Ends all notes at once, resets pedals, bends and pressures, and drops pending messages. A MIDI System Reset (ff) does
 * the same. */
TB_API void tb_live_panic(TbLive *live);
/* Returns and clears the latest MIDI program change, 0 .. 127; -1: none since the last call. */
TB_API int tb_live_program(TbLive *live);

/* Changes the sounds on the corners for new notes; sounding notes keep theirs. n: 1 .. TB_PARTS. TB_ERR_BUSY: too many
 * changes are pending or too many instruments (64) are in use; try again later. */
TB_NODISCARD TB_API TbStatus tb_live_set_corners(TbLive *live, const TbInstrument *const corner[TB_PARTS], int n);
/* Whether a corner or a sounding note uses the instrument; if not, it may be freed. */
TB_API bool tb_live_uses(TbLive *live, const TbInstrument *instrument);
/* Switches to another engine (of another model, say) with its corners set, for new notes; the old engine finishes its
 * own. Controls are carried over. TB_ERR_BUSY: the previous engine has not yet been returned by tb_live_retired.
 * TB_ERR_UNSUPPORTED: the engine does not have the needed_rate and needed_channels of TbLiveState. */
TB_NODISCARD TB_API TbStatus tb_live_set_engine(TbLive *live, TbEngine *engine);
TB_API TbEngine *tb_live_retired(TbLive *live); /* the old engine, once it is silent; NULL: none */

/* Assigns MIDI controllers to controls, with soft takeover: after the page or a preset has changed a control, a
 * controller takes effect only once it passes the control's current value. */
typedef struct {
    int8_t control[128]; /* a TbControl; -1: the message goes to the engine unchanged */
} TbMidiMap;

TB_API void tb_midi_map_defaults(TbMidiMap *map);
TB_API void tb_live_get_map(const TbLive *live, TbMidiMap *map);
TB_API void tb_live_set_map(TbLive *live, const TbMidiMap *map);
/* Assigns the next controller that moves to this control (-1: cancel). */
TB_API void tb_live_learn(TbLive *live, int control);
TB_API int tb_live_learning(const TbLive *live); /* the control waiting for a controller; -1: none */

/* Starts recording the output to a file of tb_audio_writer_new; if there is a file of this name, a number is added, as
 * in "a-2.wav": see `record_file` in the state. Until the end it is in "a.wav.tmp". TB_ERR_BUSY: already
 * recording; TB_ERR_IO: it is the name of a folder. tb_live_record_stop ends it and moves the file into place;
 * TB_ERR_EMPTY: nothing was played. */
TB_NODISCARD TB_API TbStatus tb_live_record(TbLive *live, const char *path, TbBits bits);
TB_NODISCARD TB_API TbStatus tb_live_record_stop(TbLive *live);

/* Copies the latest n samples (n <= TB_LIVE_OUTPUT) of the output, mixed to mono, for displays. */
enum { TB_LIVE_OUTPUT = 8192 };
TB_API void tb_live_output(TbLive *live, float *samples, size_t n);

/* To be called at least ten times a second while playing: checks the device, reopens it when it has been lost and is
 * back (all notes are then off), and connects MIDI inputs as they come and go. It is the device of the start that is
 * waited for, even if that was the default and another one is now; to play on another one, make a new TbLive. CT */
TB_API void tb_live_poll(TbLive *live);

typedef struct {
    char device[TB_LIVE_NAME];
    double sample_rate; /* Hz */
    int n_channels;     /* 1 or 2 */
    int block;          /* samples per block */
    bool silent;        /* as in TbDevice */
    bool disconnected;  /* the device is lost; it is retried */
    /* What tb_live_set_engine accepts: differs while a device that has changed waits for such an engine. */
    double needed_rate; /* Hz */
    int needed_channels;
    char last_error[200];      /* why it cannot be reopened though it is there: a sentence; "" */
    bool realtime;             /* the audio thread has real-time priority */
    double load;               /* share of its time that the audio thread is busy, smoothed */
    double worst_load;         /* the worst block of the last seconds */
    int voices;                /* sounding */
    double latency;            /* seconds from a MIDI message to its output: device, block, engine */
    uint64_t xruns;            /* underruns reported by the device */
    uint64_t overruns;         /* blocks that took longer than their duration by themselves */
    uint64_t preempted_blocks; /* blocks that took too long because other threads had the processor */
    uint64_t dropped_events;   /* MIDI messages dropped because a queue was full */
    double seconds;            /* of playing time */
    bool recording;            /* a recording is running */
    double recorded;           /* seconds in its files */
    int record_files; /* when the device changes its sample rate, "a.wav" goes on in "a-2.wav", then "a-3.wav" */
    char record_file[TB_LIVE_NAME]; /* the latest, without its folder; "" before the first recording */
    uint64_t lost_frames;           /* frames lost because the disk was too slow */
    bool record_failed;             /* the latest recording has stopped; tb_live_record_stop returns why */
    float peak[2];                  /* left and right, decaying slowly; 1 is full scale */
    bool held[128];                 /* keys whose notes are held, by the key or a pedal, on any channel */
} TbLiveState;

/* The device's part is a snapshot taken by the last tb_live_new, start, poll or stop. From any thread but the audio
 * thread. */
TB_API void tb_live_state(TbLive *live, TbLiveState *state);
/* Writes the first `max` connected MIDI inputs and returns the number of all. From any thread but the audio thread. */
TB_API size_t tb_live_midi(TbLive *live, TbMidiInput *inputs, size_t max);

/* Fades all notes within a few milliseconds, closes the device, and finishes the recording, whose status is returned.
 * TB_ERR_EMPTY: nothing was played, so there is no file. CT */
TB_NODISCARD TB_API TbStatus tb_live_stop(TbLive *live);
TB_API void tb_live_free(TbLive *live); /* stops first; NULL is fine. CT */

#ifdef __cplusplus
}
#endif
#endif
