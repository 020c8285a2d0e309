/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What test_no_memory.c makes fail: everything in the library that allocates. */
#ifndef TIMBREL_TESTS_NO_MEMORY_H
#define TIMBREL_TESTS_NO_MEMORY_H

#include "tests/scratch_folder.h"
#include "timbrel/sampler.h"
#include "timbrel/train.h"
#include "timbrel/web.h"

/* Room for whatever a call gives. */
typedef union {
    void *p;
    TbAudio audio;
    TbScore score;
    TbSound sound;
    TbSong song;
    TbPreset preset;
    TbMidiMap map;
    TbAudioWriter *writer;
    TbFft *fft;
    TbSynth *synth;
    TbVae *vae;
    TbVaeDecoder *decoder;
    TbPullback *pullback;
    TbTrainer *trainer;
    TbTensorFile *tensors;
    TbModel *model;
    TbInstrument *instrument;
    TbEngine *engine;
    TbLive *live;
    TbDataset *dataset;
    TbSession *session;
    TbOsc *osc;
    TbWeb *page;
    float values[32];
    double number;
    struct {
        void *items;
        size_t n;
    } list;
    unsigned char bytes[1024];
} Out;

/* One thing that is done, and how what it gave is freed. */
typedef struct {
    const char *covers; /* the public functions that it is about, with blanks between them */
    TbStatus (*run)(Out *out);
    void (*release)(Out *out); /* NULL: it gives nothing that is owned */
    const char *writes;        /* a file that it must not leave behind when it fails, in the scratch folder; or NULL */
    bool slow;  /* one failure for each way to an allocation: not at its last time, not with all after it */
    bool alone; /* when there is no further thread it does all by itself */
} NoMemoryCase;

/* Small things that cases work with. */
typedef struct {
    ScratchFolder folder;
    TbAudio audio; /* 0.2 s of two notes */
    TbScore score; /* of them */
    TbVae *vae;
    TbModel *model; /* small, with a network of notes */
    TbSound sound;  /* of `score` */
    TbInstrument *instrument, *recorded;
} Things;

extern Things things;

/* A file in the scratch folder; the string is good until the fourth call after. */
const char *scratch_file(const char *name);

/* Each ends with a case without `run`. */
extern const NoMemoryCase cases_sound[], cases_network[], cases_sampler[], cases_play[], cases_train[];

/* Free what their cases shared. */
void cases_play_end(void);
void cases_train_end(void);

#endif
