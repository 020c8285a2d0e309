/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_BASE_NO_MEMORY_H
#define TIMBREL_BASE_NO_MEMORY_H

#include "timbrel/base.h"

/* TB_ERR_NO_MEMORY with its sentence. what_for, a literal: "to play", "for %zu recordings"; the numbers follow it. */
#define tbi_no_memory(what_for, ...)                                                                                   \
    tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory " what_for ".", ##__VA_ARGS__)

#endif
