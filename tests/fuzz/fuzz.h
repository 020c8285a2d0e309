/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a fuzz target consists of: LLVMFuzzerTestOneInput, which aborts where something that it requires is not so. */
#ifndef TIMBREL_TESTS_FUZZ_FUZZ_H
#define TIMBREL_TESTS_FUZZ_FUZZ_H

#include "timbrel/base.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool good) {
    if (!good)
        abort();
}

/* An input is refused with a message of its own. */
static inline void require_message(TbStatus status) {
    require(strcmp(tb_error_text(status), tb_status_text(status)) != 0);
}

/* Whether an input was refused: then with a message, and nothing was made of it. */
static inline bool fuzz_refused(TbStatus status, bool nothing) {
    if (status == TB_OK)
        return false;
    require(nothing);
    require_message(status);
    return true;
}

/* FNV-1a: what a target takes its options from where the input has none for them. */
static inline uint32_t fuzz_hash(const uint8_t *data, size_t size) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    return hash;
}

#endif
