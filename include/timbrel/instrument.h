/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel instrument: playable instruments. An instrument is a code of the model's note network. One made from
 * recordings also holds these as latents; between and beyond them the network models how a note changes with key and
 * velocity. */
#ifndef TIMBREL_INSTRUMENT_H
#define TIMBREL_INSTRUMENT_H

#include "timbrel/sound.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TB_LOW_KEY = 21, TB_HIGH_KEY = 108 }; /* MIDI: the range of a piano */

/* Immutable: any number of voices on any threads may share it. */
typedef struct TbInstrument TbInstrument;

/* ---- creation ---- */

/* A new instrument, drawn from the prior; reproducible for a given seed. TB_ERR_UNSUPPORTED, here and below, when
 * the model has no note network. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_random(const TbModel *model, uint64_t seed, TbInstrument **instrument);
/* A variation of `base`: its code plus a random step, scaled by `amount` (0..1, 1 = the spread of the prior). The
 * recordings of `base` are kept, and the network's part varies. Amount 0 is a copy. The model must outlive the
 * result; `base` need not. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_vary(const TbInstrument *base, double amount, uint64_t seed,
                                                TbInstrument **instrument);
/* Offsets the knobs of an instrument that is not playing yet, in standard deviations. OFF. */
TB_API void tb_instrument_add_knobs(TbInstrument *instrument, const float knob[TB_KNOBS]);
/* Selects n seeds of first .. first + among - 1 (among >= n) whose draws, or variations, are far apart: chosen[n],
 * without repetition, starting with the first that is not an outlier. Outliers, which are always far from
 * everything, are chosen only when nothing else is left. Takes n * among steps. OFF. */
TB_NODISCARD TB_API TbStatus tb_instruments_spread(uint64_t first, size_t among, size_t n, uint64_t *chosen);
/* An instrument from a code[TB_CODE_DIM] alone; has_pitch: its pitch follows the keys (a drum's does not). The model
 * must outlive the instrument. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_new(const TbModel *model, const float *code, bool has_pitch,
                                               TbInstrument **instrument);
/* A General MIDI program 0 .. 127, or key k of its drum kit: TB_DRUM_KEYS + k, from the code that the model has for it.
 * TB_ERR_UNSUPPORTED: the model does not know this program; the sentence counts programs from 1. The model must outlive
 * the instrument. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_program(const TbModel *model, int program, TbInstrument **instrument);
/* Metadata of a recorded sound. */
typedef struct {
    float key;      /* MIDI note number that it was played at, whatever octave its pitch is found in; -1: unknown */
    float velocity; /* 0..1; -1: unknown */
    bool drum;      /* its key is unrelated to its pitch */
} TbRecordedNote;
/* From a file name: flute_C4_v80.wav, 0_60_100.wav. ANY */
TB_API TbRecordedNote tb_recorded_note_parse(const char *file_name);
/* An instrument from n sounds, each with one or more notes. as[n]: metadata of each, or NULL. All pitched notes are
 * kept that are at most 30 dB below the loudest; of each sound of an unpitched instrument, the note with the most
 * energy. A key of the metadata plays the recording as it is, whatever pitch is found: if its notes are not all of one
 * pitch class, which is that of the key, only the note with the most energy is kept. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_from_sounds(const TbModel *model, const TbSound *const *sounds,
                                                       const TbRecordedNote *as, size_t n, TbInstrument **instrument);
TB_API void tb_instrument_free(TbInstrument *instrument);
TB_API bool tb_instrument_has_pitch(const TbInstrument *instrument);    /* ANY */
TB_API const float *tb_instrument_code(const TbInstrument *instrument); /* [TB_CODE_DIM]; ANY */

/* ---- playing ---- */

enum {
    TB_PARTS = 4,                           /* instruments that one note may mix: the corners of a pad */
    TB_NOTE_CHANNELS = TB_NOTE_LATENTS + 2, /* latents, loudness, pitch */
    TB_NOTE_TABLE = 38 * TB_NOTE_CHANNELS + 1,
    TB_NOTE_QUERY = TB_CODE_DIM + 2, /* inputs of the note network: code, key, velocity */
};

/* One sounding note. The caller owns the first group of members, and may change them between two frames. */
typedef struct {
    const TbInstrument *part[TB_PARTS]; /* NULL: unused. All of one model */
    float weight[TB_PARTS];             /* >= 0, with sum 1 */
    float key;            /* MIDI note number including bend and tuning: 60.5 is a quarter tone above C4 */
    float velocity;       /* 0..1; fixed at the start of the note */
    bool held;            /* key or pedal is down; once false it stays false */
    float knob[TB_KNOBS]; /* added to the code's knobs, in standard deviations */

    /* state, initialised by tb_note_start */
    bool over;                          /* silent from now on */
    bool has_table;                     /* the table is valid */
    bool reused;                        /* the table was copied from another note */
    uint32_t frame;                     /* index of the next frame */
    uint32_t release;                   /* frame at which `held` was first false */
    float phase;                        /* turns, of its vibrato */
    float flicker[TB_NOTE_CHANNELS];    /* random modulation of each channel, standard deviation 1 */
    float at_release[TB_NOTE_CHANNELS]; /* channels at the release */
    float query[TB_NOTE_QUERY];         /* input for which the table was computed */
    float table[TB_NOTE_TABLE];         /* output of the note network */
    struct {                            /* cache: the recordings of each part below and above the key */
        const TbInstrument *of;         /* NULL: not searched yet */
        float velocity;
        size_t below, above;
    } neighbours[TB_PARTS];
    TbRng rng;
} TbPlayedNote;

/* Starts a note; the caller's members must be set before. RT */
TB_API void tb_note_start(TbPlayedNote *note, uint64_t seed);
/* Computes the next frame of each of n notes, TB_HOP after the previous one: frames[n]. Notes that are over give
 * silence. scratch: tb_notes_scratch(model, n) floats, enough for n notes or fewer. RT */
TB_API size_t tb_notes_scratch(const TbModel *model, size_t n);
TB_API void tb_notes_next(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch,
                          TbFrame *const *frames);

/* One note from key down to silence. */
typedef struct {
    size_t size;     /* see timbrel/base.h */
    double key;      /* MIDI note number */
    double velocity; /* 0..1 */
    double hold;     /* seconds until note off */
    double longest;  /* limit in seconds of sound; 0: 30 s after note off */
    uint64_t seed;
    bool no_noise, no_tone; /* leave out a component */
} TbNoteOptions;

/* Middle C, held for a second. */
static inline void tb_note_defaults(TbNoteOptions *options) {
    TB_OPTIONS_BEGIN(options);
    options->key = 60;
    options->velocity = 0.8;
    options->hold = 1;
}

/* Renders a note of an instrument at sample_rate (8 kHz .. 192 kHz); audio->samples is newly allocated, owned by the
 * caller. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_note(const TbInstrument *instrument, const TbNoteOptions *options,
                                                double sample_rate, TbAudio *audio);

#ifdef __cplusplus
}
#endif
#endif
