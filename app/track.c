/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/track.h"
#include "app/track_master.h"
#include "app/track_stem.h"
#include "base/arena.h"
#include "base/no_memory.h"
#include "engine/reverb.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdlib.h>

#define LONGEST 1200.0 /* seconds: all of a track is in memory */
#define TAIL 10.0      /* seconds after the last note for voices and room */
enum { ROOM_BLOCK = 4096 };

/* ---- the plan ---- */

static const TrackStrip strips[] = {
    [TB_ROLE_OTHER] = {-7, true, 0.8f, 0.30f, 0.35f},   [TB_ROLE_MELODY] = {0, true, 0.5f, 0, 0.32f},
    [TB_ROLE_CHORDS] = {-5, true, 1.0f, -0.15f, 0.32f}, [TB_ROLE_BASS] = {-2, false, 0, 0, 0.05f},
    [TB_ROLE_DRUMS] = {-1.5, true, 0, 0, 0.12f},
};

const TrackStrip *track_strip(TbRole role) {
    return &strips[role];
}

/* ---- mixing ---- */

typedef struct {
    const TbScore *score; /* tidy */
    const Orchestra *orchestra;
    Track *track;
    size_t n;                /* samples of all buffers */
    float *dry[2], *send[2]; /* of the part at hand */
    float *to_room[2];       /* of all parts */
    TbArena memory;
    uint64_t seed;
    bool stems;
    Part progress; /* of all work */
    Part share;    /* of the part at hand */
    size_t notes;  /* rendered so far */
} Work;

/* Renders a part; progress goes by the number of notes. */
static TbStatus add_notes(Work *w, Stem *stem) {
    double all = (double)w->score->n_notes, width = w->progress.to - w->progress.from;
    w->share = w->progress;
    w->share.from += width * (double)w->notes / all;
    for (size_t i = 0; i < w->score->n_notes; i++)
        w->notes += w->score->notes[i].part == stem->part;
    w->share.to = w->progress.from + width * (double)w->notes / all;
    stem->progress = w->share.progress ? part_report : NULL;
    stem->context = &w->share;
    return stem_add(stem, w->dry, w->send, w->n);
}

/* Runs the room over in[2][n] and adds it to out[2][n]. */
static TbStatus add_room(double sample_rate, float *const in[2], float *const out[2], size_t n) {
    Reverb *room;
    TbStatus status = tbi_reverb_new(sample_rate, &room);
    if (status)
        return status;
    for (size_t at = 0; at < n; at += ROOM_BLOCK)
        tbi_reverb_run(room, (float *[2]){in[0] + at, in[1] + at}, (float *[2]){out[0] + at, out[1] + at},
                       n - at < ROOM_BLOCK ? n - at : ROOM_BLOCK);
    tbi_reverb_free(room);
    return TB_OK;
}

/* Scales the part to its level in the plan and adds it to the track. */
static TbStatus add_to_track(Work *w, TrackPart *p, float send) {
    Track *t = w->track;
    TbStatus status = tb_loudness((const float *const[]){w->dry[0], w->dry[1]}, 2, w->n, t->sample_rate, &p->lufs);
    double room = 10 * log10(1 + (double)(send * send)); /* the reverb has the power of its input */
    float gain = isfinite(p->lufs) ? (float)pow(10, (p->plan - p->lufs - room) / 20) : 1;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < w->n; i++) {
            w->dry[side][i] *= gain;
            w->send[side][i] *= gain;
            t->x[side][i] += w->dry[side][i];
            w->to_room[side][i] += w->send[side][i];
        }
    }
    if (status == TB_OK && w->stems) {
        status = add_room(t->sample_rate, w->send, w->dry, w->n);
        for (int side = 0; side < 2 && status == TB_OK; side++) {
            p->x[side] = malloc(w->n * sizeof *p->x[side]);
            if (!p->x[side])
                return tbi_no_memory("for the stems");
            memcpy(p->x[side], w->dry[side], w->n * sizeof *p->x[side]);
        }
    }
    return status;
}

static TbStatus add_part(Work *w, size_t i) {
    const OrchestraPart *of = &w->orchestra->part[i];
    TrackPart *p = &w->track->part[i];
    const TrackStrip *strip = track_strip(of->role);
    size_t before = 0, after = 0; /* other parts of this role */
    for (size_t k = 0; k < w->orchestra->n_parts; k++) {
        before += k < i && w->orchestra->part[k].role == of->role;
        after += k > i && w->orchestra->part[k].role == of->role;
    }
    p->of = of;
    p->plan = strip->level - 10 * log10(1 + (double)(before + after));
    for (int side = 0; side < 2; side++) {
        memset(w->dry[side], 0, w->n * sizeof *w->dry[side]);
        memset(w->send[side], 0, w->n * sizeof *w->send[side]);
    }
    Stem stem = {.model = w->orchestra->instruments.model,
                 .score = w->score,
                 .part = of->part,
                 .instrument = of->instrument,
                 .kit = w->orchestra->kit,
                 .sample_rate = w->track->sample_rate,
                 .seed = w->seed + i,
                 .stereo = strip->stereo,
                 .width = strip->width,
                 .pan = before % 2 ? -strip->pan : strip->pan,
                 .send = strip->send};
    TbStatus status = add_notes(w, &stem);
    return status ? status : add_to_track(w, p, strip->send);
}

static TbStatus allocate(Work *w) {
    Track *t = w->track;
    for (int side = 0; side < 2; side++) {
        w->dry[side] = tbi_arena_floats(&w->memory, w->n);
        w->send[side] = tbi_arena_floats(&w->memory, w->n);
        w->to_room[side] = tbi_arena_floats(&w->memory, w->n);
        t->x[side] = calloc(w->n, sizeof *t->x[side]);
    }
    t->part = calloc(w->orchestra->n_parts, sizeof *t->part);
    t->n_samples = w->n;
    if (w->memory.failed || !t->part || !t->x[0] || !t->x[1])
        return tbi_no_memory("for %.0f seconds of sound", (double)w->n / t->sample_rate);
    t->n_parts = w->orchestra->n_parts;
    return TB_OK;
}

static TbStatus mix(Work *w) {
    TbStatus status = allocate(w);
    for (size_t i = 0; i < w->track->n_parts && status == TB_OK; i++)
        status = add_part(w, i);
    if (status == TB_OK)
        status = add_room(w->track->sample_rate, w->to_room, w->track->x, w->n);
    tbi_arena_free(&w->memory);
    return status;
}

TbStatus track_make(const TbScore *score, const Orchestra *orchestra, double sample_rate, uint64_t seed, bool stems,
                    TbProgress progress, void *context, Track *track) {
    TbScore tidy;
    *track = (Track){.sample_rate = sample_rate};
    double seconds = tb_score_seconds(score, tb_score_last_off(score)), end = tb_score_seconds(score, score->end);
    if (seconds > LONGEST || end > LONGEST)
        return tb_fail(TB_ERR_UNSUPPORTED,
                       "The score lasts %.0f minutes, but a track can last at most %.0f; ask for fewer bars.",
                       fmax(seconds, end) / 60, LONGEST / 60);
    TbStatus status = tb_score_copy(score, &tidy);
    if (status)
        return status;
    tb_score_tidy(&tidy, NULL);
    Work w = {.score = &tidy,
              .orchestra = orchestra,
              .track = track,
              .n = (size_t)((fmax(seconds, end) + TAIL) * sample_rate),
              .seed = seed,
              .stems = stems,
              .progress = {progress, context, 0, 1, NULL}};
    status = mix(&w);
    if (status == TB_OK)
        status = track_master(track, (size_t)(end * sample_rate));
    tb_score_free(&tidy);
    if (status)
        track_free(track);
    return status;
}

void track_free(Track *t) {
    for (size_t p = 0; t->part && p < t->n_parts; p++)
        for (int side = 0; side < 2; side++)
            free(t->part[p].x[side]);
    free(t->part);
    free(t->x[0]);
    free(t->x[1]);
    *t = (Track){0};
}
