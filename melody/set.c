/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies of pieces. */
#include "melody/set.h"
#include "base/no_memory.h"
#include "melody/line.h"

#include <stdlib.h>

enum { FEWEST_NOTES = 8 };

TbStatus tb_melody_set_new(TbMelodySet **set) {
    *set = calloc(1, sizeof **set);
    return *set ? TB_OK : tbi_no_memory("for melodies to learn from");
}

void tb_melody_set_free(TbMelodySet *set) {
    for (int i = 0; set && i < 2; i++) {
        for (size_t k = 0; k < set->part[i].n; k++) {
            free(set->part[i].example[k].steps);
            tb_melody_free(&set->part[i].example[k].melody);
        }
        free(set->part[i].example);
    }
    free(set);
}

size_t tb_melody_set_count(const TbMelodySet *set, bool held_out) {
    return set->part[held_out].n_notes;
}

/* The set owns the melody from now on, also on failure. */
static TbStatus add(MelodyExamples *e, TbMelody *melody) {
    MelodyExample example = {.n = melody->n_notes, .melody = *melody};
    if (e->n == e->room) {
        const size_t room = e->room ? 2 * e->room : 64;
        MelodyExample *grown = realloc(e->example, room * sizeof *grown);
        if (grown) {
            e->example = grown;
            e->room = room;
        }
    }
    if (e->n < e->room)
        example.steps = malloc(example.n * sizeof *example.steps);
    if (!example.steps) {
        tb_melody_free(melody);
        return tbi_no_memory("for %zu notes to learn from", example.n);
    }
    const MelodyReader reader = tbi_melody_reader(&example.melody);
    for (size_t i = 0; i < example.n; i++)
        tbi_melody_step(&reader, i, &example.steps[i]);
    for (size_t i = 0; i < melody->n_chords; i++)
        example.chords |= melody->chords[i].chord.root >= 0;
    e->example[e->n++] = example;
    e->n_notes += example.n;
    return TB_OK;
}

static size_t notes_between(const MelodyLine *line, size_t first_bar, size_t end_bar) {
    size_t n = 0;
    for (size_t i = 0; i < line->n_notes; i++)
        n += line->notes[i].onset >= line->line[first_bar] && line->notes[i].onset < line->line[end_bar];
    return n;
}

/* Bars that melodies can have. */
static bool is_possible(const MelodyLine *line, size_t bar) {
    const int32_t steps = line->line[bar + 1] - line->line[bar];
    return steps > 0 && steps <= TB_MELODY_BAR;
}

TbStatus tb_melody_set_add(TbMelodySet *set, const TbScore *score, bool held_out, size_t *n) {
    MelodyLine line;
    size_t found = 0;
    TbStatus status = tbi_melody_line_new(score, &line);
    if (n)
        *n = 0;
    if (status)
        return status;
    for (size_t bar = 0; status == TB_OK && bar < line.n_bars;) {
        size_t end = bar, notes = 0;
        if (!is_possible(&line, bar) || notes_between(&line, bar, bar + 1) == 0) {
            bar++; /* a melody starts in a bar with notes */
            continue;
        }
        while (end < line.n_bars && end - bar < TB_MELODY_BARS && is_possible(&line, end)) {
            const size_t more = notes_between(&line, end, end + 1);
            if (notes + more > MELODY_LONGEST)
                break;
            notes += more;
            end++;
        }
        if (notes >= FEWEST_NOTES) {
            TbMelody melody;
            status = tbi_melody_cut(&line, bar, end - bar, &melody);
            status = status ? status : add(&set->part[held_out], &melody);
            found += notes;
        }
        bar = end > bar ? end : bar + 1;
    }
    tbi_melody_line_free(&line);
    if (n)
        *n = found;
    return status;
}
