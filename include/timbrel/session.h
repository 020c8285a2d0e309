/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel session: everything around an engine that plays live: presets, loading of sounds and models in the
 * background, undo, A/B comparison, OSC.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_SESSION_H
#define TIMBREL_SESSION_H

#include "timbrel/jam.h"
#include "timbrel/live.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- presets ---- */

enum { TB_PRESET_NAME = 64, TB_PRESET_TEXT = 256, TB_SOUND_NAME = 512, TB_PRESETS_MAX = 1000, TB_PRESET_FAULTS = 800 };

/* A preset: the complete state of a session that users see. */
typedef struct {
    char name[TB_PRESET_NAME];           /* UTF-8; no control characters, no / */
    char text[TB_PRESET_TEXT];           /* description, one sentence; may be "" */
    char model[TB_SOUND_NAME];           /* absolute path of the model; "": the default model */
    int n_sounds;                        /* 1 .. TB_PARTS */
    char sound[TB_PARTS][TB_SOUND_NAME]; /* of the corners, as commands take them: "flute", "seed:7" */
    float control[TB_CONTROLS];
} TbPreset;

/* A flute, with all controls at their defaults. ANY */
TB_API void tb_preset_defaults(TbPreset *preset);
/* JSON, as documented in presets/README.md. Unknown members are ignored and missing ones get their defaults; an invalid
 * value is TB_ERR_FORMAT. text: newly allocated (free). OFF */
TB_NODISCARD TB_API TbStatus tb_preset_parse(const char *text, size_t n_bytes, TbPreset *preset);
TB_NODISCARD TB_API TbStatus tb_preset_print(const TbPreset *preset, char **text);

/* An entry of the list of factory presets, which are built in, and user presets, which are in a folder (NULL:
 * $XDG_DATA_HOME/timbrel/presets; it need not exist). A user preset hides a factory preset of the same name. */
typedef struct {
    char name[TB_PRESET_NAME];
    char text[TB_PRESET_TEXT];
    bool factory;
} TbPresetEntry;

/* Lists the factory presets in their order, then the user presets by name; a user preset that hides a factory preset
 * takes its place. Files that cannot be read are left out and reported by tb_presets_faults. entries[n], newly
 * allocated (free). OFF */
TB_NODISCARD TB_API TbStatus tb_presets_list(const char *folder, TbPresetEntry **entries, size_t *n);
/* Reports what is wrong with the files of a preset folder (as above) or with one file ending in .json: one sentence for
 * each file that the list leaves out, and for each that has unknown members. faults[n], newly allocated (free); none
 * for a folder that does not exist. OFF */
typedef struct {
    char text[768];            /* begins with the file's path */
    char name[TB_PRESET_NAME]; /* of the preset; "": it is left out */
    bool left_out;
} TbPresetFault;
TB_NODISCARD TB_API TbStatus tb_presets_faults(const char *path, TbPresetFault **faults, size_t *n);
/* Reads a preset by its name, ignoring case, or by the path of a file ending in .json. A relative model path is
 * resolved against the preset's folder. TB_ERR_NOT_FOUND: no such preset. OFF */
TB_NODISCARD TB_API TbStatus tb_preset_read(const char *folder, const char *name, TbPreset *preset);
/* Writes a user preset, atomically; creates the folder. OFF */
TB_NODISCARD TB_API TbStatus tb_preset_write(const char *folder, const TbPreset *preset);
TB_NODISCARD TB_API TbStatus tb_preset_remove(const char *folder, const char *name); /* user presets only. OFF */

/* ---- sessions ---- */

/* All functions below are CT and may be called from several threads at once, but not from the audio thread. Slow work
 * such as loading a sound is done by a thread of the session, and the call returns at once. */
typedef struct TbSession TbSession;

typedef struct {
    size_t size;  /* see timbrel/base.h */
    TbLive *live; /* borrowed, started with `first`; outlives the session */
    /* The engine that plays first and its model, which is that of the first preset. The session owns both once
     * tb_session_new succeeds. */
    TbEngine *first;
    TbModel *model;
    /* The options `first` was made with, for engines of other models; may be NULL if load_model is. */
    const TbEngineOptions *engine;
    /* Load a model (name: as in TbPreset) and an instrument of it, on a thread of the session, which owns the results.
     * load_model NULL: presets of other models are refused. */
    TbStatus (*load_model)(void *context, const char *name, TbModel **model);
    TbStatus (*load)(void *context, const TbModel *model, const char *name, TbInstrument **instrument);
    void *context;
    const char *folder; /* of user presets; NULL: the default one */
    const char *map;    /* MIDI map file; NULL: $XDG_CONFIG_HOME/timbrel/midi.json. Read now if it exists */
} TbSessionOptions;

/* What plays is still to be set. */
static inline void tb_session_defaults(TbSessionOptions *options) {
    TB_OPTIONS_BEGIN(options);
}

/* Loads `first` before it returns. Errors are those of the load functions and of memory. OFF */
TB_NODISCARD TB_API TbStatus tb_session_new(const TbSessionOptions *options, const TbPreset *first,
                                            TbSession **session);
TB_API void tb_session_free(TbSession *session); /* after the engine has stopped; NULL is fine. OFF */

/* Loads a preset's sounds, then sets its controls; supersedes a load in progress. A preset of another model applies to
 * new notes while sounding notes continue; a further change of model waits until they have decayed. Two models stay
 * loaded, so that one can switch between them, besides one whose notes are still sounding. */
TB_API void tb_session_load(TbSession *session, const TbPreset *preset);
/* These wait for the disk; threads that must not wait use tb_session_request. */
TB_NODISCARD TB_API TbStatus tb_session_load_named(TbSession *session, const char *name);
/* The n-th preset of the list, as for a program change. */
TB_NODISCARD TB_API TbStatus tb_session_load_number(TbSession *session, int n);
/* Changes one corner; corner n_sounds adds a sound, "" removes one, except the last. */
TB_NODISCARD TB_API TbStatus tb_session_set_sound(TbSession *session, int corner, const char *name);
/* Saves the current state under this name. text: description; NULL: unchanged. */
TB_NODISCARD TB_API TbStatus tb_session_save(TbSession *session, const char *name, const char *text);
TB_NODISCARD TB_API TbStatus tb_session_remove(TbSession *session, const char *name);

/* Requests that need the disk, for threads that handle notes: the call returns at once, and a thread of the session
 * executes the requests in order. Errors appear in the state's `last_error`, which the next request clears. Pending
 * requests are finished before the session is freed. Returns false, with an error, when too many are pending. */
typedef enum {
    TB_REQUEST_LOAD,          /* by name */
    TB_REQUEST_LOAD_NUMBERED, /* by number */
    TB_REQUEST_SAVE,          /* uses name, text */
    TB_REQUEST_REMOVE,        /* uses name */
    TB_REQUEST_RECORD,        /* uses path; the state then has the file's name */
    TB_REQUEST_RECORD_END
} TbRequestKind;

enum { TB_REQUEST_PATH = 4096 };
typedef struct {
    TbRequestKind kind;
    int number;
    char name[TB_PRESET_NAME], text[TB_PRESET_TEXT];
    char path[TB_REQUEST_PATH];
} TbSessionRequest;

TB_API bool tb_session_request(TbSession *session, const TbSessionRequest *request);
TB_API bool tb_session_busy(TbSession *session); /* requests are pending or being executed */
/* Returns a copy of the list of presets as last read, without disk access: entries[n], newly allocated (free). It is
 * read again after presets have been saved or removed, and when the folder has changed. */
TB_NODISCARD TB_API TbStatus tb_session_presets(TbSession *session, TbPresetEntry **entries, size_t *n);

/* Sets a control as a user does: one continuous movement makes one undo step. */
TB_API bool tb_session_set_control(TbSession *session, TbControl control, float value);
/* Undo and redo of loads, sounds and controls. False: nothing to undo or redo. */
TB_API bool tb_session_undo(TbSession *session);
TB_API bool tb_session_redo(TbSession *session);
/* Switches between two states, A and B; edits apply to the current one. B starts as a copy of A. */
TB_API void tb_session_select_b(TbSession *session, bool b);

typedef struct {
    TbPreset preset; /* the current state, with the controls' actual values */
    bool changed;    /* since the last load or save */
    bool b, can_undo, can_redo;
    bool loading;
    char last_error[256];           /* the latest error, a sentence; "" */
    uint64_t errors;                /* so far: tells two equal ones apart */
    uint64_t changes;               /* counts changes of sounds, name or error */
    uint64_t presets;               /* counts updates of the list returned by tb_session_presets */
    char recording[TB_PRESET_NAME]; /* name of the file being recorded by a request; "" */
    /* What is wrong with the first faulty preset file and how many more there are; "": none. */
    char preset_faults[TB_PRESET_FAULTS];
} TbSessionState;

TB_API void tb_session_state(TbSession *session, TbSessionState *state);
TB_API TbLive *tb_session_live(TbSession *session); /* for notes, MIDI learn, panic, displays */
/* Handles program changes and learned controllers (whose map is then saved). To be called at least ten times a
 * second. */
TB_API void tb_session_poll(TbSession *session);

/* ---- OSC ---- */

/* Receives OSC 1.0 messages on a UDP port (parsed by liblo): /brightness f and likewise every control by its name; /pad
 * ff; /note with key, velocity (up to 1 a share of the greatest, above that 2 .. 127; 0 is note-off) and optionally
 * channel 1 .. 16 (default 16); /bend with semitones -24 .. 24 and optionally channel; /preset with a name or a number
 * from 0; /panic, optionally with 1. Any numeric type is accepted, and means the same. Values out of range are clamped,
 * other messages ignored; bundles are played on arrival. */
typedef struct TbOsc TbOsc;
/* address: NULL for this machine only (127.0.0.1 and ::1), "" for all interfaces; a host name means all its addresses.
 * port: "0" for any, the same on all addresses. TB_ERR_BUSY: the port is in use. OFF */
TB_NODISCARD TB_API TbStatus tb_osc_new(TbSession *session, const char *address, const char *port, TbOsc **osc);
/* The same for a jam. For a part N, from 1 on, or by its role ("/jam/bass/mute 1"): /jam/N/generate, /jam/N/lock,
 * /jam/N/mute and /jam/N/solo with 1 or 0; /jam/N/once, /jam/N/new, /jam/N/reset and /jam/N/undo, optionally with 1;
 * /jam/N/vary with an amount (without one: 0.3), /jam/N/bars with 1, 2, 4 or 8. For all parts: /jam/tempo, /jam/swing,
 * /jam/intensity, /jam/temperature and /jam/quantise; /jam/key with a tonic from 0 (C) on and optionally 1 for minor;
 * /jam/chords with a text, or without: drawn. OFF */
TB_NODISCARD TB_API TbStatus tb_osc_new_jam(TbJam *jam, const char *address, const char *port, TbOsc **osc);
TB_API int tb_osc_port(const TbOsc *osc);
TB_API void tb_osc_free(TbOsc *osc);

#ifdef __cplusplus
}
#endif
#endif
