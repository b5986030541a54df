/* The byte-pair tokenizer: training, round trips, limits, hostile files. */
#include "model/text_encoder/tokenizer.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "check.h"
#include "model/text_encoder/token_batch.h"
#include "scratch.h"

static const char *const captions[] = {
    "A red ball bounces in a sunny meadow.",
    "A blue ball bounces in a dark forest <sfx>thud, thud</sfx>",
    "The red drum rolls over the meadow, then the red drum rolls back.",
    "A small red bell swings; <dialogue>hello there</dialogue>",
};
enum { CAPTIONS = 4 };

static reel_tokenizer *trained(int vocabulary)
{
    reel_tokenizer *t;
    assert_int_equal(reel_tokenizer_train(&t, captions, CAPTIONS, vocabulary), REEL_OK);
    return t;
}

static void check_round_trip(const reel_tokenizer *t, const char *text, const char *expected)
{
    int32_t ids[256];
    reel_token_count n;
    char *back;
    assert_int_equal(reel_tokenizer_encode(t, text, ids, 256, &n), REEL_OK);
    assert_int_equal(ids[0], REEL_TOKEN_BEGIN);
    assert_int_equal(ids[n.count - 1], REEL_TOKEN_END);
    assert_int_equal(reel_tokenizer_decode(t, ids, n.count, &back), REEL_OK);
    assert_string_equal(back, expected);
    free(back);
}

static void any_text_comes_back_in_lower_case_with_single_spaces(void **state)
{
    (void)state;
    reel_tokenizer *t = trained(320);
    check_round_trip(t, "A red BALL", "a red ball");
    check_round_trip(t, "  two\n\twords  ", "two words");
    check_round_trip(t, "", "");
    check_round_trip(t, "caf\xc3\xa9, \xe6\x97\xa5\xe6\x9c\xac 42% <b>!",
                     "caf\xc3\xa9, \xe6\x97\xa5\xe6\x9c\xac 42% <b>!");
    check_round_trip(t, "x<SFX>boom</sfx>", "x <sfx> boom </sfx>");
    reel_tokenizer_free(t);
}

static void a_tag_is_one_id(void **state)
{
    (void)state;
    reel_tokenizer *t = trained(REEL_TOKEN_MERGES);
    int32_t ids[8];
    reel_token_count n;
    assert_int_equal(reel_tokenizer_encode(t, "<sfx></sfx><bgm>", ids, 8, &n), REEL_OK);
    assert_int_equal(n.count, 5);
    assert_int_equal(ids[1], REEL_TOKEN_TAGS + 2);
    assert_int_equal(ids[2], REEL_TOKEN_TAGS + 3);
    assert_int_equal(ids[3], REEL_TOKEN_TAGS + 8);
    reel_tokenizer_free(t);
}

static void frequent_words_become_one_id_wherever_they_stand(void **state)
{
    (void)state;
    reel_tokenizer *t = trained(400);
    int32_t ids[16];
    reel_token_count n;
    assert_int_equal(reel_tokenizer_encode(t, "red", ids, 16, &n), REEL_OK);
    assert_int_equal(n.count, 3);
    const int32_t red = ids[1];
    assert_true(red >= REEL_TOKEN_MERGES);
    assert_int_equal(reel_tokenizer_encode(t, "a RED ball<sfx>red", ids, 16, &n), REEL_OK);
    assert_int_equal(ids[2], red);
    assert_int_equal(ids[n.count - 2], red);
    reel_tokenizer_free(t);
}

static void training_is_deterministic_and_stops_when_no_pair_repeats(void **state)
{
    (void)state;
    reel_tokenizer *a = trained(300), *b = trained(300), *all = trained(5000);
    assert_int_equal(reel_tokenizer_vocabulary(a), 300);
    assert_true(reel_tokenizer_vocabulary(all) < 600);
    json_t *ja = reel_tokenizer_write(a), *jb = reel_tokenizer_write(b);
    assert_true(json_equal(ja, jb));
    json_decref(ja);
    json_decref(jb);
    reel_tokenizer_free(a);
    reel_tokenizer_free(b);
    reel_tokenizer_free(all);
}

static void the_first_merge_is_the_most_frequent_pair(void **state)
{
    (void)state;
    static const char *const texts[] = { "xyxy xyz ab ab" };
    reel_tokenizer *t;
    assert_int_equal(reel_tokenizer_train(&t, texts, 1, REEL_TOKEN_MERGES + 1), REEL_OK);
    json_t *object = reel_tokenizer_write(t);
    const json_t *first = json_array_get(json_object_get(object, "merges"), 0);
    assert_int_equal(json_integer_value(json_array_get(first, 0)), REEL_TOKEN_BYTES + 'x');
    assert_int_equal(json_integer_value(json_array_get(first, 1)), REEL_TOKEN_BYTES + 'y');
    json_decref(object);
    reel_tokenizer_free(t);
}

static void a_text_that_is_too_long_is_cut_and_the_rest_counted(void **state)
{
    (void)state;
    reel_tokenizer *t = trained(REEL_TOKEN_MERGES);
    int32_t ids[6];
    reel_token_count n;
    assert_int_equal(reel_tokenizer_encode(t, "abcdefgh", ids, 6, &n), REEL_OK);
    assert_int_equal(n.count, 6);
    assert_int_equal(ids[5], REEL_TOKEN_END);
    assert_int_equal(n.truncated, 5); /* a space and eight letters, four fitted */
    assert_int_equal(reel_tokenizer_encode(t, "a", ids, 1, &n), REEL_ERR_INVALID);
    assert_int_equal(reel_tokenizer_encode(t, "bad \xff", ids, 6, &n), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "text: is no valid UTF-8");
    reel_tokenizer_free(t);
}

static void a_batch_is_padded_to_its_longest_text(void **state)
{
    (void)state;
    reel_tokenizer *t = trained(REEL_TOKEN_MERGES);
    static const char *const texts[] = { "ab", "", "abcd" };
    reel_token_batch batch;
    assert_int_equal(reel_token_batch_build(&batch, t, texts, 3, 96), REEL_OK);
    assert_int_equal(batch.length, 7);
    const int lengths[] = { 5, 2, 7 };
    for (int b = 0; b < 3; b++) {
        for (int i = 0; i < 7; i++) {
            assert_true(batch.mask[7 * b + i] == (i < lengths[b] ? 1.0f : 0.0f));
            assert_int_equal(batch.ids[7 * b + i] != REEL_TOKEN_PAD, i < lengths[b]);
        }
        assert_int_equal(batch.ids[7 * b + lengths[b] - 1], REEL_TOKEN_END);
    }
    reel_token_batch_free(&batch);
    reel_tokenizer_free(t);
}

static void a_saved_tokenizer_encodes_as_before(void **state)
{
    (void)state;
    reel_tokenizer *t = trained(350), *back;
    const char *path = scratch_path("tokenizer.json");
    assert_int_equal(reel_tokenizer_save(t, path), REEL_OK);
    assert_int_equal(reel_tokenizer_load(&back, path), REEL_OK);
    int32_t a[64], b[64];
    reel_token_count na, nb;
    assert_int_equal(reel_tokenizer_encode(t, captions[0], a, 64, &na), REEL_OK);
    assert_int_equal(reel_tokenizer_encode(back, captions[0], b, 64, &nb), REEL_OK);
    assert_int_equal(na.count, nb.count);
    assert_memory_equal(a, b, (size_t)na.count * sizeof *a);
    reel_tokenizer_free(t);
    reel_tokenizer_free(back);
}

static void check_refused(const char *text, const char *message)
{
    reel_tokenizer *t;
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    assert_int_equal(reel_tokenizer_read(&t, object), REEL_ERR_FORMAT);
    assert_null(t);
    assert_string_equal(reel_error_message(), message);
    json_decref(object);
}

static void hostile_merges_are_refused(void **state)
{
    (void)state;
    check_refused("{\"merges\": []}", "type: is absent, expected byte_bpe");
    check_refused("{\"type\": \"byte_bpe\"}", "merges: expected an array of at most 65267 pairs");
    check_refused("{\"type\": \"byte_bpe\", \"merges\": [[20]]}", "merges[0]: expected two ids");
    check_refused("{\"type\": \"byte_bpe\", \"merges\": [[20, 269]]}",
                  "merges[0]: is [20, 269], expected ids from 13 to 268");
    check_refused("{\"type\": \"byte_bpe\", \"merges\": [[20, 21], [20, 21]]}",
                  "merges[1]: is [20, 21], as merges[0]");
    /* doubling: 2, 4, 8 .. 128 bytes */
    check_refused("{\"type\": \"byte_bpe\", \"merges\": [[20, 20], [269, 269], [270, 270], "
                  "[271, 271], [272, 272], [273, 273], [274, 274]]}",
                  "merges[6]: stands for 128 bytes, expected at most 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_comes_back_in_lower_case_with_single_spaces),
        cmocka_unit_test(a_tag_is_one_id),
        cmocka_unit_test(frequent_words_become_one_id_wherever_they_stand),
        cmocka_unit_test(training_is_deterministic_and_stops_when_no_pair_repeats),
        cmocka_unit_test(the_first_merge_is_the_most_frequent_pair),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_and_the_rest_counted),
        cmocka_unit_test(a_batch_is_padded_to_its_longest_text),
        cmocka_unit_test_setup_teardown(a_saved_tokenizer_encodes_as_before, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(hostile_merges_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
