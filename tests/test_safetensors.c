/* SPDX-License-Identifier: GPL-3.0-or-later */
/* safetensors: files are read as written, and every defect is detected. All 16-bit floats. */
#include "tests/run_tests.h"
#include "timbrel/vae.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float weights[6] = {1.5f, -2.25f, 3e-8f, 1e30f, -0.0f, 7};
static const uint16_t halfs[3] = {0x3c00, 0xc000, 0x0001};
static const int64_t counts[2] = {-1, (int64_t)1 << 40};
static const uint8_t bytes[5] = {0, 1, 2, 254, 255};

static const TbTensorView tensors[] = {
    {"bytes", TB_U8, 1, {5}, bytes},    {"halfs", TB_F16, 1, {3}, halfs},     {"weights", TB_F32, 2, {2, 3}, weights},
    {"counts", TB_I64, 1, {2}, counts}, {"nothing", TB_F32, 2, {0, 4}, NULL}, {"scalar", TB_F32, 0, {0}, weights},
};
enum { N_TENSORS = sizeof tensors / sizeof *tensors };

static void test_round_trip(void **state) {
    (void)state;
    const char *const metadata[] = {"format", "timbrel", "note", "Glocke \"d\" \xc3\xa4\n\\", NULL};
    void *data;
    size_t n_bytes;
    assert_int_equal(tb_tensor_file_serialize(tensors, N_TENSORS, metadata, &data, &n_bytes), TB_OK);
    size_t n_header = ((const uint8_t *)data)[0] + 256u * ((const uint8_t *)data)[1];
    assert_int_equal(n_header % 8, 0); /* the data is aligned */
    assert_int_equal(n_bytes, 8 + n_header + 16 + 24 + 4 + 6 + 5);
    TbTensorFile *file;
    assert_int_equal(tb_tensor_file_parse(data, n_bytes, &file), TB_OK);
    assert_int_equal(tb_tensor_file_count(file), N_TENSORS);
    for (size_t i = 0; i < N_TENSORS; i++) {
        const TbTensorView *view = tb_tensor_file_find(file, tensors[i].name);
        assert_non_null(view);
        assert_int_equal(view->dtype, tensors[i].dtype);
        assert_int_equal(view->n_dims, tensors[i].n_dims);
        assert_memory_equal(view->shape, tensors[i].shape, sizeof view->shape);
    }
    assert_memory_equal(tb_tensor_file_find(file, "weights")->data, weights, sizeof weights);
    assert_memory_equal(tb_tensor_file_find(file, "halfs")->data, halfs, sizeof halfs);
    assert_memory_equal(tb_tensor_file_find(file, "counts")->data, counts, sizeof counts);
    assert_memory_equal(tb_tensor_file_find(file, "bytes")->data, bytes, sizeof bytes);
    assert_int_equal((uintptr_t)tb_tensor_file_find(file, "counts")->data % 8, 0);
    assert_int_equal((uintptr_t)tb_tensor_file_find(file, "weights")->data % 4, 0);
    assert_string_equal(tb_tensor_file_metadata(file, "format"), metadata[1]);
    assert_string_equal(tb_tensor_file_metadata(file, "note"), metadata[3]);
    assert_null(tb_tensor_file_metadata(file, "absent"));
    assert_null(tb_tensor_file_find(file, "absent"));
    assert_null(tb_tensor_file_at(file, N_TENSORS));
    float out[6];
    assert_int_equal(tb_tensor_file_floats(file, "weights", out, 6), TB_OK);
    assert_memory_equal(out, weights, sizeof out);
    assert_int_equal(tb_tensor_file_floats(file, "halfs", out, 3), TB_OK);
    assert_true(out[0] == 1 && out[1] == -2 && out[2] == 0x1p-24f);
    assert_int_equal(tb_tensor_file_floats(file, "weights", out, 5), TB_ERR_FORMAT);
    assert_int_equal(tb_tensor_file_floats(file, "counts", out, 2), TB_ERR_FORMAT);
    assert_int_equal(tb_tensor_file_floats(file, "absent", out, 2), TB_ERR_FORMAT);
    tb_tensor_file_free(file);
    tb_tensor_file_free(NULL);
}

static void test_through_a_file(void **state) {
    (void)state;
    char path[] = "/tmp/timbrel-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    void *data;
    size_t n_bytes;
    TbTensorFile *file;
    assert_int_equal(tb_tensor_file_serialize(tensors, N_TENSORS, NULL, &data, &n_bytes), TB_OK);
    assert_int_equal(tb_write_file(path, data, n_bytes), TB_OK);
    assert_int_equal(tb_tensor_file_read(path, &file), TB_OK);
    assert_int_equal(tb_tensor_file_count(file), N_TENSORS);
    assert_null(tb_tensor_file_metadata(file, "format"));
    tb_tensor_file_free(file);
    remove(path);
    assert_int_equal(tb_tensor_file_read(path, &file), TB_ERR_NOT_FOUND);
    assert_null(file);
    free(data);
}

static TbStatus parse_bytes(const void *from, size_t n) {
    void *copy = malloc(n ? n : 1); /* of the exact size, so that a sanitizer detects overreads */
    memcpy(copy, from, n);
    TbTensorFile *file;
    TbStatus status = tb_tensor_file_parse(copy, n, &file);
    assert_true((status == TB_OK) == (file != NULL));
    tb_tensor_file_free(file);
    return status;
}

/* A file with this header and `n_data` bytes of data. */
static TbStatus parse_text(const char *header, size_t n_data) {
    size_t n_header = strlen(header);
    uint8_t *file = calloc(1, 8 + n_header + n_data);
    for (size_t i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)n_header >> (8 * i));
    memcpy(file + 8, header, n_header);
    TbStatus status = parse_bytes(file, 8 + n_header + n_data);
    free(file);
    return status;
}

#define TENSOR(shape, begin, end) "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

static void test_damage(void **state) {
    (void)state;
    static const struct {
        const char *what, *header;
        size_t n_data;
        TbStatus status;
    } cases[] = {
        {"sound", "{\"a\":" TENSOR("[2]", "0", "8") "}", 8, TB_OK},
        {"sound, padded", "{\"a\":" TENSOR("[2]", "0", "8") "}     ", 8, TB_OK},
        {"sound, other order", "{\"a\":" TENSOR("[2]", "4", "12") ",\"b\":" TENSOR("[1]", "0", "4") "}", 12, TB_OK},
        {"sound, no tensors", "{}", 0, TB_OK},
        {"sound, metadata only", "{\"__metadata__\":{\"a\":\"b\"}}", 0, TB_OK},
        {"sound, empty tensors",
         "{\"a\":" TENSOR("[0]", "0", "0") ",\"b\":" TENSOR("[1]", "0", "4") ",\"c\":" TENSOR("[7,0]", "4", "4") "}", 4,
         TB_OK},
        {"data cut off", "{\"a\":" TENSOR("[2]", "0", "8") "}", 7, TB_ERR_FORMAT},
        {"data too long", "{\"a\":" TENSOR("[2]", "0", "8") "}", 9, TB_ERR_FORMAT},
        {"data of nobody", "{}", 1, TB_ERR_FORMAT},
        {"overlap", "{\"a\":" TENSOR("[2]", "0", "8") ",\"b\":" TENSOR("[2]", "4", "12") "}", 12, TB_ERR_FORMAT},
        {"same place", "{\"a\":" TENSOR("[2]", "0", "8") ",\"b\":" TENSOR("[2]", "0", "8") "}", 8, TB_ERR_FORMAT},
        {"hole", "{\"a\":" TENSOR("[1]", "0", "4") ",\"b\":" TENSOR("[1]", "8", "12") "}", 12, TB_ERR_FORMAT},
        {"hole at the start", "{\"a\":" TENSOR("[1]", "4", "8") "}", 8, TB_ERR_FORMAT},
        {"empty tensor inside of another", "{\"a\":" TENSOR("[2]", "0", "8") ",\"b\":" TENSOR("[0]", "4", "4") "}", 8,
         TB_ERR_FORMAT},
        {"duplicate names", "{\"a\":" TENSOR("[1]", "0", "4") ",\"a\":" TENSOR("[1]", "4", "8") "}", 8, TB_ERR_FORMAT},
        {"name empty", "{\"\":" TENSOR("[1]", "0", "4") "}", 4, TB_ERR_FORMAT},
        {"name too long",
         "{\"0123456789012345678901234567890123456789012345678901234567890123\":" TENSOR("[1]", "0", "4") "}", 4,
         TB_ERR_UNSUPPORTED},
        {"size is not the shape's", "{\"a\":" TENSOR("[3]", "0", "8") "}", 8, TB_ERR_FORMAT},
        {"end before begin", "{\"a\":" TENSOR("[2]", "8", "0") "}", 8, TB_ERR_FORMAT},
        {"offset negative", "{\"a\":" TENSOR("[2]", "-8", "0") "}", 8, TB_ERR_FORMAT},
        {"offset huge", "{\"a\":" TENSOR("[2]", "9223372036854775800", "9223372036854775807") "}", 8, TB_ERR_FORMAT},
        {"offset beyond 64 bits", "{\"a\":" TENSOR("[2]", "0", "99999999999999999999") "}", 8, TB_ERR_FORMAT},
        {"offset a fraction", "{\"a\":" TENSOR("[2]", "0.0", "8.0") "}", 8, TB_ERR_FORMAT},
        {"shape negative", "{\"a\":" TENSOR("[-2,-1]", "0", "8") "}", 8, TB_ERR_FORMAT},
        {"shape overflows", "{\"a\":" TENSOR("[4611686018427387904,4]", "0", "0") "}", 0, TB_ERR_FORMAT},
        {"shape overflows to its size", "{\"a\":" TENSOR("[4611686018427387905,2,2]", "0", "16") "}", 16,
         TB_ERR_FORMAT},
        {"shape text", "{\"a\":" TENSOR("[\"2\"]", "0", "8") "}", 8, TB_ERR_FORMAT},
        {"shape no list", "{\"a\":" TENSOR("2", "0", "8") "}", 8, TB_ERR_FORMAT},
        {"shape of five dimensions", "{\"a\":" TENSOR("[1,1,1,1,2]", "0", "8") "}", 8, TB_ERR_UNSUPPORTED},
        {"offsets of three", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4,8]}}", 8, TB_ERR_FORMAT},
        {"offsets absent", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, TB_ERR_FORMAT},
        {"dtype absent", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, TB_ERR_FORMAT},
        {"dtype unknown", "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, TB_ERR_FORMAT},
        {"dtype foreign", "{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}", 8, TB_ERR_UNSUPPORTED},
        {"dtype of another size", "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, TB_ERR_FORMAT},
        {"dtype a number", "{\"a\":{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, TB_ERR_FORMAT},
        {"a field too many", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8,
         TB_ERR_FORMAT},
        {"a tensor in a tensor", "{\"a\":{\"b\":" TENSOR("[2]", "0", "8") "}}", 8, TB_ERR_FORMAT},
        {"a tensor a list", "{\"a\":[[[[]]]]}", 0, TB_ERR_FORMAT},
        {"metadata a list", "{\"__metadata__\":[]}", 0, TB_ERR_FORMAT},
        {"metadata of numbers", "{\"__metadata__\":{\"a\":1}}", 0, TB_ERR_FORMAT},
        {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, TB_ERR_FORMAT},
        {"header a list", "[]", 0, TB_ERR_FORMAT},
        {"header blank at first", " {}", 0, TB_ERR_FORMAT},
        {"header with more behind it", "{}{}", 0, TB_ERR_FORMAT},
        {"header not closed", "{\"a\":", 0, TB_ERR_FORMAT},
        {"header empty", "", 0, TB_ERR_FORMAT},
        {"header no UTF-8", "{\"\xff\":" TENSOR("[1]", "0", "4") "}", 4, TB_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbStatus status = parse_text(cases[i].header, cases[i].n_data);
        if (status != cases[i].status)
            print_message("%s: %s (%s)\n", cases[i].what, tb_status_text(status), tb_error_text(status));
        assert_int_equal(status, cases[i].status);
    }
    print_message("%zu cases\n", sizeof cases / sizeof *cases);
}

/* Every truncation fails, and no change of one byte of the header crashes. */
static void test_cut_and_changed(void **state) {
    (void)state;
    void *data;
    size_t n_bytes;
    const char *const metadata[] = {"k", "v", NULL};
    assert_int_equal(tb_tensor_file_serialize(tensors, N_TENSORS, metadata, &data, &n_bytes), TB_OK);
    for (size_t n = 0; n < n_bytes; n++)
        assert_int_equal(parse_bytes(data, n), TB_ERR_FORMAT);
    assert_int_equal(parse_bytes(data, n_bytes), TB_OK);
    uint8_t *b = data;
    size_t n_rejected = 0, n_header = b[0] + 256u * b[1];
    for (size_t at = 0; at < 8 + n_header; at++) {
        uint8_t kept = b[at];
        static const uint8_t replacements[] = {0, '"', '9', '-', '{', '}', 0x80, 0xff};
        for (size_t r = 0; r < sizeof replacements; r++) {
            b[at] = replacements[r];
            n_rejected += parse_bytes(data, n_bytes) != TB_OK;
        }
        b[at] = kept;
    }
    print_message("%zu of %zu changes noticed\n", n_rejected, 8 * (8 + n_header));
    assert_true(n_rejected > 8 * (8 + n_header) * 6 / 10); /* changes of names, metadata and padding may be valid */
    /* Wrong header lengths. */
    static const uint64_t lengths[] = {
        0, 1, ((uint64_t)1 << 20) + 1, (uint64_t)1 << 32, (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 7};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (size_t k = 0; k < 8; k++)
            b[k] = (uint8_t)(lengths[i] >> (8 * k));
        assert_int_equal(parse_bytes(data, n_bytes), TB_ERR_FORMAT);
    }
    free(data);
}

static void test_nested_and_long(void **state) {
    (void)state;
    size_t n = (1u << 20) + 4096;
    char *text = malloc(n + 1);
    memset(text, '[', n);
    text[n] = 0;
    memcpy(text, "{\"a\":", 5);
    assert_int_equal(parse_text(text, 0), TB_ERR_FORMAT); /* more than 1 MB */
    text[1u << 19] = 0;
    assert_int_equal(parse_text(text, 0), TB_ERR_FORMAT); /* half a million nested brackets */
    memset(text, ' ', n);
    memcpy(text, "{}", 2);
    text[1u << 20] = 0;
    assert_int_equal(parse_text(text, 0), TB_OK); /* exactly 1 MB */
    text[1u << 20] = ' ';
    text[(1u << 20) + 1] = 0;
    assert_int_equal(parse_text(text, 0), TB_ERR_FORMAT);
    free(text);
}

static void test_refuses_to_write(void **state) {
    (void)state;
    TbTensorView twins[2] = {{"a", TB_F32, 1, {1}, weights}, {"a", TB_F32, 1, {1}, weights}};
    void *data;
    size_t n_bytes;
    assert_int_equal(tb_tensor_file_serialize(twins, 2, NULL, &data, &n_bytes), TB_ERR_ARGUMENT);
    assert_null(data);
    static const char *const bad_names[] = {"", "__metadata__", "\xff"};
    for (size_t i = 0; i < 3; i++) {
        strcpy(twins[0].name, bad_names[i]);
        assert_int_equal(tb_tensor_file_serialize(twins, 1, NULL, &data, &n_bytes), TB_ERR_ARGUMENT);
    }
    strcpy(twins[0].name, "b");
    twins[0].n_dims = 2;
    twins[0].shape[0] = twins[0].shape[1] = (size_t)1 << 40;
    assert_int_equal(tb_tensor_file_serialize(twins, 1, NULL, &data, &n_bytes), TB_ERR_ARGUMENT);
    const char *const twice[] = {"k", "1", "k", "2", NULL}, *const odd[] = {"k", NULL};
    assert_int_equal(tb_tensor_file_serialize(twins, 0, twice, &data, &n_bytes), TB_ERR_ARGUMENT);
    assert_int_equal(tb_tensor_file_serialize(twins, 0, odd, &data, &n_bytes), TB_ERR_ARGUMENT);
}

/* The value of a 16-bit float, from its definition. */
static double half_value(unsigned h) {
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double size = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                  : exponent == 0 ? ldexp(fraction, -24)
                                  : ldexp(1024 + fraction, exponent - 25);
    return h >> 15 ? -size : size;
}

static void test_halfs(void **state) {
    (void)state;
    for (unsigned h = 0; h < 65536; h++) {
        float x = tb_half_to_float((uint16_t)h);
        if (isnan(half_value(h))) {
            assert_true(isnan(x));
            uint16_t back = tb_float_to_half(x);
            assert_true((back & 0x7c00) == 0x7c00 && (back & 0x3ff) && back >> 15 == h >> 15);
            continue;
        }
        assert_true((double)x == half_value(h) && !signbit(x) == !(h >> 15));
        assert_int_equal(tb_float_to_half(x), h);
        if ((h & 0x7fff) >= 0x7c00)
            continue;
        /* The midpoint to the next larger one rounds to even, values just beside it to the nearest. */
        double next = (h & 0x7fff) == 0x7bff ? copysign(65536, x) : half_value(h + 1);
        float middle = (float)((x + next) / 2);
        assert_int_equal(tb_float_to_half(middle), h & 1 ? h + 1 : h);
        assert_int_equal(tb_float_to_half(nextafterf(middle, 0)), h);
        assert_int_equal(tb_float_to_half(nextafterf(middle, copysignf(INFINITY, x))), h + 1);
    }
    assert_int_equal(tb_float_to_half(1e30f), 0x7c00);
    assert_int_equal(tb_float_to_half(-INFINITY), 0xfc00);
    assert_int_equal(tb_float_to_half(1e-30f), 0);
    assert_int_equal(tb_float_to_half(-1e-45f), 0x8000);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_round_trip, test_through_a_file, test_damage, test_cut_and_changed,
                     test_nested_and_long, test_refuses_to_write, test_halfs);
}
