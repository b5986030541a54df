/* Files: whole, mapped, and written so that no half file is ever seen. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#include <stdlib.h>
#include <sys/stat.h>

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    const char bytes[] = "line\n\0\xff end";
    const char *path = scratch_path("bytes");
    char *text;
    size_t size;
    assert_int_equal(reel_file_write(path, bytes, sizeof bytes), REEL_OK);
    assert_int_equal(reel_file_read(&text, &size, path, 100), REEL_OK);
    assert_int_equal(size, sizeof bytes);
    assert_memory_equal(text, bytes, size);
    assert_int_equal(text[size], 0);
    free(text);
    assert_int_equal(scratch_count(), 1); /* no temporary file stays */
}

static void a_mapping_shows_the_file(void **state)
{
    (void)state;
    const char *path = scratch_path("mapped");
    reel_mapping mapping;
    assert_int_equal(reel_file_write(path, "abc", 3), REEL_OK);
    assert_int_equal(reel_file_map(&mapping, path), REEL_OK);
    assert_int_equal(mapping.size, 3);
    assert_memory_equal(mapping.data, "abc", 3);
    reel_file_unmap(&mapping);
    reel_file_unmap(&mapping);
    assert_null(mapping.data);
}

static void an_empty_file_is_empty_and_no_failure(void **state)
{
    (void)state;
    const char *path = scratch_path("empty");
    reel_mapping mapping;
    char *text;
    size_t size = 99;
    assert_int_equal(reel_file_write(path, "", 0), REEL_OK);
    assert_int_equal(reel_file_map(&mapping, path), REEL_OK);
    assert_int_equal(mapping.size, 0);
    assert_int_equal(reel_file_read(&text, &size, path, 0), REEL_OK);
    assert_int_equal(size, 0);
    assert_string_equal(text, "");
    free(text);
}

static void a_file_over_the_limit_is_refused_with_both_sizes(void **state)
{
    (void)state;
    const char *path = scratch_path("long");
    char *text, expected[600];
    assert_int_equal(reel_file_write(path, "12345", 5), REEL_OK);
    assert_int_equal(reel_file_read(&text, NULL, path, 4), REEL_ERR_FORMAT);
    assert_null(text);
    snprintf(expected, sizeof expected, "%s: has 5 bytes, at most 4 are read", path);
    assert_string_equal(reel_error_message(), expected);
    assert_int_equal(reel_file_read(&text, NULL, path, 5), REEL_OK);
    free(text);
}

static void an_absent_file_is_not_found_and_a_folder_is_no_file(void **state)
{
    (void)state;
    reel_mapping mapping;
    char *text;
    assert_int_equal(reel_file_map(&mapping, scratch_path("absent")), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_file_read(&text, NULL, scratch_path("absent"), 9), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_file_read(&text, NULL, scratch_dir, 9), REEL_ERR_IO);
    assert_non_null(strstr(reel_error_message(), "is no regular file"));
    assert_int_equal(reel_file_write(scratch_path("absent/file"), "x", 1), REEL_ERR_NOT_FOUND);
}

static void a_pipe_is_refused_and_not_waited_for(void **state)
{
    (void)state;
    reel_mapping mapping;
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    assert_int_equal(reel_file_map(&mapping, scratch_path("pipe")), REEL_ERR_IO);
    assert_non_null(strstr(reel_error_message(), "is no regular file"));
}

static void an_aborted_write_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = scratch_path("kept");
    reel_atomic_file file;
    char *text;
    assert_int_equal(reel_file_write(path, "old", 3), REEL_OK);
    assert_int_equal(reel_atomic_open(&file, path), REEL_OK);
    assert_int_equal(fputs("new and half", file.stream) >= 0, 1);
    assert_int_equal(scratch_count(), 2);
    reel_atomic_abort(&file);
    reel_atomic_abort(&file);
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(reel_file_read(&text, NULL, path, 100), REEL_OK);
    assert_string_equal(text, "old");
    free(text);
}

static void a_committed_write_replaces_the_old_file_at_once(void **state)
{
    (void)state;
    const char *path = scratch_path("replaced");
    reel_atomic_file file;
    char *text;
    assert_int_equal(reel_file_write(path, "old", 3), REEL_OK);
    assert_int_equal(reel_atomic_open(&file, path), REEL_OK);
    assert_int_equal(fputs("new", file.stream) >= 0, 1);
    assert_int_equal(fflush(file.stream), 0);
    assert_int_equal(reel_file_read(&text, NULL, path, 100), REEL_OK);
    assert_string_equal(text, "old");
    free(text);
    assert_int_equal(reel_atomic_commit(&file), REEL_OK);
    reel_atomic_abort(&file);
    assert_int_equal(reel_file_read(&text, NULL, path, 100), REEL_OK);
    assert_string_equal(text, "new");
    free(text);
    assert_int_equal(scratch_count(), 1);
}

static void a_write_that_cannot_finish_leaves_nothing(void **state)
{
    (void)state;
    const char *path = scratch_path("taken"); /* a folder that rename cannot replace */
    assert_int_equal(mkdir(path, 0777), 0);
    assert_true(reel_file_write(path, "x", 1) < 0);
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(rmdir(path), 0);
}

static void a_folder_is_made_with_its_parents(void **state)
{
    (void)state;
    assert_int_equal(reel_dir_make(scratch_path("a/b/c")), REEL_OK);
    assert_int_equal(reel_dir_make(scratch_path("a/b/c")), REEL_OK);
    assert_true(reel_file_exists(scratch_path("a/b/c")));
    assert_false(reel_file_exists(scratch_path("a/b/d")));
    assert_int_equal(reel_file_write(scratch_path("a/b/file"), "x", 1), REEL_OK);
    assert_true(reel_dir_make(scratch_path("a/b/file/c")) < 0);
    unlink(scratch_path("a/b/file"));
    rmdir(scratch_path("a/b/c"));
    rmdir(scratch_path("a/b"));
    assert_int_equal(rmdir(scratch_path("a")), 0);
}

static void paths_are_joined_by_one_slash(void **state)
{
    (void)state;
    char *path = reel_path_join("models/mini", "model.json");
    assert_string_equal(path, "models/mini/model.json");
    free(path);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(what_is_written_is_read_back),
        IN_SCRATCH(a_mapping_shows_the_file),
        IN_SCRATCH(an_empty_file_is_empty_and_no_failure),
        IN_SCRATCH(a_file_over_the_limit_is_refused_with_both_sizes),
        IN_SCRATCH(an_absent_file_is_not_found_and_a_folder_is_no_file),
        IN_SCRATCH(a_pipe_is_refused_and_not_waited_for),
        IN_SCRATCH(an_aborted_write_leaves_the_old_file),
        IN_SCRATCH(a_committed_write_replaces_the_old_file_at_once),
        IN_SCRATCH(a_write_that_cannot_finish_leaves_nothing),
        IN_SCRATCH(a_folder_is_made_with_its_parents),
        cmocka_unit_test(paths_are_joined_by_one_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
