/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the place of libtimbrel-plot, in a build without pictures. Commands find that out first (picture_place_check). */
#include "timbrel/plot.h"

static TbStatus none(void) {
    return tb_fail(TB_ERR_UNSUPPORTED, "Pictures are not in this build of Timbrel.");
}

TbStatus tb_plot_spectrograms(const char *png_path, const TbAudio *const *sounds, const char *const *titles,
                              size_t n_sounds, const TbCurves *curves) {
    (void)png_path, (void)sounds, (void)titles, (void)n_sounds, (void)curves;
    return none();
}

TbStatus tb_plot_sheet(const char *png_path, const TbAudio *const *sounds, const char *const *titles, size_t n) {
    (void)png_path, (void)sounds, (void)titles, (void)n;
    return none();
}

TbStatus tb_plot_lines(const char *png_path, const char *title, const char *x_label, const char *y_label,
                       const TbLine *lines, size_t n_lines) {
    (void)png_path, (void)title, (void)x_label, (void)y_label, (void)lines, (void)n_lines;
    return none();
}

TbStatus tb_plot_instrument(const char *png_path, const TbInstrumentPicture *picture) {
    (void)png_path, (void)picture;
    return none();
}

TbStatus tb_plot_score(const char *png_path, const TbScore *score, const char *title) {
    (void)png_path, (void)score, (void)title;
    return none();
}

TbStatus tb_plot_track(const char *png_path, const TbScore *score, const TbAudio *sound, const char *const *instruments,
                       const char *title) {
    (void)png_path, (void)score, (void)sound, (void)instruments, (void)title;
    return none();
}

TbStatus tb_plot_map(const char *png_path, const TbMap *map, size_t *n_unnamed) {
    (void)png_path, (void)map, (void)n_unnamed;
    return none();
}
