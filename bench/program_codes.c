/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives a model the codes of General MIDI: for each program that of some of its notes, for each drum key that of its
 * sound. Programs that the folders do not have stay unknown.
 *
 *   program_codes MODEL OUT NOTES DRUMS [KEY=FILE...]
 *
 * NOTES and DRUMS have files PROGRAM_KEY_VELOCITY.wav, DRUMS with program 128; KEY=FILE is the sound of another drum
 * key. */
#include "base/no_memory.h"
#include "bench/tools.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES = 6 /* of a program, spread over its keys */, DRUM_VELOCITY = 100 };
#define FARTHEST 8.0 /* dB: a drum farther from its recording is left out; a bundled sound plays it */

/* From the key to the pitch of the note, in steps of so many semitones: whole octaves for a program, whose keys are
 * pitches; any for a drum. */
static TbStatus find_pitch_above(const Recorded *note, float step, float *semitones) {
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    const TbAnalysisOptions options = {.size = sizeof(TbAnalysisOptions), .single_note = true};
    TbStatus status = tb_audio_read(note->path, &audio, NULL);
    status = status == TB_OK ? tb_analyze(&audio, &options, NULL, NULL, &analysis) : status;
    *semitones = status == TB_OK && analysis.n_notes > 0 && analysis.notes[0].pitched
                     ? step * rintf((69 + 12 * log2f(analysis.notes[0].f0 / 440) - (float)note->key) / step)
                     : 0;
    tb_audio_free(&audio);
    tb_analysis_free(&analysis);
    return status;
}

static TbStatus learn(const TbModel *model, const Folder *folder, size_t first, size_t end, TbProgram *program) {
    TbInstrument *instrument = NULL;
    TbStatus status = folder_instrument(model, folder, first, end, &instrument);
    if (status == TB_OK) {
        memcpy(program->code, tb_instrument_code(instrument), sizeof program->code);
        program->kind = tb_instrument_has_pitch(instrument) ? 2 : 1;
        program->above = 0;
    }
    tb_instrument_free(instrument);
    return status;
}

static TbStatus learn_programs(const TbModel *model, const Folder *folder, TbProgram *program) {
    TbStatus status = TB_OK;
    for (size_t i = 0, end; i < folder->n && status == TB_OK; i = end) {
        Recorded some[NOTES];
        Folder few = {.note = some};
        end = folder_next_program(folder, i);
        const size_t n = end - i, wanted = n < NOTES ? n : NOTES;
        for (size_t k = 0; k < wanted; k++)
            some[few.n++] = folder->note[i + (2 * k + 1) * n / (2 * wanted)];
        const int number = some[0].program;
        if (number >= TB_DRUM_KEYS)
            continue;
        status = learn(model, &few, 0, few.n, &program[number]);
        if (status == TB_OK && program[number].kind > 1)
            status = find_pitch_above(&some[few.n / 2], 12, &program[number].above);
        fprintf(stderr, "program %d: kind %g, %g semitones above\n", number, (double)program[number].kind,
                (double)program[number].above);
    }
    return status;
}

/* How far the code alone is from the recording at the same peak, mel-LSD. */
static TbStatus distance(const TbModel *model, const Recorded *drum, const TbProgram *p, double *db) {
    TbAudio recorded = {0}, played = {0};
    TbInstrument *instrument = NULL;
    TbComparison c = {0};
    TbStatus status = tb_audio_read(drum->path, &recorded, NULL);
    status = status == TB_OK ? tb_audio_resample(&recorded, TB_ANALYSIS_RATE) : status;
    status = status == TB_OK ? tb_instrument_new(model, p->code, p->kind > 1, &instrument) : status;
    status = status == TB_OK ? bench_note(instrument, drum->key + (double)p->above, 2, false, TB_ANALYSIS_RATE, &played)
                             : status;
    if (status == TB_OK) {
        float most[2] = {1e-9f, 1e-9f};
        for (size_t i = 0; i < recorded.n_samples; i++)
            most[0] = fmaxf(most[0], fabsf(recorded.samples[i]));
        for (size_t i = 0; i < played.n_samples; i++)
            most[1] = fmaxf(most[1], fabsf(played.samples[i]));
        for (size_t i = 0; i < played.n_samples; i++)
            played.samples[i] *= most[0] / most[1];
        status =
            tb_compare(recorded.samples, recorded.n_samples, played.samples, played.n_samples, drum->key, false, &c);
    }
    *db = c.mel_lsd;
    tb_instrument_free(instrument);
    tb_audio_free(&recorded);
    tb_audio_free(&played);
    return status;
}

static TbStatus learn_drum(const TbModel *model, const Recorded *drum, TbProgram *program) {
    Recorded one = *drum;
    const Folder folder = {&one, 1};
    TbProgram *p = &program[TB_DRUM_KEYS + drum->key];
    double db = 0;
    TbStatus status = learn(model, &folder, 0, 1, p);
    if (status == TB_OK && p->kind > 1)
        status = find_pitch_above(drum, 0.01f, &p->above);
    if (status == TB_OK)
        status = distance(model, drum, p, &db);
    if (status == TB_OK && db > FARTHEST) {
        fprintf(stderr, "drum %d: left out, %.1f dB from its sound\n", drum->key, db);
        p->kind = 0;
    }
    return status;
}

static TbStatus learn_drums(const TbModel *model, const Folder *folder, TbProgram *program) {
    TbStatus status = TB_OK;
    for (size_t i = 0; i < folder->n && status == TB_OK; i++)
        if (folder->note[i].program == TB_DRUM_KEYS && folder->note[i].velocity == DRUM_VELOCITY)
            status = learn_drum(model, &folder->note[i], program);
    return status;
}

static TbStatus learn_file(const TbModel *model, const char *text, TbProgram *program) {
    Recorded drum = {.program = TB_DRUM_KEYS, .velocity = DRUM_VELOCITY};
    if (sscanf(text, "%d=%1023[^\n]", &drum.key, drum.path) != 2 || drum.key < 0 || drum.key > 127)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" is not KEY=FILE.", text);
    return learn_drum(model, &drum, program);
}

static TbStatus set_programs(TbModel *model, const TbProgram *program) {
    const TbNoteModel *known = tb_model_notes(model);
    TbNoteModel *notes = malloc(sizeof *notes);
    if (!notes)
        return tbi_no_memory("for the codes");
    *notes = *known;
    memcpy(notes->program, program, sizeof notes->program);
    notes->net = NULL;
    TbStatus status = tb_vae_clone(known->net, &notes->net);
    if (status != TB_OK) {
        tb_note_model_free(notes);
        return status;
    }
    return tb_model_set_notes(model, notes);
}

int main(int argc, char **argv) {
    static TbProgram program[TB_PROGRAMS];
    Folder notes = {0}, drums = {0};
    if (argc < 5) {
        fprintf(stderr, "usage: program_codes MODEL OUT NOTES DRUMS [KEY=FILE...]\n");
        return 2;
    }
    TbModel *model = bench_model(argv[1]);
    TbStatus status = model ? folder_open(argv[3], &notes) : tb_fail(TB_ERR_NOT_FOUND, "There is no model.");
    status = status == TB_OK ? folder_open(argv[4], &drums) : status;
    status = status == TB_OK ? learn_programs(model, &notes, program) : status;
    status = status == TB_OK ? learn_drums(model, &drums, program) : status;
    for (int i = 5; i < argc && status == TB_OK; i++)
        status = learn_file(model, argv[i], program);
    status = status == TB_OK ? set_programs(model, program) : status;
    status = status == TB_OK ? tb_model_write(model, argv[2], true) : status;
    if (model && status != TB_OK)
        fprintf(stderr, "%s\n", tb_error_text(status));
    folder_close(&notes);
    folder_close(&drums);
    tb_model_free(model);
    return status != TB_OK;
}
