/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel session: what stands around an engine that plays live: presets, sounds that are loaded while others play,
 * undo and compare, OSC. Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_SESSION_H
#define TIMBREL_SESSION_H

#include "timbrel/live.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- presets ---- */

enum { TB_PRESET_NAME = 64, TB_PRESET_TEXT = 256, TB_SOUND_NAME = 512, TB_PRESETS_MAX = 1000, TB_PRESET_FAULTS = 800 };

/* All that one sees and hears on a stage, by names and numbers. */
typedef struct {
    char name[TB_PRESET_NAME];           /* UTF-8; no control characters, no / */
    char text[TB_PRESET_TEXT];           /* one sentence for people; may be "" */
    char model[TB_SOUND_NAME];           /* the absolute path of the one that plays; "": the default model */
    int n_sounds;                        /* 1 .. TB_PARTS */
    char sound[TB_PARTS][TB_SOUND_NAME]; /* on the corners, as a command takes them: "flute", "seed:7" */
    float control[TB_CONTROLS];
} TbPreset;

/* A flute in the middle of everything. ANY */
TB_API void tb_preset_defaults(TbPreset *preset);
/* JSON, as presets/README.md describes it. Reading believes nothing: unknown members are passed over, what is missing
 * is usual, what cannot be meant is TB_ERR_FORMAT with a sentence. text: newly allocated (free). OFF */
TB_NODISCARD TB_API TbStatus tb_preset_parse(const char *text, size_t n_bytes, TbPreset *preset);
TB_NODISCARD TB_API TbStatus tb_preset_print(const TbPreset *preset, char **text);

/* The factory's presets, which are built in, and those in a folder (NULL: the user's own,
 * $XDG_DATA_HOME/timbrel/presets; it need not exist). One of the user's hides one of the factory's by its name. */
typedef struct {
    char name[TB_PRESET_NAME];
    char text[TB_PRESET_TEXT];
    bool factory;
} TbPresetEntry;

/* entries[n], newly allocated (free): the factory's in their order, then the user's by name; one that hides one of the
 * factory's stands in its place. Files that cannot be read are left out, as tb_presets_faults tells. OFF */
TB_NODISCARD TB_API TbStatus tb_presets_list(const char *folder, TbPresetEntry **entries, size_t *n);
/* What is wrong with the files of a folder (as above), or with one file, that ends in .json: one sentence for each that
 * is left out of the list, and for each that is read but has members that no preset has. faults[n], newly allocated
 * (free). A folder that is not there has none. OFF */
typedef struct {
    char text[768]; /* begins with the path of the file */
    bool left_out;
} TbPresetFault;
TB_NODISCARD TB_API TbStatus tb_presets_faults(const char *path, TbPresetFault **faults, size_t *n);
/* By its name, whatever its case, or the path of a file that ends in .json. The path of its model is made absolute: in
 * its file it may begin at the folder where that lies. TB_ERR_NOT_FOUND. OFF */
TB_NODISCARD TB_API TbStatus tb_preset_read(const char *folder, const char *name, TbPreset *preset);
/* Whole or not at all; the folder is made. OFF */
TB_NODISCARD TB_API TbStatus tb_preset_write(const char *folder, const TbPreset *preset);
TB_NODISCARD TB_API TbStatus tb_preset_remove(const char *folder, const char *name); /* one of the user's. OFF */

/* ---- the stage ---- */

/* Threads may call it as they like, but not the audio thread: all below is CT, several at once. What takes long, such
 * as loading a sound, is done by a thread of its own, and the call comes back at once. */
typedef struct TbSession TbSession;

typedef struct {
    TbLive *live; /* borrowed, started with `first`; outlives the stage */
    /* What plays at first, and its model, which is that of the first preset. Both become the stage's when
     * tb_session_new succeeds. */
    TbEngine *first;
    TbModel *model;
    TbEngineOptions engine; /* as `first` was made: to make further ones with, for other models */
    /* Makes a model (name: as in TbPreset), and an instrument of it, on a thread of the stage, whose both become.
     * load_model NULL: presets of other models cannot be loaded. */
    TbStatus (*load_model)(void *context, const char *name, TbModel **model);
    TbStatus (*load)(void *context, const TbModel *model, const char *name, TbInstrument **instrument);
    void *context;
    const char *folder; /* of presets; NULL: the user's own */
    const char *map;    /* file of the MIDI map; NULL: $XDG_CONFIG_HOME/timbrel/midi.json. Read now, if there is one */
} TbSessionOptions;

/* Loads `first` before it comes back. */
TB_NODISCARD TB_API TbStatus tb_session_new(const TbSessionOptions *options, const TbPreset *first,
                                            TbSession **session);
TB_API void tb_session_free(TbSession *session); /* after the engine has stopped */

/* Sounds and controls of a preset; controls move when the sounds are there. What is loading already is left. Of another
 * model it is for new notes, and those that sound go on; a further change of the model waits until they have died away.
 * Two models are kept, so that one can go back and forth, besides one whose notes are still ending. */
TB_API void tb_session_load(TbSession *session, const TbPreset *preset);
/* These wait for the disk; those who may not wait ask by tb_session_request. */
TB_NODISCARD TB_API TbStatus tb_session_load_named(TbSession *session, const char *name);
/* The n-th of the list, as a program change asks for it. */
TB_NODISCARD TB_API TbStatus tb_session_load_number(TbSession *session, int n);
/* One corner alone; corner n_sounds adds one; "" takes one away when it is not the last. */
TB_NODISCARD TB_API TbStatus tb_session_set_sound(TbSession *session, int corner, const char *name);
/* What stands now, by another name. */
TB_NODISCARD TB_API TbStatus tb_session_save(TbSession *session, const char *name, const char *text);
TB_NODISCARD TB_API TbStatus tb_session_remove(TbSession *session, const char *name);

/* What needs a disk, for threads that carry notes: the call comes back at once, and a thread of the stage does what is
 * asked, in the order in which it was. What goes wrong is the stage's `last_error`, which the next request ends.
 * Requests that still wait when the stage is freed are done first. False: too many wait already, which is trouble, too.
 */
typedef enum {
    TB_REQUEST_LOAD,          /* name */
    TB_REQUEST_LOAD_NUMBERED, /* number */
    TB_REQUEST_SAVE,          /* name, text */
    TB_REQUEST_REMOVE,        /* name */
    TB_REQUEST_RECORD,        /* path; then the state says its file's name */
    TB_REQUEST_RECORD_END
} TbRequestKind;

enum { TB_REQUEST_PATH = 4096 };
typedef struct {
    TbRequestKind kind;
    int number;
    char name[TB_PRESET_NAME], text[TB_PRESET_TEXT];
    char path[TB_REQUEST_PATH];
} TbStageRequest;

TB_API bool tb_session_request(TbSession *session, const TbStageRequest *request);
TB_API bool tb_session_busy(TbSession *session); /* requests wait, or are being done */
/* The list of presets as it was read last, without a look at the disk: entries[n], newly allocated (free). It is read
 * again when a preset has been saved or removed, and when somebody else has changed the folder. */
TB_NODISCARD TB_API TbStatus tb_session_presets(TbSession *session, TbPresetEntry **entries, size_t *n);

/* Moves a control as a hand does: a movement that goes on for a while is one step back for undo. */
TB_API bool tb_session_set_control(TbSession *session, TbControl control, float value);
/* One step back, one forth, of what load, sound and set have done. False: there is none. */
TB_API bool tb_session_undo(TbSession *session);
TB_API bool tb_session_redo(TbSession *session);
/* There are two states, A and B; what is done is done to one. B begins as a copy of A. */
TB_API void tb_session_select_b(TbSession *session, bool b);

typedef struct {
    TbPreset preset; /* as it stands; controls as they are heard */
    bool changed;    /* since it was loaded or saved */
    bool b, can_undo, can_redo;
    bool loading;
    char last_error[256];           /* the latest thing that went wrong, a sentence; "" */
    uint64_t changes;               /* counts up with every change of sounds, name or trouble */
    uint64_t presets;               /* counts up with every list that tb_session_presets has */
    char recording[TB_PRESET_NAME]; /* the name of the file that a request began; "" */
    /* What is wrong with the first file of the folder of presets, and how many more are wrong; "" when none is. */
    char preset_faults[TB_PRESET_FAULTS];
} TbSessionState;

TB_API void tb_session_state(TbSession *session, TbSessionState *state);
TB_API TbLive *tb_session_live(TbSession *session); /* for notes, learning, panic, pictures */
/* Hands on what came by MIDI: programs, learned controllers (whose map is then saved). Ten times a second or more. */
TB_API void tb_session_poll(TbSession *session);

/* ---- OSC ---- */

/* Listens for OSC 1.0 messages on a UDP port (liblo takes them apart): /brightness f and so on, one for each control,
 * by its name; /pad ff; /note with key, velocity (0 .. 127, or as a float 0 .. 1; 0 ends it) and, when it is not 16, a
 * channel 1 .. 16; /bend with semitones, -24 .. 24, and channel; /preset with a name, or a number that begins with 0;
 * /panic, also with 1. A number may be of any kind. Values out of range are clamped, all else is passed over; bundles
 * are played when they come. */
typedef struct TbOsc TbOsc;
/* address: NULL for this machine alone (127.0.0.1 and ::1), "" for every one; of a name all addresses. port "0": any,
 * the same at all. TB_ERR_BUSY: it is in use. OFF */
TB_NODISCARD TB_API TbStatus tb_osc_new(TbSession *session, const char *address, const char *port, TbOsc **osc);
TB_API int tb_osc_port(const TbOsc *osc);
TB_API void tb_osc_free(TbOsc *osc);

#ifdef __cplusplus
}
#endif
#endif
