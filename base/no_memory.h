/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TIMBREL_BASE_NO_MEMORY_H
#define TIMBREL_BASE_NO_MEMORY_H

#include "timbrel/base.h"

/* TB_ERR_NO_MEMORY with its sentence; what for: "to play", "for the list of devices". */
TB_NODISCARD static inline TbStatus tbi_no_memory(const char *what_for) {
    return tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory %s.", what_for);
}

#endif
