/* The text encoder and its attribute head: against PyTorch, padding, files. */
#include "model/text_encoder/text_encoder.h"

#include "base/error.h"
#include "base/json.h"
#include "golden_network.h"
#include "model/text_encoder/attribute_head.h"
#include "scratch.h"

static const char *const texts[] = { "a red ball", "a blue ball rolls, thud" };

static void fresh(reel_text_encoder *encoder)
{
    const reel_text_encoder_config config = reel_text_encoder_config_tiny();
    reel_tokenizer *tokenizer;
    assert_int_equal(reel_text_encoder_init(encoder, &config), REEL_OK);
    reel_weights_randomise(&encoder->weights, 1);
    assert_int_equal(reel_tokenizer_train(&tokenizer, texts, 2, 290), REEL_OK);
    assert_int_equal(reel_text_encoder_set_tokenizer(encoder, tokenizer), REEL_OK);
}

static void output_logits_and_all_gradients_match_pytorch(void **state)
{
    (void)state;
    const reel_text_encoder_config config = reel_text_encoder_config_tiny();
    const reel_attribute_head_config attributes = {
        .width = 24, .heads = 3, .count = 2, .attributes = { { "colour", 5 }, { "place", 3 } }
    };
    reel_safetensors file;
    reel_text_encoder encoder = { .config = config };
    reel_attribute_head head;
    golden_open(&file, "text_encoder");
    assert_int_equal(reel_text_encoder_init(&encoder, &config), REEL_OK);
    free(encoder.weights.values); /* one buffer for both, as in training */
    encoder.weights.values = NULL;
    reel_attribute_head_declare(&encoder.weights, &head, &attributes);
    assert_int_equal(reel_weights_alloc(&encoder.weights), REEL_OK);
    golden_fill(&encoder.weights, &file);
    assert_int_equal(reel_weights_alloc_grads(&encoder.weights), REEL_OK);

    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_tensor *mask = golden_input(rt, &file, "mask"), *logits[2];
    reel_tensor *text =
        reel_text_encoder_forward(rt, &encoder, golden_input(rt, &file, "ids"), mask);
    reel_attribute_head_classify(rt, &head, text, mask, logits);
    reel_tensor *loss = reel_mse(rt, text, golden_input(rt, &file, "target"), NULL);
    loss = reel_add(rt, loss, reel_cross_entropy(rt, logits[0], golden_input(rt, &file, "colour")));
    loss = reel_add(rt, loss, reel_cross_entropy(rt, logits[1], golden_input(rt, &file, "place")));
    if (reel_backward(rt, loss, 1.0f) < 0) {
        fail_msg("%s", reel_error_message());
    }
    golden_compare("text", text, &file, 1e-5);
    golden_compare("logits.colour", logits[0], &file, 1e-5);
    golden_compare("logits.place", logits[1], &file, 1e-5);
    golden_compare_grads(&encoder.weights, &file, 1e-5);
    check_rt_free(rt);
    reel_text_encoder_deinit(&encoder);
    reel_safetensors_close(&file);
}

static void padding_does_not_change_the_vectors_of_a_text(void **state)
{
    (void)state;
    reel_text_encoder encoder;
    fresh(&encoder);
    reel_token_batch alone, both;
    assert_int_equal(reel_token_batch_build(&alone, encoder.tokenizer, texts, 1, 16), REEL_OK);
    assert_int_equal(reel_token_batch_build(&both, encoder.tokenizer, texts, 2, 16), REEL_OK);
    assert_true(alone.length < both.length);
    reel_rt *rt = check_rt_new();
    const reel_encoded_text a = reel_text_encoder_encode(rt, &encoder, &alone);
    const reel_encoded_text b = reel_text_encoder_encode(rt, &encoder, &both);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(check_distance(reel_f32(b.text), reel_f32(a.text), reel_count(a.text)) < 1e-6);
    check_rt_free(rt);
    reel_token_batch_free(&alone);
    reel_token_batch_free(&both);
    reel_text_encoder_deinit(&encoder);
}

static void a_saved_encoder_opens_with_its_tokenizer(void **state)
{
    (void)state;
    reel_text_encoder encoder, back;
    fresh(&encoder);
    const char *path = scratch_path("text_encoder.safetensors");
    assert_int_equal(reel_text_encoder_save(&encoder, path, REEL_F32), REEL_OK);
    if (reel_text_encoder_open(&back, path) < 0) {
        fail_msg("%s", reel_error_message());
    }
    assert_memory_equal(&back.config, &encoder.config, sizeof back.config);
    assert_memory_equal(back.weights.values, encoder.weights.values,
                        encoder.weights.elements * sizeof(float));
    int32_t a[16], b[16];
    reel_token_count na, nb;
    assert_int_equal(reel_tokenizer_encode(encoder.tokenizer, texts[1], a, 16, &na), REEL_OK);
    assert_int_equal(reel_tokenizer_encode(back.tokenizer, texts[1], b, 16, &nb), REEL_OK);
    assert_int_equal(na.count, nb.count);
    assert_memory_equal(a, b, (size_t)na.count * sizeof *a);
    reel_text_encoder_deinit(&encoder);
    reel_text_encoder_deinit(&back);
}

static void a_tokenizer_larger_than_the_embedding_is_refused(void **state)
{
    (void)state;
    reel_text_encoder encoder;
    reel_text_encoder_config config = reel_text_encoder_config_tiny();
    config.vocabulary = REEL_TOKEN_MERGES + 1;
    reel_tokenizer *tokenizer;
    assert_int_equal(reel_text_encoder_init(&encoder, &config), REEL_OK);
    assert_int_equal(reel_tokenizer_train(&tokenizer, texts, 2, REEL_TOKEN_MERGES + 2), REEL_OK);
    assert_int_equal(reel_text_encoder_set_tokenizer(&encoder, tokenizer), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "tokenizer: has 271 ids, expected at most 270");
    reel_text_encoder_deinit(&encoder);
}

static void check_head_config(const char *text, const char *message)
{
    reel_attribute_head_config config;
    json_t *object = json_loads(text, 0, NULL);
    assert_int_equal(reel_attribute_head_config_read(&config, object), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), message);
    json_decref(object);
}

static void configs_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    reel_text_encoder_config config;
    json_t *object = json_loads("{\"width\": 190}", 0, NULL);
    assert_int_equal(reel_text_encoder_config_read(&config, object), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(),
                        "width: is 190, expected a multiple of 2 * heads = 6");
    json_decref(object);
    check_head_config("{}", "attributes: expected an array of 1 to 64");
    check_head_config("{\"attributes\": [{\"name\": \"Colour\", \"classes\": 3}]}",
                      "attributes[0]: name: expected 1 to 31 of a-z, 0-9, _");
    check_head_config("{\"attributes\": [{\"name\": \"colour\"}]}",
                      "attributes[0]: classes: is absent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_logits_and_all_gradients_match_pytorch),
        cmocka_unit_test(padding_does_not_change_the_vectors_of_a_text),
        cmocka_unit_test_setup_teardown(a_saved_encoder_opens_with_its_tokenizer, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(a_tokenizer_larger_than_the_embedding_is_refused),
        cmocka_unit_test(configs_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
