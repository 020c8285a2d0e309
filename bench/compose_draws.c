/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks that the networks of a file write.
 *
 *   compose_draws MODELS valid [N [FIRST]]     N (10000) draws over random options, from seed FIRST (0) on, and what is
 *                                              made of them: what is wrong with these
 *   compose_draws MODELS parts [N [LIST]...]   N (100) pieces of 32 bars: whether their parts agree, beside the pieces
 *                                              of lists of MIDI files (paths relative to the list, one a line)
 *   compose_draws MODELS time                  16 bars of four parts
 *   compose_draws MODELS write N OUT           N pieces of 16 bars and draws.txt, their list, in a folder that is there
 */
#include "tests/compose_checks.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { DRAWS = 10000, PIECES = 100, BARS = 32, AGAIN = 10 };

static void need(TbStatus status) {
    if (status) {
        fprintf(stderr, "%s\n", tb_error_text(status));
        exit(1);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- valid ---- */

/* Each third draw begins with a primer, or keeps parts, of the draw before. */
static void give(uint64_t seed, const TbScore *before, TbComposeOptions *o) {
    TbRng rng;
    tb_rng_seed(&rng, ~seed);
    if (!before->n_notes || compose_pick(&rng, 3))
        return;
    o->swing = 0; /* the metre is another one */
    if (compose_pick(&rng, 2)) {
        o->primer = before;
        o->continues = compose_pick(&rng, 2);
    } else {
        for (size_t i = 0; i < before->n_parts; i++)
            o->locked_parts |= compose_pick(&rng, 2)
                                   ? TB_COMPOSE_PART(before->parts[i].channel == TB_SCORE_DRUM_CHANNEL ? TB_ROLE_DRUMS
                                                                                                       : TB_ROLE_MELODY)
                                   : 0;
        o->locked = o->locked_parts ? before : NULL;
        o->form = NULL;
    }
}

static int bars_until(const TbScore *s, int32_t tick) {
    TbBars bars;
    need(tb_bars_new(s, tick, &bars));
    const int n = (int)bars.n_bars;
    tb_bars_free(&bars);
    return n;
}

static int bars_of(const TbScore *s) {
    return bars_until(s, s->end);
}

/* Whether something is wrong with a score that should have so many bars. Its parts may be any. */
static int is_wrong(int draw, const char *what, const TbScore *score, int bars) {
    const char *fault = compose_fault(score, bars, 0);
    if (!fault || strcmp(fault, "has other parts") == 0)
        return 0;
    printf("draw %d, %s, %s\n", draw, what, fault);
    return 1;
}

/* A variation, the same played, with new chords, and what is between it and the draw before. Returns the faults. */
static int check_made(const TbMusicModels *models, int draw, const TbScore *score, const TbScore *before) {
    enum { N = 3 };
    TbComposeOptions o;
    TbScore out[N] = {{0}};
    int faults = 0;
    tb_compose_defaults(&o);
    o.seed = (uint64_t)draw;
    need(tb_compose_vary(models, score, draw % 5 / 4.0, &o, out));
    faults += is_wrong(draw, "varied", out, bars_of(score));
    tb_score_free(out);
    need(tb_compose_humanise(models, score, draw % 7 / 6.0, &o, out));
    faults += is_wrong(draw, "played", out, bars_of(score));
    if (out->n_notes != score->n_notes) {
        printf("draw %d, played, has %zu notes of %zu\n", draw, out->n_notes, score->n_notes);
        faults++;
    }
    tb_score_free(out);
    if (tb_compose_harmonise(models, score, &o, out) == TB_OK)
        faults += is_wrong(draw, "harmonised", out, bars_until(score, tb_score_last_off(score)));
    tb_score_free(out);
    if (tb_compose_interpolate(models, before, score, N, &o, out) == TB_OK)
        for (int k = 0; k < N; k++)
            faults +=
                is_wrong(draw, "interpolated", &out[k], bars_of(bars_of(score) < bars_of(before) ? score : before));
    for (int k = 0; k < N; k++)
        tb_score_free(&out[k]);
    return faults;
}

static int check_draws(const TbMusicModels *models, int n, int first) {
    enum { TELL_EVERY = 250, MADE_EVERY = 7 };
    TbScore before = {0};
    int faults = 0, refused = 0, primed = 0, kept = 0;
    for (int i = first; i < first + n; i++) {
        if ((i - first) % TELL_EVERY == 0)
            printf("%d draws: %d refused, %d faults\n", i - first, refused, faults);
        TbComposeOptions o;
        TbComposeReport report;
        TbScore score, again;
        compose_random_options((uint64_t)i, i % 100 == 0 ? 128 : i % 10 == 0 ? 24 : 6, &o);
        give((uint64_t)i, &before, &o);
        TbStatus status = tb_compose(models, &o, &score, &report);
        if (status == TB_ERR_UNSUPPORTED || status == TB_ERR_EMPTY) {
            printf("draw %d: %s\n", i, tb_error_text(status));
            refused++;
            continue;
        }
        need(status);
        const unsigned parts = o.primer || o.locked ? 0 : o.parts;
        const char *fault = compose_fault(&score, report.bars, parts);
        if (fault && !(parts == 0 && strcmp(fault, "has other parts") == 0)) {
            printf("draw %d %s\n", i, fault);
            faults++;
        }
        if (o.primer && !compose_begins_with(&score, o.primer)) {
            printf("draw %d has changed its primer\n", i);
            faults++;
        }
        if (i % AGAIN == 0) {
            need(tb_compose(models, &o, &again, NULL));
            if (!compose_same(&score, &again)) {
                printf("draw %d is another one when it is drawn again\n", i);
                faults++;
            }
            tb_score_free(&again);
        }
        if (i % MADE_EVERY == 0 && before.n_notes && report.bars <= 24)
            faults += check_made(models, i, &score, &before);
        primed += o.primer != NULL;
        kept += o.locked != NULL;
        tb_score_free(&before);
        before = score;
    }
    tb_score_free(&before);
    printf("%d draws, %d with a primer, %d with kept parts, %d refused: %d faults\n", n, primed, kept, refused, faults);
    return faults ? 1 : 0;
}

/* ---- parts ---- */

typedef struct {
    double strong, in_chord;  /* melody notes on strong beats; those in the chord */
    double changes, on_root;  /* chord changes with a bass note; with the root */
    double steps, repeats;    /* of the bass: to its next note; those that stay on the pitch */
    double sounding, clashes; /* melody notes on beats over chords; a minor ninth above a note of the part of chords */
    int pieces, keys, returns;
} Agreement;

/* The melody's notes on the first beat of a bar and in its middle, if it can be halved. */
static void count_strong(const TbScore *score, Agreement *a) {
    TbMelody m;
    if (tb_melody_from_score(score, 0, 0, &m))
        return;
    const int32_t bar = m.numerator * 4 * TB_GRID_MELODY / m.denominator;
    const int32_t strong = m.numerator % 2 == 0 && m.numerator > 2 ? bar / 2 : bar;
    for (size_t i = 0, c = 0; i < m.n_notes; i++) {
        while (c + 1 < m.n_chords && m.chords[c + 1].step <= m.notes[i].onset)
            c++;
        if (m.notes[i].onset % strong || !m.n_chords || m.chords[c].step > m.notes[i].onset ||
            m.chords[c].chord.root < 0)
            continue;
        a->strong++;
        a->in_chord += tb_chord_pitches(m.chords[c].chord) >> m.notes[i].pitch % 12 & 1;
    }
    tb_melody_free(&m);
}

static size_t part_of(const TbScore *s, const char *name) {
    for (size_t i = 0; i < s->n_parts; i++)
        if (strcmp(s->parts[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* Bass notes within a sixteenth of a chord's beginning. */
static void count_roots(const TbScore *s, Agreement *a) {
    const size_t bass = part_of(s, "Bass");
    const int32_t near = s->ticks_per_quarter / 4;
    for (size_t c = 0; c < s->n_chords; c++) {
        TbChord chord;
        if (!tb_chord_parse(s->chords[c].text, &chord) || chord.root < 0)
            continue;
        a->changes++;
        for (size_t i = 0; i < s->n_notes; i++) {
            const TbScoreNote *n = &s->notes[i];
            if (n->part == bass && abs(n->onset - s->chords[c].tick) < near) {
                a->on_root += n->pitch % 12 == chord.root;
                break;
            }
        }
    }
}

static void count_repeats(const TbScore *s, Agreement *a) {
    const size_t bass = part_of(s, "Bass");
    int last = -1;
    for (size_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].part == bass) {
            a->steps += last >= 0;
            a->repeats += s->notes[i].pitch == last;
            last = s->notes[i].pitch;
        }
}

static void count_clashes(const TbScore *s, Agreement *a) {
    const size_t melody = part_of(s, "Melody"), chords = part_of(s, "Chords");
    const int32_t near = s->ticks_per_quarter / 12;
    for (size_t i = 0; i < s->n_notes; i++) {
        const TbScoreNote *n = &s->notes[i];
        if (n->part != melody || (n->onset + near) % s->ticks_per_quarter > 2 * near)
            continue;
        bool sounds = false, clashes = false;
        for (size_t k = 0; k < s->n_notes; k++) {
            const TbScoreNote *c = &s->notes[k];
            if (c->part != chords || c->onset > n->onset + near || c->onset + c->duration <= n->onset + near)
                continue;
            sounds = true;
            clashes |= n->pitch > c->pitch && (n->pitch - c->pitch) % 12 == 1;
        }
        a->sounding += sounds;
        a->clashes += clashes;
    }
}

static void print(const char *name, const Agreement *a) {
    printf("%-24s %4d pieces; melody on strong beats in the chord %.3f; chord changes with the bass on the root %.3f; "
           "minor ninths on beats %.3f; bass notes on the pitch before %.3f",
           name, a->pieces, a->in_chord / a->strong, a->on_root / a->changes, a->clashes / a->sounding,
           a->repeats / a->steps);
    if (a->keys + a->returns)
        printf("; key as asked %d; four bars return %d", a->keys, a->returns);
    printf("\n");
}

static void read_list(const char *list) {
    Agreement a = {0};
    char line[1024], path[2100];
    const char *slash = strrchr(list, '/');
    FILE *f = fopen(list, "r");
    if (!f) {
        fprintf(stderr, "\"%s\" cannot be read.\n", list);
        exit(1);
    }
    while (fgets(line, sizeof line, f)) {
        TbScore score;
        line[strcspn(line, "\t\r\n")] = 0;
        snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - list) + 1 : 0, list, line);
        if (tb_score_read(path, &score))
            continue;
        a.pieces++;
        count_strong(&score, &a);
        tb_score_free(&score);
    }
    fclose(f);
    print(list, &a);
}

static void check_parts(const TbMusicModels *models, int n) {
    static const int metres[][2] = {{4, 4}, {4, 4}, {3, 4}, {6, 8}};
    Agreement a = {.pieces = n};
    for (int i = 0; i < n; i++) {
        TbComposeOptions o;
        TbScore score;
        TbMeasures m;
        TbKey key;
        tb_compose_defaults(&o);
        o.seed = (uint64_t)i + 1;
        o.bars = BARS;
        o.tonic = i % 12;
        o.minor = i / 12 % 2;
        o.numerator = metres[i % 4][0];
        o.denominator = metres[i % 4][1];
        need(tb_compose(models, &o, &score, NULL));
        need(tb_score_key(&score, TB_SCOPE_AUTO, &key));
        need(tb_score_measure(&score, TB_SCOPE_MELODY, &m));
        a.keys += key.tonic == o.tonic && key.minor == o.minor;
        a.returns += m.rep4 > 0;
        count_strong(&score, &a);
        count_roots(&score, &a);
        count_repeats(&score, &a);
        count_clashes(&score, &a);
        tb_score_free(&score);
    }
    print("drawn", &a);
}

/* ---- time, files ---- */

static void measure_time(const TbMusicModels *models) {
    double sum = 0, most = 0;
    for (int i = 0; i < 20; i++) {
        TbComposeOptions o;
        TbScore score;
        tb_compose_defaults(&o);
        o.seed = (uint64_t)i;
        const double start = now();
        need(tb_compose(models, &o, &score, NULL));
        const double seconds = now() - start;
        sum += seconds;
        most = fmax(most, seconds);
        tb_score_free(&score);
    }
    printf("16 bars of four parts: %.3f s on average, %.3f s at most, of 20\n", sum / 20, most);
}

static void write_draws(const TbMusicModels *models, int n, const char *folder) {
    char path[1200];
    snprintf(path, sizeof path, "%s/draws.txt", folder);
    FILE *f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "\"%s\" cannot be written.\n", path);
        exit(1);
    }
    for (int i = 0; i < n; i++) {
        TbComposeOptions o;
        TbScore score;
        tb_compose_defaults(&o);
        o.seed = (uint64_t)i + 1;
        need(tb_compose(models, &o, &score, NULL));
        snprintf(path, sizeof path, "%s/%d.mid", folder, i + 1);
        need(tb_score_write(&score, path));
        fprintf(f, "%d.mid\n", i + 1);
        tb_score_free(&score);
    }
    fclose(f);
}

int main(int argc, char **argv) {
    TbMusicModels models;
    const char *what = argc > 2 ? argv[2] : "";
    const int n = argc > 3 ? atoi(argv[3]) : 0;
    int result = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: compose_draws MODELS valid|parts|time|write ...\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    need(tb_music_models_read(argv[1], &models));
    if (strcmp(what, "valid") == 0)
        result = check_draws(&models, n ? n : DRAWS, argc > 4 ? atoi(argv[4]) : 0);
    else if (strcmp(what, "parts") == 0)
        check_parts(&models, n ? n : PIECES);
    else if (strcmp(what, "time") == 0)
        measure_time(&models);
    else if (strcmp(what, "write") == 0 && argc > 4)
        write_draws(&models, n, argv[4]);
    for (int i = 4; i < argc && strcmp(what, "parts") == 0; i++)
        read_list(argv[i]);
    tb_music_models_free(&models);
    return result;
}
