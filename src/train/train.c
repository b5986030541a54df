/* Training by recipe: one file, or the files of a folder in their order. */
#include "reel/train.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "tensor/device.h"
#include "train/trainer.h"

#include <dirent.h>
#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STAGES_MAX = 64, PATH_SIZE = 4096 };

typedef struct {
    char *name[STAGES_MAX];
    int count;
} file_list;

static void list_free(file_list *list)
{
    for (int i = 0; i < list->count; i++) {
        free(list->name[i]);
    }
}

static reel_status list_add(file_list *list, const char *name)
{
    char *copy = list->count < STAGES_MAX ? strdup(name) : NULL;
    if (!copy) {
        return REEL_FAIL(REEL_ERR_FORMAT, "has more than %d recipes", STAGES_MAX);
    }
    list->name[list->count++] = copy;
    return REEL_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_recipe(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0 && name[0] != '.';
}

static reel_status list_folder(file_list *list, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s", strerror(errno));
    }
    reel_status status = REEL_OK;
    for (struct dirent *e; status == REEL_OK && (e = readdir(dir));) {
        if (is_recipe(e->d_name)) {
            status = list_add(list, e->d_name);
        }
    }
    closedir(dir);
    qsort(list->name, (size_t)list->count, sizeof *list->name, by_name);
    return status;
}

static reel_status list_order(file_list *list, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    REEL_TRY(reel_file_read(&text, &length, path, 1 << 20));
    json_t *order = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    reel_status status = REEL_OK;
    for (size_t i = 0; status == REEL_OK && i < json_array_size(order); i++) {
        const char *name = json_string_value(json_array_get(order, i));
        status = name && !strchr(name, '/') && is_recipe(name)
                     ? list_add(list, name)
                     : REEL_FAIL(REEL_ERR_FORMAT, "order.json: [%zu] is no recipe's file name", i);
    }
    if (status == REEL_OK && list->count == 0) {
        status = REEL_FAIL(REEL_ERR_FORMAT, "order.json: is no array of file names");
    }
    json_decref(order);
    return status;
}

/* What is done with every recipe. */
typedef reel_status (*recipe_fn)(const reel_stage_ops *ops, const reel_recipe *recipe,
                                 const reel_train_options *options);

static reel_status encode(const reel_stage_ops *ops, const reel_recipe *recipe,
                          const reel_train_options *options)
{
    return ops->prepare ? ops->prepare(recipe, options->progress, options->user) : REEL_OK;
}

static reel_status with_recipe(const char *path, recipe_fn run, const reel_train_options *options)
{
    reel_recipe recipe;
    REEL_TRY(reel_recipe_load(&recipe, path));
    const reel_stage_ops *ops = reel_stage_find(recipe.stage);
    reel_status status =
        ops ? run(ops, &recipe, options)
            : REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: stage: there is no \"%s\"", path, recipe.stage);
    reel_recipe_deinit(&recipe);
    return status;
}

/* A stage of a folder leaves the file "done" in its run when its part is written. */
static reel_status train_named(const char *path, const char *name,
                               const reel_train_options *options)
{
    char run[PATH_SIZE], done[PATH_SIZE + 8];
    snprintf(run, sizeof run, "%s/%.*s", options->run_dir, (int)strlen(name) - 5, name);
    snprintf(done, sizeof done, "%s/done", run);
    if (options->resume && reel_file_exists(done)) {
        reel_log(REEL_LOG_INFO, "%s: is trained already", name);
        return REEL_OK;
    }
    reel_train_options own = *options;
    own.run_dir = run;
    REEL_TRY(with_recipe(path, reel_trainer_run, &own));
    return reel_file_write(done, "", 0);
}

static reel_status with_named(const char *folder, const char *name, recipe_fn run,
                              const reel_train_options *options)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return run == reel_trainer_run ? train_named(path, name, options)
                                   : with_recipe(path, run, options);
}

static reel_status with_folder(const char *folder, recipe_fn run, const reel_train_options *options)
{
    file_list list = { 0 };
    char order[PATH_SIZE];
    snprintf(order, sizeof order, "%s/order.json", folder);
    reel_status status =
        reel_file_exists(order) ? list_order(&list, order) : list_folder(&list, folder);
    if (status == REEL_OK && list.count == 0) {
        status = REEL_FAIL(REEL_ERR_NOT_FOUND, "holds no recipe");
    }
    if (status < 0) {
        reel_fail_in(status, "%s", folder);
    }
    for (int i = 0; status == REEL_OK && i < list.count; i++) {
        status = with_named(folder, list.name[i], run, options);
    }
    list_free(&list);
    return status;
}

static reel_status with_path(const char *path, recipe_fn run, const reel_train_options *options)
{
    struct stat info;
    const reel_device *device, *before;
    if (stat(path, &info) != 0) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    }
    REEL_TRY(reel_device_open(&device, options->device));
    REEL_TRY(reel_device_select(device, &before));
    int threads = omp_get_max_threads();
    if (options->threads > 0) {
        omp_set_num_threads(options->threads);
    }
    reel_status status =
        S_ISDIR(info.st_mode) ? with_folder(path, run, options) : with_recipe(path, run, options);
    omp_set_num_threads(threads);
    reel_device_select(before, NULL);
    return status;
}

static reel_status check_options(const char *path, const reel_train_options *o)
{
    if (!path || !o || o->size != sizeof *o) {
        return REEL_FAIL(REEL_ERR_INVALID,
                         "train: a recipe and options of this version are needed");
    }
    if (o->threads < 0 || o->max_steps < 0 || !(o->max_minutes >= 0)) {
        return REEL_FAIL(REEL_ERR_INVALID, "train: threads, max_steps, max_minutes: are below 0");
    }
    return REEL_OK;
}

reel_status reel_train(const char *path, const reel_train_options *options)
{
    REEL_TRY(check_options(path, options));
    if (!options->run_dir) {
        return REEL_FAIL(REEL_ERR_INVALID, "train: run_dir: is missing");
    }
    return with_path(path, reel_trainer_run, options);
}

reel_status reel_train_encode(const char *path, const reel_train_options *options)
{
    REEL_TRY(check_options(path, options));
    return with_path(path, encode, options);
}
