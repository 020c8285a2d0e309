/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes the sounds of played.h once for all tests that play them. Usage: encode_played FOLDER */
#include "tests/played.h"

int main(int argc, char **argv) {
    static const char *const names[] = {"clarinet", "piano", "kick"};
    if (argc != 2)
        return 2;
    TbModel *model = NULL;
    TbStatus status = tb_default_model(&model);
    for (size_t i = 0; status == TB_OK && i < sizeof names / sizeof *names; i++) {
        TbSound sound = {0};
        char path[512];
        snprintf(path, sizeof path, "%s/%s.timbrel", argv[1], names[i]);
        status = played_encode(model, names[i], &sound);
        status = status == TB_OK ? tb_sound_write(&sound, path) : status;
        tb_sound_free(&sound);
    }
    tb_model_free(model);
    if (status != TB_OK)
        fprintf(stderr, "%s\n", tb_error_text(status));
    return status != TB_OK;
}
