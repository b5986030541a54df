/* Clips from a folder of films. */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "media/decode.h"
#include "media/image.h"
#include "media/probe.h"
#include "train/clip_source.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PIECES_MAX = 8, FILMS_MAX = 1000000, CAPTION_FILE_LIMIT = 1 << 16 };

typedef struct {
    char *path;
    int pieces;
    reel_clip_captions captions;
} film;

typedef struct {
    reel_clip_shape shape;
    film *films;
    int film_count, film_capacity;
    int64_t count; /* pieces in all */
} folder_source;

static void folder_close(void *self)
{
    folder_source *s = self;
    for (int i = 0; i < s->film_count; i++) {
        free(s->films[i].path);
    }
    free(s->films);
    free(s);
}

static int has_extension(const char *name, const char *const *extensions)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *extensions; extensions++) {
        if (strcasecmp(dot + 1, *extensions) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_film(const char *name)
{
    static const char *const films[] = { "mp4", "mov", "mkv", "webm", "avi", "m4v", "gif", NULL };
    return has_extension(name, films);
}

static int is_image(const char *name)
{
    static const char *const images[] = { "png", "jpg", "jpeg", "webp", "bmp", NULL };
    return has_extension(name, images);
}

/* --- captions ------------------------------------------------------------------------------ */

static reel_status set_caption(reel_clip_captions *captions, int kind, const char *text)
{
    size_t length = strcspn(text, "\r\n");
    if (length >= sizeof captions->text[kind] || !reel_utf8_is_valid(text, length)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "caption: expected UTF-8 of at most %zu bytes",
                         sizeof captions->text[kind] - 1);
    }
    memcpy(captions->text[kind], text, length);
    captions->text[kind][length] = 0;
    return REEL_OK;
}

static reel_status read_json_captions(reel_clip_captions *captions, const char *path)
{
    static const char *const kinds[REEL_CAPTIONS] = { "short", "long", "structured" };
    json_t *object = NULL;
    const char *all = NULL;
    REEL_TRY(reel_json_load(&object, path));
    reel_status status = reel_json_string(&all, object, "caption");
    for (int i = 0; status == REEL_OK && i < REEL_CAPTIONS; i++) {
        const char *text = all;
        status = reel_json_string(&text, object, kinds[i]);
        if (status == REEL_OK) {
            status = text ? set_caption(captions, i, text)
                          : REEL_FAIL(REEL_ERR_FORMAT, "%s: is missing", kinds[i]);
        }
    }
    json_decref(object);
    return status;
}

static reel_status read_text_caption(reel_clip_captions *captions, const char *path)
{
    char *text = NULL;
    reel_status status = reel_file_read(&text, NULL, path, CAPTION_FILE_LIMIT);
    for (int i = 0; status == REEL_OK && i < REEL_CAPTIONS; i++) {
        status = set_caption(captions, i, text);
    }
    free(text);
    return status;
}

static reel_status read_captions(reel_clip_captions *captions, const char *film_path)
{
    char path[4096];
    int stem = (int)(strrchr(film_path, '.') - film_path);
    snprintf(path, sizeof path, "%.*s.json", stem, film_path);
    if (reel_file_exists(path)) {
        return read_json_captions(captions, path);
    }
    snprintf(path, sizeof path, "%.*s.txt", stem, film_path);
    return read_text_caption(captions, path);
}

/* --- the list ------------------------------------------------------------------------------ */

static reel_status count_pieces(film *f, const reel_clip_shape *shape)
{
    f->pieces = 1;
    if (shape->frames == 1) {
        return REEL_OK;
    }
    reel_media_info info;
    REEL_TRY(reel_media_probe(&info, f->path));
    double pieces = floor(info.seconds * shape->fps / shape->frames + 0.02);
    f->pieces = pieces > PIECES_MAX ? PIECES_MAX : (int)pieces;
    return f->pieces ? REEL_OK
                     : REEL_FAIL(REEL_ERR_FORMAT, "lasts %.2f s, expected at least %.2f s",
                                 info.seconds, (double)shape->frames / shape->fps);
}

static reel_status add_film(folder_source *s, char *path)
{
    film f = { .path = path };
    reel_status status = read_captions(&f.captions, path);
    if (status == REEL_OK) {
        status = count_pieces(&f, &s->shape);
    }
    if (status < 0) {
        reel_log(REEL_LOG_WARN, "%s is left out: %s", path, reel_error_message());
        free(path);
        return REEL_OK;
    }
    if (s->film_count == s->film_capacity) {
        int capacity = s->film_capacity ? 2 * s->film_capacity : 64;
        film *films =
            capacity <= FILMS_MAX ? realloc(s->films, (size_t)capacity * sizeof *films) : NULL;
        if (!films) {
            free(path);
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for more than %d films", s->film_count);
        }
        s->films = films;
        s->film_capacity = capacity;
    }
    s->films[s->film_count++] = f;
    s->count += f.pieces;
    return REEL_OK;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const film *)a)->path, ((const film *)b)->path);
}

static reel_status list_films(folder_source *s, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: %s", folder, strerror(errno));
    }
    reel_status status = REEL_OK;
    for (struct dirent *e; status == REEL_OK && (e = readdir(dir));) {
        if (is_film(e->d_name) || (s->shape.frames == 1 && is_image(e->d_name))) {
            char *path = reel_path_join(folder, e->d_name);
            status = path ? add_film(s, path) : REEL_FAIL(REEL_ERR_MEMORY, "no memory");
        }
    }
    closedir(dir);
    if (status == REEL_OK && s->film_count == 0) {
        status = REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: holds no film with a caption", folder);
    }
    if (status == REEL_OK) {
        qsort(s->films, (size_t)s->film_count, sizeof *s->films, by_path);
    }
    return status;
}

/* --- making a clip ------------------------------------------------------------------------- */

static reel_status read_still(reel_clip *clip, const film *f)
{
    reel_image image = { 0 };
    reel_scaler *scaler = NULL;
    reel_status status;
    REEL_TRY_OR_DONE(reel_image_read(&image, f->path, 0));
    REEL_TRY_OR_DONE(reel_scaler_new(&scaler, image.width, image.height, clip->width, clip->height,
                                     REEL_FIT_COVER));
    reel_scaler_frame(scaler, clip->rgb, image.rgb);
done:
    reel_scaler_free(scaler);
    reel_image_free(&image);
    return status;
}

static reel_status read_piece(reel_clip *clip, const reel_clip_shape *shape, const film *f,
                              int piece)
{
    int64_t first = (int64_t)piece * shape->frames;
    int64_t first_sample = first * shape->sample_rate / shape->fps;
    reel_decode_options options = {
        .width = shape->width,
        .height = shape->height,
        .fit = REEL_FIT_COVER,
        .fps_num = shape->fps,
        .fps_den = 1,
        .sample_rate = shape->sample_rate,
        .channels = 2,
        .take_seconds = (double)(first + shape->frames + 1) / shape->fps,
    };
    reel_clip read;
    REEL_TRY(reel_media_read_clip(&read, f->path, &options));
    size_t frame = (size_t)shape->width * (size_t)shape->height * 3;
    for (int i = 0; i < shape->frames && read.frames > 0; i++) { /* the last frame stays */
        int64_t from = first + i < read.frames ? first + i : read.frames - 1;
        memcpy(clip->rgb + (size_t)i * frame, read.rgb + (size_t)from * frame, frame);
    }
    int64_t left = read.samples - first_sample;
    size_t count = left <= 0 ? 0 : (size_t)(left < clip->samples ? left : clip->samples);
    for (int c = 0; c < clip->channels && c < read.channels && count > 0; c++) {
        memcpy(clip->pcm + c * clip->samples, read.pcm + c * read.samples + first_sample,
               count * sizeof *clip->pcm);
    }
    reel_clip_free(&read);
    return REEL_OK;
}

static reel_status folder_make(void *self, int worker, int64_t index, reel_clip *clip,
                               reel_clip_captions *captions)
{
    folder_source *s = self;
    (void)worker;
    int i = 0;
    for (; index >= s->films[i].pieces; i++) {
        index -= s->films[i].pieces;
    }
    const film *f = &s->films[i];
    *captions = f->captions;
    reel_status status =
        s->shape.frames == 1 ? read_still(clip, f) : read_piece(clip, &s->shape, f, (int)index);
    return status < 0 ? reel_fail_in(status, "%s", f->path) : REEL_OK;
}

reel_status reel_clip_source_folder(reel_clip_source *out, const reel_clip_shape *shape,
                                    const char *folder)
{
    folder_source *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", folder);
    }
    s->shape = *shape;
    reel_status status = list_films(s, folder);
    if (status < 0) {
        folder_close(s);
        return status;
    }
    *out = (reel_clip_source){
        .self = s, .count = s->count, .make = folder_make, .close = folder_close
    };
    return REEL_OK;
}
