/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: every function of the library that allocates. */
#ifndef TIMBREL_TESTS_NO_MEMORY_H
#define TIMBREL_TESTS_NO_MEMORY_H

#include "nn/token_model.h"
#include "tests/scratch_folder.h"
#include "timbrel/jam.h"
#include "timbrel/sampler.h"
#include "timbrel/score.h"
#include "timbrel/train.h"
#include "timbrel/web.h"
#include "vae/training.h"

/* Room for the result of any case. */
typedef union {
    void *p;
    TbAudio audio;
    TbAnalysis analysis;
    TbSound sound;
    TbSong song;
    TbScore score;
    TbScore scores[3];
    TbBars bars;
    TbPreset preset;
    TbMidiMap map;
    TbAudioWriter *writer;
    TbFft *fft;
    TbSynth *synth;
    TbVae *vae;
    TbVaeDecoder *decoder;
    TbPullback *pullback;
    TbTrainer *trainer;
    TbTraining *training;
    TbTokenTrainer *token_trainer;
    TbTokenStream stream;
    TbTensorFile *tensors;
    TbModel *model;
    TbInstrument *instrument;
    TbEngine *engine;
    TbLive *live;
    TbDataset *dataset;
    TbSession *session;
    TbOsc *osc;
    TbWeb *page;
    TbJam *jam;
    float values[32];
    double number;
    struct {
        void *items;
        size_t n;
    } list;
    unsigned char bytes[1024];
} Out;

/* A call under test, and how to free its result. */
typedef struct {
    const char *covers; /* the public functions it tests, separated by spaces */
    TbStatus (*run)(Out *out);
    void (*release)(Out *out); /* NULL: it gives nothing that is owned */
    const char *writes;        /* a file that it must not leave behind when it fails, in the scratch folder; or NULL */
    bool slow;                 /* a failure only where a call has not failed before, and not with all after it */
} NoMemoryCase;

/* Small inputs for the cases. */
typedef struct {
    ScratchFolder folder;
    TbAudio audio;       /* 0.2 s of two notes */
    TbAnalysis analysis; /* the analysis of `audio` */
    TbVae *vae;
    TbModel *model; /* small, with a note network */
    TbSound sound;  /* `analysis`, encoded */
    TbInstrument *instrument, *recorded;
} Things;

extern Things things;

/* The path of a file in the scratch folder, valid for the next three calls. */
const char *scratch_file(const char *name);

/* Each ends with a case without `run`. */
extern const NoMemoryCase cases_sound[], cases_network[], cases_nn[], cases_sampler[], cases_score[], cases_play[],
    cases_session[], cases_train[], cases_models[], cases_rhythm[], cases_melody[], cases_piece[], cases_compose[],
    cases_jam[];

/* Free the results of cases: the member of that name. */
void free_p(Out *out);
void free_list(Out *out);
void free_audio(Out *out);
void free_analysis(Out *out);
void free_model(Out *out);
void free_score(Out *out);

/* Shared by the cases of music, made when first needed: networks of few weights, small scores, and what the
 * drums and the melody of two of these are. */
const TbMusicModels *shared_models(void);
const TbScore *shared_beat(void), *shared_tune(void), *shared_piece(void);
const TbRhythm *shared_rhythm(void);
const TbMelody *shared_melody(void);

/* Shared by cases_play and cases_session: */
extern const TbEngineOptions play_options;
TB_NODISCARD TbStatus live_of(TbEngine *engine, TbLive **live); /* as if it were playing */
TbPreset mine(const char *name);
const char *folder_of_presets(void); /* with one of the user's own */

/* Free what their cases shared. */
void cases_session_end(void);
void cases_train_end(void);
void cases_models_end(void);
void cases_melody_end(void);
void cases_jam_end(void);

#endif
