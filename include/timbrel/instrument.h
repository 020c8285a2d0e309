/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel instrument: what can be played. An instrument is one code of the model's note network, and, when it was made
 * of recordings, those recordings as latents: between and beyond them the network says how a note changes with key and
 * velocity. */
#ifndef TIMBREL_INSTRUMENT_H
#define TIMBREL_INSTRUMENT_H

#include "timbrel/sound.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TB_LOW_KEY = 21, TB_HIGH_KEY = 108 }; /* MIDI: the keys of a piano */

/* Immutable: any number of voices, on any threads, may play it. */
typedef struct TbInstrument TbInstrument;

/* ---- making ---- */

/* A new instrument, drawn from the prior: the same seed, the same instrument. TB_ERR_UNSUPPORTED, here and below, when
 * the model has no network of notes. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_random(const TbModel *model, uint64_t seed, TbInstrument **instrument);
/* A variation of `base`, whose model must outlive it, but not `base` itself: a random step from its code, `amount`
 * (0..1) of what instruments differ by. Recordings stay, and what is under them varies. Amount 0 is a copy. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_vary(const TbInstrument *base, double amount, uint64_t seed,
                                                TbInstrument **instrument);
/* Turns knobs of an instrument that nothing plays yet, by so many standard deviations. OFF. */
TB_API void tb_instrument_add_knobs(TbInstrument *instrument, const float knob[TB_KNOBS]);
/* Which of the seeds first .. first + among - 1 (among >= n) give draws, or variations, that are far apart: chosen[n],
 * each seed once, beginning with the first that is not unusual itself. Unusual ones, of which there are always many far
 * apart, are left out while others last. Takes n * among steps. OFF. */
TB_NODISCARD TB_API TbStatus tb_instruments_spread(uint64_t first, size_t among, size_t n, uint64_t *chosen);
/* Of a code[TB_CODE_DIM] alone; has_pitch: it follows the keys (a drum does not). The model must outlive the
 * instrument. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_new(const TbModel *model, const float *code, bool has_pitch,
                                               TbInstrument **instrument);
/* What else is known of a recorded sound. */
typedef struct {
    float key; /* MIDI note number that it is the sound of, whatever octave its pitch was found in; -1: not known */
    float velocity; /* 0..1; -1: not known */
    bool drum;      /* its key says nothing of its pitch */
} TbRecordedNote;
/* As a file's name says: flute_C4_v80.wav, 0_60_100.wav. ANY */
TB_API TbRecordedNote tb_recorded_note_parse(const char *file_name);
/* Of n sounds of one instrument, each with one or more notes. as[n]: what is known of each, or NULL. A key whose pitch
 * class is not that of all the sound's notes is not believed. OFF. */
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
    TB_NOTE_QUERY = TB_CODE_DIM + 2, /* what a table is of */
};

/* One sounding note. The first part is for whoever plays it, and may be changed between two frames. */
typedef struct {
    const TbInstrument *part[TB_PARTS]; /* NULL: no such part. All of one model */
    float weight[TB_PARTS];             /* >= 0, of sum 1 */
    float key;                          /* MIDI note number, with bend and tuning: 60.5 is a quarter tone over C4 */
    float velocity;                     /* 0..1; fixed when the note starts */
    bool held;                          /* key or pedal is down; once false it stays false */
    float knob[TB_KNOBS];               /* added to the code's knobs, in standard deviations */

    /* state; tb_note_start sets it */
    bool over;                          /* nothing more will be heard */
    bool has_table;                     /* the network of notes has been asked */
    bool reused;                        /* or another note has */
    uint32_t frame;                     /* the next one */
    uint32_t release;                   /* the frame at which it was first found let go */
    float phase;                        /* turns, of its vibrato */
    float flicker[TB_NOTE_CHANNELS];    /* noise that moves each channel, deviation 1 */
    float at_release[TB_NOTE_CHANNELS]; /* what sounded then */
    float query[TB_NOTE_QUERY];         /* code, key, velocity that the table is of */
    float table[TB_NOTE_TABLE];         /* what the network of notes says of this note */
    struct {                            /* the recordings of each part on either side of the key, found last */
        const TbInstrument *of;         /* NULL: not searched for yet */
        float velocity;
        size_t below, above;
    } beside[TB_PARTS];
    TbRng rng;
} TbPlayedNote;

/* Starts a note: everything for whoever plays it has been set before. RT */
TB_API void tb_note_start(TbPlayedNote *note, uint64_t seed);
/* The next frame of each of n notes, TB_HOP after the one before it: frames[n]. Those that are over give silence.
 * scratch: tb_notes_scratch(model, n) floats, enough for n notes or fewer. RT */
TB_API size_t tb_notes_scratch(const TbModel *model, size_t n);
TB_API void tb_notes_next(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch,
                          TbFrame *const *frames);

/* Its two halves, for who spreads work over time. The network of notes is asked for those of n notes that want it,
 * because they have just begun or because knobs, weights or key have moved; TB_NOTES_BATCH notes are one run of it.
 * Then frames, of what the network said last; a note that stands in `notes` several times gets as many frames. RT */
enum { TB_NOTES_BATCH = 16 };
TB_API bool tb_note_needs_inference(const TbModel *model, const TbPlayedNote *note);
TB_API void tb_notes_infer(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch);
/* Asks for n <= TB_NOTES_BATCH notes in steps 0, 1, .., whether they want it or not; true: that was the last, and notes
 * have what they wanted at the first. In between scratch is left alone, and notes that are no more become NULL. RT */
TB_API bool tb_notes_infer_step(const TbModel *model, int step, TbPlayedNote *const *notes, size_t n, float *scratch);
/* What the network told another note will do for this one until it has been asked itself, if they are not far apart: 1
 * is a deviation of the code, half an octave, or 0.3 of velocity; INFINITY when the other knows nothing. RT */
TB_API void tb_note_query(const TbPlayedNote *note, float wish[TB_NOTE_QUERY]);
TB_API float tb_note_query_distance(const float wish[TB_NOTE_QUERY], const TbPlayedNote *other);
TB_API void tb_note_reuse_table(TbPlayedNote *note, const TbPlayedNote *other);
TB_API void tb_notes_frames(const TbModel *model, TbPlayedNote *const *notes, size_t n, float *scratch,
                            TbFrame *const *frames);

/* One note from key down to silence, on its own. */
typedef struct {
    double key;      /* MIDI note number */
    double velocity; /* 0..1 */
    double hold;     /* seconds until the key goes up */
    double longest;  /* seconds of sound at most, 0: 30 s after the key went up */
    uint64_t seed;
    bool no_noise, no_tone; /* leave out a part of it */
} TbNoteOptions;

/* Renders a note of an instrument at sample_rate (8 kHz .. 192 kHz); audio->samples is newly allocated. OFF. */
TB_NODISCARD TB_API TbStatus tb_instrument_note(const TbInstrument *instrument, const TbNoteOptions *options,
                                                double sample_rate, TbAudio *audio);

#ifdef __cplusplus
}
#endif
#endif
