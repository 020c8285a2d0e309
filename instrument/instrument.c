/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instruments from codes or recordings. random.c draws new ones, note_frames.c plays them. */
#include "base/no_memory.h"
#include "instrument/recorded_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 6 /* frames */ };
#define DEFAULT_VELOCITY (100 / 127.0f)

static TbStatus out_of_memory(void) {
    return tbi_no_memory("for an instrument");
}

TbStatus tb_instrument_new(const TbModel *model, const float *code, bool has_pitch, TbInstrument **instrument) {
    *instrument = NULL;
    if (tb_vae_config(tb_model_vae(model))->latent_dim > TB_NOTE_LATENTS) {
        return tb_fail(TB_ERR_UNSUPPORTED, "Models of more than %d latents cannot be played as instruments.",
                       TB_NOTE_LATENTS);
    }
    TbInstrument *in = calloc(1, sizeof *in);
    if (!in)
        return out_of_memory();
    in->model = model;
    in->has_pitch = has_pitch;
    memcpy(in->code, code, sizeof in->code);
    *instrument = in;
    return TB_OK;
}

void tb_instrument_free(TbInstrument *in) {
    if (in) {
        for (size_t i = 0; i < in->n_layers; i++)
            tbi_layer_free(&in->layer[i]);
        free(in->layer);
        free(in);
    }
}

bool tb_instrument_has_pitch(const TbInstrument *in) {
    return in->has_pitch;
}
const float *tb_instrument_code(const TbInstrument *in) {
    return in->code;
}

/* ---- from recordings ---- */

/* The notes that count, in arrays with room for all notes of the sounds; owned. */
typedef struct {
    size_t n;
    const TbEncodedNote **note;
    NoteTrack *track;
    float *key; /* that plays it */
} Recordings;

static TbStatus recordings_new(const TbSound *const *sounds, size_t n, Recordings *r) {
    size_t room = 1;
    for (size_t s = 0; s < n; s++)
        room += sounds[s]->n_notes;
    *r = (Recordings){0, calloc(room, sizeof *r->note), calloc(room, sizeof *r->track), calloc(room, sizeof *r->key)};
    return r->note && r->track && r->key ? TB_OK : out_of_memory();
}

static void recordings_free(Recordings *r) {
    for (size_t i = 0; i < r->n; i++)
        tbi_note_track_free(&r->track[i]);
    free(r->note);
    free(r->track);
    free(r->key);
}

static float found_key(const TbEncodedNote *note) {
    return 69 + 12 * log2f(note->f0 / 440);
}

static TbStatus add_recording(Recordings *r, const TbEncodedNote *note, int latent, float velocity, bool pitched,
                              const TbNote *frames) {
    NoteTrack *t = &r->track[r->n];
    TbStatus status = tbi_note_track_new(note, latent, 0, velocity > 0 ? velocity : DEFAULT_VELOCITY, t);
    if (status != TB_OK)
        return status;
    t->pitched = pitched;                             /* also if only its name has a key */
    t->key = pitched ? found_key(note) : NOTE_NO_KEY; /* the latter as in the training data of the network */
    r->note[r->n] = note;
    r->key[r->n] = t->key;
    r->n++;
    return tb_note_attributes(frames, t->attribute);
}

/* How many octaves the pitches found of r->track[first] and later are above the named key; NAN if it is not the same
 * number for all of them, or no octave. */
static float octaves_above(const TbRecordedNote *as, const Recordings *r, size_t first) {
    float octaves = r->n > first ? 0 : NAN;
    for (size_t i = first; i < r->n && !as->drum; i++) {
        float of_this =
            r->track[i].pitched && r->note[i]->pitched ? tbi_note_name_octaves(as->key, r->track[i].key) : NAN;
        octaves = i == first || of_this == octaves ? of_this : NAN;
    }
    return octaves;
}

/* Drops all recordings of a sound, r->track[first] and later, except for that of `note`. */
static void keep_one(Recordings *r, size_t first, const TbEncodedNote *note) {
    for (size_t i = first; i < r->n; i++) {
        if (r->note[i] == note) {
            NoteTrack other = r->track[first];
            r->track[first] = r->track[i];
            r->track[i] = other;
            r->note[i] = r->note[first];
            r->note[first] = note;
        }
    }
    while (r->n > first + 1)
        tbi_note_track_free(&r->track[--r->n]);
}

/* Sets the keys of a sound's notes, r->track[first] and later, to the named one: it plays them as they are, whatever
 * pitch is found. If they have different pitches, that is only possible for one of them, `main_note`. */
static void apply_key(const TbRecordedNote *as, Recordings *r, size_t first, const TbEncodedNote *main_note) {
    float octaves = octaves_above(as, r, first);
    if (as->key < 0 || r->n == first)
        return;
    if (isnan(octaves))
        keep_one(r, first, main_note);
    for (size_t i = first; i < r->n; i++) {
        /* exactly: recordings of one key at several velocities must not become neighbouring keys */
        r->key[i] = as->key;
        if (!as->drum && !isnan(octaves))
            r->track[i].key = as->key + octaves;
    }
}

static float note_peak(const TbEncodedNote *note) {
    float peak = -200;
    for (size_t t = 0; t < note->n_frames; t++)
        peak = fmaxf(peak, note->loudness[t]);
    return peak;
}

/* The note with the most energy; of a pitched instrument, a pitched one if there is any. */
static size_t main_note(const TbAnalysis *analysis, bool pitched) {
    size_t best = 0;
    double most = 0;
    bool best_is_pitched = false;
    for (size_t i = 0; i < analysis->n_notes; i++) {
        const TbNote *note = &analysis->notes[i];
        double energy = 0;
        bool is_pitched = pitched && note->pitched;
        for (size_t t = 0; t < note->n_frames; t++)
            energy += (double)note->frames[t].power;
        if (note->n_frames >= SHORTEST && (is_pitched == best_is_pitched ? energy > most : is_pitched)) {
            best = i;
            most = energy;
            best_is_pitched = is_pitched;
        }
    }
    return best;
}

/* Adds the relevant notes of one sound, except those much fainter than the loudest. Of a sound without pitch it is only
 * the main one, since its notes cannot be assigned to keys; in a pitched instrument, one that is named may be without
 * pitch. */
static TbStatus add_sound(const TbSound *sound, const TbAnalysis *analysis, const TbRecordedNote *as, float loudest,
                          bool pitched, Recordings *r) {
    size_t first = r->n, only = main_note(analysis, pitched);
    bool named = as->key >= 0 && only < sound->n_notes && !sound->notes[only].pitched;
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < sound->n_notes; i++) {
        const TbEncodedNote *note = &sound->notes[i];
        bool counts = pitched && !(named && i == only) ? note->pitched : i == only;
        if (note->n_frames >= SHORTEST && counts && note_peak(note) > loudest - 30)
            status = add_recording(r, note, sound->latent_dim, as->velocity, pitched, &analysis->notes[i]);
    }
    if (status == TB_OK)
        apply_key(as, r, first, &sound->notes[only]);
    return status;
}

static TbStatus collect(const TbModel *model, const TbSound *const *sounds, const TbRecordedNote *as, size_t n,
                        Recordings *r, bool *pitched) {
    const TbRecordedNote unknown = {-1, -1, false};
    float loudest = -200;
    TbAnalysis *analyses = calloc(n + 1, sizeof *analyses);
    TbStatus status = analyses ? TB_OK : out_of_memory();
    for (size_t s = 0; status == TB_OK && s < n; s++) {
        for (size_t i = 0; i < sounds[s]->n_notes; i++)
            loudest = fmaxf(loudest, note_peak(&sounds[s]->notes[i]));
        status = tb_decode(model, sounds[s], NULL, &analyses[s]);
    }
    status = status == TB_OK ? tbi_analyses_are_pitched(analyses, n, pitched) : status;
    for (size_t s = 0; status == TB_OK && s < n; s++)
        status = add_sound(sounds[s], &analyses[s], as ? &as[s] : &unknown, loudest, *pitched, r);
    for (size_t s = 0; analyses && s < n; s++)
        tb_analysis_free(&analyses[s]);
    free(analyses);
    if (status == TB_OK && r->n == 0)
        status = tb_fail(TB_ERR_EMPTY, "There is no note in this sound to make an instrument from.");
    return status;
}

static int by_key(const void *a, const void *b) {
    const RecordedLayer *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : (x->velocity > y->velocity) - (x->velocity < y->velocity);
}

TbRecordedNote tb_recorded_note_parse(const char *file_name) {
    NoteFileName name = tbi_note_file_name_parse(file_name);
    return (TbRecordedNote){name.key, name.velocity, false};
}

TbStatus tb_instrument_from_sounds(const TbModel *model, const TbSound *const *sounds, const TbRecordedNote *as,
                                   size_t n, TbInstrument **instrument) {
    const TbNoteModel *notes = tb_model_notes(model);
    float code[TB_CODE_DIM] = {0};
    bool pitched = false;
    *instrument = NULL;
    Recordings r;
    TbStatus status = recordings_new(sounds, n, &r);
    if (status == TB_OK)
        status = collect(model, sounds, as, n, &r, &pitched);
    if (status == TB_OK && notes)
        status = tbi_note_code(notes, r.track, r.n, code);
    if (status == TB_OK)
        status = tb_instrument_new(model, code, pitched, instrument);
    if (status == TB_OK) {
        (*instrument)->layer = calloc(r.n, sizeof *(*instrument)->layer);
        status = (*instrument)->layer ? TB_OK : out_of_memory();
    }
    for (size_t i = 0; status == TB_OK && i < r.n; i++) {
        status = tbi_layer_new(model, code, r.note[i], &r.track[i], r.key[i], &(*instrument)->layer[i]);
        (*instrument)->n_layers += status == TB_OK;
    }
    if (status == TB_OK) {
        qsort((*instrument)->layer, (*instrument)->n_layers, sizeof *(*instrument)->layer, by_key);
    } else {
        tb_instrument_free(*instrument);
        *instrument = NULL;
    }
    recordings_free(&r);
    return status;
}
