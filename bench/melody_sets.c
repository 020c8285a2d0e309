/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/melody_sets.h"
#include "bench/program.h"
#include "bench/score_list.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    TbMelodySet *set;
    bool held_out;
} Adding;

static void add(void *context, const char *path, const TbScore *score) {
    const Adding *a = context;
    (void)path;
    need(tb_melody_set_add(a->set, score, a->held_out, NULL));
}

void melody_set_read(const char *folder, const char *list, TbMelodySet *set, bool held_out) {
    Adding adding = {set, held_out};
    score_folder_each(folder, list, add, &adding);
}

bool melody_shorten(TbMelody *m, int n) {
    if (m->n_bars < n)
        return false;
    m->n_bars = n;
    while (m->n_notes && m->notes[m->n_notes - 1].onset >= m->line[n])
        m->n_notes--;
    while (m->n_chords && m->chords[m->n_chords - 1].step >= m->line[n])
        m->n_chords--;
    TbMelodyNote *last = m->n_notes ? &m->notes[m->n_notes - 1] : NULL;
    if (last && last->onset + last->duration > m->line[n])
        last->duration = m->line[n] - last->onset;
    return true;
}
