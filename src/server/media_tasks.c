/* mediaStorage and imageUpload: media of clients, stored and deleted. */
#include "base/str.h"
#include "server/check_parameters.h"
#include "server/errors.h"
#include "server/media.h"
#include "server/task_types.h"

#include <string.h>

enum { UPLOADED_IMAGE_SIDE = 2048, URL_MAX = 2048 };

static const reel_parameter storage_rows[] = {
    REEL_TASK_ROWS("mediaStorage"),
    { .path = "operation",
      .type = REEL_PARAMETER_STRING,
      .values = "upload delete",
      .preset = "upload",
      .about = "Stores media, or removes what was stored." },
    { .path = "media",
      .type = REEL_PARAMETER_STRING,
      .is_required = 1,
      .format = REEL_FORMAT_MEDIA,
      .about = "What to store: URL, data URI or base64 of an image, a film or a sound. What to "
               "remove: its UUID." },
};

static const reel_parameter upload_rows[] = {
    REEL_TASK_ROWS("imageUpload"),
    { .path = "image",
      .type = REEL_PARAMETER_STRING,
      .is_required = 1,
      .format = REEL_FORMAT_MEDIA,
      .about = "URL, data URI or base64 of an image; stored with sides up to 2048." },
};

const reel_parameter_table reel_media_storage_parameters = {
    storage_rows, sizeof storage_rows / sizeof *storage_rows
};
const reel_parameter_table reel_image_upload_parameters = { upload_rows, sizeof upload_rows /
                                                                             sizeof *upload_rows };

/* Non-zero if the task is good and there is a place for media. */
static int check(reel_reply *reply, const reel_protocol *protocol, const json_t *task,
                 const reel_parameter_table *table)
{
    json_t *error;
    if (!reel_check_object(&error, task, table)) {
        reel_reply_add_error(reply, error);
        return 0;
    }
    if (!protocol->media) {
        reel_reply_add_error(
            reply, reel_error_new("serviceUnavailable", NULL, "This server stores no media."));
        return 0;
    }
    return 1;
}

static json_t *address_of(const reel_protocol *protocol, const reel_media *media)
{
    reel_str url;
    reel_str_init(&url, URL_MAX);
    reel_str_printf(&url, "%s/files/%s", protocol->public_url, media->file);
    json_t *text = url.status < 0 ? NULL : json_string(url.text);
    reel_str_deinit(&url);
    return text;
}

static void remove_media(reel_reply *reply, const reel_protocol *protocol, int64_t key,
                         const json_t *task)
{
    const json_t *uuid = json_object_get(task, "media");
    reel_status status = reel_media_delete(protocol->media, json_string_value(uuid), key);
    if (status == REEL_ERR_NOT_FOUND) {
        reel_reply_add_error(
            reply, reel_error_new("mediaNotFound", "media", "There is no such media of yours."));
    } else if (status < 0) {
        reel_reply_add_error(reply, reel_error_internal("mediaStorage"));
    } else {
        reel_reply_add(reply, json_pack("{s:s, s:O, s:s, s:O}", "taskType", "mediaStorage",
                                        "taskUUID", json_object_get(task, "taskUUID"), "operation",
                                        "delete", "mediaUUID", uuid));
    }
}

void reel_answer_media_storage(reel_reply *reply, const reel_protocol *protocol,
                               reel_caller *caller, const json_t *task)
{
    json_t *error;
    if (!check(reply, protocol, task, &reel_media_storage_parameters)) {
        return;
    }
    const char *operation = json_string_value(json_object_get(task, "operation"));
    if (operation && strcmp(operation, "delete") == 0) {
        remove_media(reply, protocol, caller->key, task);
        return;
    }
    reel_media media;
    reel_media_wish wish = { .key = caller->key, .parameter = "media", .kinds = REEL_TAKE_ANY };
    const char *text = json_string_value(json_object_get(task, "media"));
    if (!reel_media_take(&media, &error, protocol->media, text, &wish)) {
        reel_reply_add_error(reply, error);
        return;
    }
    reel_reply_add(reply,
                   json_pack("{s:s, s:O, s:s, s:s, s:o}", "taskType", "mediaStorage", "taskUUID",
                             json_object_get(task, "taskUUID"), "operation", "upload", "mediaUUID",
                             media.uuid, "mediaURL", address_of(protocol, &media)));
}

void reel_answer_image_upload(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                              const json_t *task)
{
    json_t *error;
    if (!check(reply, protocol, task, &reel_image_upload_parameters)) {
        return;
    }
    reel_media media;
    reel_media_wish wish = { .key = caller->key,
                             .parameter = "image",
                             .kinds = REEL_TAKE_IMAGE,
                             .max_side = UPLOADED_IMAGE_SIDE };
    const char *text = json_string_value(json_object_get(task, "image"));
    if (!reel_media_take(&media, &error, protocol->media, text, &wish)) {
        reel_reply_add_error(reply, error);
        return;
    }
    reel_reply_add(reply, json_pack("{s:s, s:O, s:s, s:o}", "taskType", "imageUpload", "taskUUID",
                                    json_object_get(task, "taskUUID"), "imageUUID", media.uuid,
                                    "imageURL", address_of(protocol, &media)));
}
