/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the network of pieces writes: of each piece of a set bass and chords are taken out, and written anew to the
 * other parts and the chords. Prints how the bass and the chords that it writes, and those that were there, agree with
 * the chords, and how long writing takes.
 *
 *   piece_draws [-s SEED] [-t TEMPERATURE] [-p TOP_P] [-b BARS] [-o FOLDER] MODEL LIST FOLDER[:STYLE[:WEIGHT]] ...
 *
 * LIST: such as test. -b: only pieces of so many bars at most. -o: the scores are written there, numbered. */
#include "base/clock.h"
#include "bench/piece_sets.h"
#include "bench/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITTEN = 1 << TB_ROLE_BASS | 1 << TB_ROLE_CHORDS };

/* Changes of chord at which a bass note starts, and those it starts with the root or the bass of the symbol; notes of
 * the part of chords, and those in the chord; bars, and those in which each part plays. */
typedef struct {
    size_t changes, starts, roots, notes, in_chord, bars, bass_bars, chord_bars, bass_notes;
} Agreement;

typedef struct {
    TbPieceModel *model;
    TbPieceOptions o;
    const char *out;
    size_t n, bars, longest;
    double seconds;
    Agreement real, written;
} Draws;

static void agree(const TbScore *score, const TbScore *symbols, Agreement *a) {
    TbRole role[256];
    TbChordSpan *chords;
    TbBars bars;
    size_t n;
    if (score->n_parts > 256)
        return;
    need(tb_piece_roles(score, role));
    need(tb_score_chords(symbols, true, &chords, &n));
    need(tb_bars_new(score, tb_score_last_off(symbols), &bars));
    const int32_t slack = score->ticks_per_quarter / 8;
    for (size_t c = 0; c < n; c++) {
        const TbChord chord = chords[c].chord;
        const TbScoreNote *first = NULL;
        if (chord.root < 0)
            continue;
        for (size_t i = 0; i < score->n_notes; i++) {
            const TbScoreNote *note = &score->notes[i];
            if (note->onset < chords[c].tick - slack || note->onset >= chords[c].end - slack)
                continue;
            if (role[note->part] == TB_ROLE_BASS && !first && note->onset <= chords[c].tick + slack)
                first = note;
            if (role[note->part] == TB_ROLE_CHORDS) {
                a->notes++;
                a->in_chord += tb_chord_pitches(chord) >> note->pitch % 12 & 1;
            }
        }
        a->changes++;
        a->starts += first != NULL;
        a->roots += first && first->pitch % 12 == (chord.bass >= 0 ? chord.bass : chord.root);
    }
    for (size_t b = 0; b < bars.n_bars; b++) {
        bool bass = false, part = false;
        for (size_t i = 0; i < score->n_notes; i++) {
            const TbScoreNote *note = &score->notes[i];
            const bool here = note->onset >= bars.line[b] && note->onset < bars.line[b + 1];
            bass |= here && role[note->part] == TB_ROLE_BASS;
            part |= here && role[note->part] == TB_ROLE_CHORDS;
            a->bass_notes += here && role[note->part] == TB_ROLE_BASS;
        }
        a->bars++;
        a->bass_bars += bass;
        a->chord_bars += part;
    }
    tb_bars_free(&bars);
    free(chords);
}

/* The score with symbols of its chords. */
static void add_symbols(TbScore *score) {
    TbChordSpan *chords;
    size_t n;
    need(tb_score_chords(score, true, &chords, &n));
    for (size_t i = 0; i < n; i++) {
        char text[TB_CHORD_TEXT];
        tb_chord_symbol(chords[i].chord, false, text);
        need(tb_score_add_chord(score, chords[i].tick, text));
    }
    free(chords);
}

static void take(void *context, const char *path, const TbScore *score, int style) {
    Draws *d = context;
    TbScore given, out;
    TbBars bars;
    TbRole role[256];
    unsigned has = 0;
    if (score->n_parts > 256)
        return;
    need(tb_piece_roles(score, role));
    for (size_t i = 0; i < score->n_parts; i++)
        has |= tb_piece_role_bit(role[i]);
    need(tb_bars_new(score, tb_score_last_off(score), &bars));
    if ((has & WRITTEN) == WRITTEN && bars.n_bars <= d->longest) {
        need(tb_score_copy(score, &given));
        add_symbols(&given);
        d->o.style = style;
        d->o.role = role;
        const double start = tbi_now();
        need(tb_piece_write_parts(d->model, &given, WRITTEN, &d->o, &out));
        d->seconds += tbi_now() - start;
        d->n++;
        d->bars += bars.n_bars;
        agree(score, score, &d->real);
        agree(&out, &given, &d->written);
        if (d->out) {
            char name[4096];
            const char *slash = strrchr(path, '/');
            snprintf(name, sizeof name, "%s/%03zu_%s", d->out, d->n, slash ? slash + 1 : path);
            need(tb_score_write(&out, name));
        }
        tb_score_free(&given);
        tb_score_free(&out);
    }
    tb_bars_free(&bars);
}

static double share(size_t n, size_t of) {
    return of ? 100.0 * (double)n / (double)of : 0;
}

static void print(const char *name, const Agreement *a) {
    printf(
        "%-8s bass at %.1f %% of the changes of chord, with the root at %.1f %% of these; notes of the chords' part in "
        "the chord %.1f %%; bars with bass %.1f %%, with chords %.1f %%; notes a bar: bass %.2f, chords %.2f\n",
        name, share(a->starts, a->changes), share(a->roots, a->starts), share(a->in_chord, a->notes),
        share(a->bass_bars, a->bars), share(a->chord_bars, a->bars), share(a->bass_notes, a->bars) / 100,
        share(a->notes, a->bars) / 100);
}

int main(int argc, char **argv) {
    Draws d = {.longest = SIZE_MAX};
    int option;
    tb_piece_defaults(&d.o);
    while ((option = getopt(argc, argv, "s:t:p:b:o:")) != -1)
        switch (option) {
        case 's':
            d.o.seed = strtoull(optarg, NULL, 10);
            break;
        case 't':
            d.o.temperature = atof(optarg);
            break;
        case 'p':
            d.o.top_p = atof(optarg);
            break;
        case 'b':
            d.longest = strtoull(optarg, NULL, 10);
            break;
        case 'o':
            d.out = optarg;
            break;
        default:
            optind = argc;
        }
    usage_if(argc - optind < 3, "piece_draws [-s SEED] [-t TEMPERATURE] [-p TOP_P] [-b BARS] [-o FOLDER] MODEL LIST "
                                "FOLDER[:STYLE[:WEIGHT]] ...");
    need(tb_piece_model_read(argv[optind], &d.model));
    for (int i = optind + 2; i < argc; i++) {
        PieceFolder folder;
        piece_folder_read(argv[i], &folder);
        piece_folder_each(&folder, argv[optind + 1], take, &d);
    }
    printf("%zu pieces, %zu bars: %.1f ms a bar\n", d.n, d.bars, 1000 * d.seconds / (double)(d.bars ? d.bars : 1));
    print("real", &d.real);
    print("written", &d.written);
    tb_piece_model_free(d.model);
    return 0;
}
