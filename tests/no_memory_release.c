/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the cases of test_no_memory.c: frees the results that several rooms give. */
#include "tests/no_memory.h"

#include <stdlib.h>

void free_p(Out *out) {
    free(out->p);
}
void free_list(Out *out) {
    free(out->list.items);
}
void free_audio(Out *out) {
    tb_audio_free(&out->audio);
}
void free_analysis(Out *out) {
    tb_analysis_free(&out->analysis);
}
void free_model(Out *out) {
    tb_model_free(out->model);
}
void free_score(Out *out) {
    tb_score_free(&out->score);
}
