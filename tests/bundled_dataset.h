/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data set that tests of training share: the frames of all bundled sounds. */
#ifndef TIMBREL_TESTS_BUNDLED_DATASET_H
#define TIMBREL_TESTS_BUNDLED_DATASET_H

#include "train/dataset.h"

static TbDataset *data; /* of all bundled sounds */

static int listen(void **state) {
    (void)state;
    const char *folder = TB_SOUNDS;
    return tb_dataset_new(&folder, 1, 20000, 2, NULL, NULL, &data) != TB_OK;
}

static int forget(void **state) {
    (void)state;
    tb_dataset_free(data);
    return 0;
}

#endif
