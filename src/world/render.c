/* The renderer: backdrop once per place, posts once per clip, object and weather per frame. */
#include "world/render.h"

#include "base/error.h"
#include "world/motion.h"
#include "world/objects.h"
#include "world/places.h"
#include "world/raster.h"
#include "world/sound.h"
#include "world/weather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reel_world_renderer {
    int width, height; /* of the kept pictures, 0: none */
    double aspect;
    uint8_t *backdrops[REEL_PLACE_COUNT][REEL_DAYTIME_COUNT]; /* NULL: not painted yet */
    uint8_t *set;                                             /* backdrop and posts of this clip */
};

reel_status reel_world_renderer_new(reel_world_renderer **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "renderer: no memory");
}

static void forget_pictures(reel_world_renderer *renderer)
{
    for (int p = 0; p < REEL_PLACE_COUNT; p++) {
        for (int d = 0; d < REEL_DAYTIME_COUNT; d++) {
            free(renderer->backdrops[p][d]);
            renderer->backdrops[p][d] = NULL;
        }
    }
    free(renderer->set);
    renderer->set = NULL;
    renderer->width = renderer->height = 0;
}

void reel_world_renderer_free(reel_world_renderer *renderer)
{
    if (renderer) {
        forget_pictures(renderer);
        free(renderer);
    }
}

static reel_status check_format(const reel_world_format *f, const reel_scene *scene)
{
    if (f->width < 16 || f->width > 4096 || f->height < 16 || f->height > 4096) {
        return REEL_FAIL(REEL_ERR_INVALID, "format: size is %dx%d, expected 16..4096 each",
                         f->width, f->height);
    }
    double ratio = (double)f->width / f->height / scene->aspect;
    if (ratio < 0.9 || ratio > 1.1) {
        return REEL_FAIL(REEL_ERR_INVALID, "format: size is %dx%d, expected an aspect of %.3f",
                         f->width, f->height, scene->aspect);
    }
    if (f->fps_num < 1 || f->fps_den < 1 || f->fps_num > 240 * (int64_t)f->fps_den) {
        return REEL_FAIL(REEL_ERR_INVALID, "format: fps is %d/%d, expected above 0 and up to 240",
                         f->fps_num, f->fps_den);
    }
    if (f->sample_rate < 8000 || f->sample_rate > 192000) {
        return REEL_FAIL(REEL_ERR_INVALID, "format: sample_rate is %d, expected 8000..192000",
                         f->sample_rate);
    }
    return REEL_OK;
}

/* ---- one frame ---- */

typedef struct {
    const reel_scene *scene;
    reel_canvas canvas;
    double scale_x, scale_y;              /* pixels per short side */
    reel_sprite sprites[REEL_ACTORS_MAX]; /* owned */
} easel;

static void easel_deinit(easel *e)
{
    for (int i = 0; i < e->scene->actor_count; i++) {
        reel_sprite_deinit(&e->sprites[i]);
    }
}

static double scale_of(const easel *e)
{
    return sqrt(e->scale_x * e->scale_y);
}

/* A wooden post whose inner face is at face_x; `side` is the way from the object to the post. */
static void draw_post(easel *e, double face_x, double height, double side)
{
    static const reel_rgb dark = { 0.16, 0.14, 0.14 }, wood = { 0.52, 0.44, 0.37 },
                          light = { 0.64, 0.56, 0.48 };
    double half = REEL_POST_HALF_WIDTH, ground = reel_scene_ground(e->scene);
    double x = (face_x + side * half) * e->scale_x, foot = (ground - 0.3 * half) * e->scale_y;
    double head = (ground - height + half) * e->scale_y, unit = scale_of(e);
    double outline = fmax(0.006 * unit, 0.6);
    reel_raster_shadow(
        &e->canvas, (reel_ellipse){ x, ground * e->scale_y, 2.2 * half * unit, 0.7 * half * unit },
        0.35);
    reel_capsule line = { x, foot, x, head, half * unit };
    reel_raster_capsule(&e->canvas, line, dark, 1.0, 1.0);
    line.radius -= outline;
    reel_raster_capsule(&e->canvas, line, wood, 1.0, 1.0);
    reel_capsule gleam = { x - 0.35 * half * unit, foot, x - 0.35 * half * unit, head,
                           0.22 * half * unit };
    reel_raster_capsule(&e->canvas, gleam, light, 1.0, 1.0);
}

static void draw_posts(easel *e)
{
    for (int i = 0; i < e->scene->actor_count; i++) {
        const reel_actor *actor = &e->scene->actors[i];
        if (actor->left_post_height > 0.0) {
            draw_post(e, actor->left_post_x, actor->left_post_height, -1.0);
        }
        if (actor->right_post_height > 0.0) {
            draw_post(e, actor->right_post_x, actor->right_post_height, 1.0);
        }
    }
}

/* Smaller and fainter the higher the object is. */
static void draw_shadow(easel *e, const reel_actor *actor, const reel_pose *pose)
{
    double radius = 0.5 * reel_sizes[actor->size].diameter;
    double near = 1.0 / (1.0 + 3.0 * fmax(0.0, pose->clearance));
    double wide = radius * (0.55 + 0.45 * near);
    reel_raster_shadow(&e->canvas,
                       (reel_ellipse){ pose->x * e->scale_x,
                                       (reel_scene_ground(e->scene) + 0.004) * e->scale_y,
                                       wide * e->scale_x, 0.22 * wide * e->scale_y },
                       0.50 * near);
}

static void draw_rope(easel *e, const reel_actor *actor, const reel_pose *pose)
{
    static const reel_rgb tones[REEL_DAYTIME_COUNT] = { { 0.24, 0.21, 0.19 },
                                                        { 0.60, 0.54, 0.46 } };
    reel_rgb rope = tones[e->scene->daytime];
    double reach = reel_sizes[actor->size].diameter * reel_object_top(actor->object);
    double x = pose->rope_x * e->scale_x, y = pose->rope_y * e->scale_y, unit = scale_of(e);
    double radius = fmax(0.0055 * unit, 0.55);
    reel_capsule above = { x, -radius, x, y, radius };
    reel_capsule line = { x, y, (pose->x + reach * sin(pose->angle)) * e->scale_x,
                          (pose->y - reach * cos(pose->angle)) * e->scale_y, radius };
    reel_raster_capsule(&e->canvas, above, rope, 1.0, 1.0);
    reel_raster_capsule(&e->canvas, line, rope, 1.0, 1.0);
    reel_raster_capsule(&e->canvas, (reel_capsule){ x, y, x, y, 0.014 * unit }, rope, 1.0, 1.0);
}

static void draw_actors(easel *e, double seconds)
{
    for (int i = 0; i < e->scene->actor_count; i++) {
        const reel_actor *actor = &e->scene->actors[i];
        reel_pose pose = reel_motion_pose(e->scene, i, seconds);
        draw_shadow(e, actor, &pose);
        if (pose.has_rope) {
            draw_rope(e, actor, &pose);
        }
        reel_raster_sprite(
            &e->canvas, &e->sprites[i],
            (reel_placement){ pose.x * e->scale_x, pose.y * e->scale_y, pose.angle, pose.stretch });
    }
}

/* ---- one clip ---- */

static size_t frame_bytes(const reel_world_format *format)
{
    return 3 * (size_t)format->width * (size_t)format->height;
}

/* renderer->set = backdrop of the scene with its posts; the backdrop is painted at most once. */
static reel_status build_set(reel_world_renderer *renderer, easel *e,
                             const reel_world_format *format)
{
    const reel_scene *scene = e->scene;
    size_t bytes = frame_bytes(format);
    if (renderer->width != format->width || renderer->height != format->height ||
        renderer->aspect != scene->aspect) {
        forget_pictures(renderer);
    }
    if (!renderer->set) {
        renderer->set = malloc(bytes);
        renderer->width = format->width;
        renderer->height = format->height;
        renderer->aspect = scene->aspect;
    }
    uint8_t **backdrop = &renderer->backdrops[scene->place][scene->daytime];
    if (!*backdrop && renderer->set) {
        *backdrop = malloc(bytes);
        if (*backdrop) {
            reel_status status = reel_place_draw(*backdrop, scene, format->width, format->height);
            if (status < 0) {
                free(*backdrop);
                *backdrop = NULL;
                return status;
            }
        }
    }
    if (!renderer->set || !*backdrop) {
        return REEL_FAIL(REEL_ERR_MEMORY, "renderer: no memory for %zu bytes", bytes);
    }
    memcpy(renderer->set, *backdrop, bytes);
    e->canvas.rgb = renderer->set;
    draw_posts(e);
    return REEL_OK;
}

/* Fails with nothing owned by the easel, else release with easel_deinit(). */
static reel_status easel_init(easel *e, reel_world_renderer *renderer, const reel_scene *scene,
                              const reel_world_format *format)
{
    *e = (easel){
        .scene = scene,
        .canvas = { .width = format->width, .height = format->height },
        .scale_x = format->width / scene->width,
        .scale_y = format->height / scene->height,
    };
    REEL_TRY(build_set(renderer, e, format));
    for (int i = 0; i < scene->actor_count; i++) {
        const reel_actor *actor = &scene->actors[i];
        reel_status status = reel_object_draw(&e->sprites[i], actor->object, actor->colour,
                                              reel_sizes[actor->size].diameter * scale_of(e));
        if (status < 0) {
            easel_deinit(e);
            return status;
        }
    }
    return REEL_OK;
}

static void draw_frame(uint8_t *rgb, const reel_world_renderer *renderer, easel *e, size_t bytes,
                       double seconds)
{
    memcpy(rgb, renderer->set, bytes);
    e->canvas.rgb = rgb;
    draw_actors(e, seconds);
    reel_weather_draw(&e->canvas, e->scene, seconds);
}

reel_status reel_scene_render_frame(uint8_t *rgb, reel_world_renderer *renderer,
                                    const reel_scene *scene, const reel_world_format *format,
                                    double seconds)
{
    easel e;
    REEL_TRY(check_format(format, scene));
    REEL_TRY(easel_init(&e, renderer, scene, format));
    draw_frame(rgb, renderer, &e, frame_bytes(format), seconds);
    easel_deinit(&e);
    return REEL_OK;
}

static reel_status draw_clip(reel_clip *out, reel_world_renderer *renderer, const reel_scene *scene,
                             const reel_world_format *format)
{
    easel e;
    REEL_TRY(easel_init(&e, renderer, scene, format));
    size_t bytes = frame_bytes(format);
    for (int f = 0; f < out->frames; f++) {
        double seconds = (double)f * format->fps_den / format->fps_num;
        draw_frame(out->rgb + (size_t)f * bytes, renderer, &e, bytes, seconds);
    }
    easel_deinit(&e);
    return REEL_OK;
}

static int same_sizes(const reel_clip *a, const reel_clip *b)
{
    return a->frames == b->frames && a->width == b->width && a->height == b->height &&
           a->channels == b->channels && a->samples == b->samples;
}

static reel_status prepare_clip(reel_clip *out, const reel_scene *scene,
                                const reel_world_format *format, int pictures, int sound)
{
    double fps = (double)format->fps_num / format->fps_den;
    reel_clip wanted = {
        .frames = pictures ? (int)fmax(1.0, round(scene->seconds * fps)) : 0,
        .width = format->width,
        .height = format->height,
        .fps_num = format->fps_num,
        .fps_den = format->fps_den,
        .channels = 2,
        .sample_rate = format->sample_rate,
        .samples = sound ? llround(scene->seconds * format->sample_rate) : 0,
    };
    if (same_sizes(out, &wanted)) {
        wanted.rgb = out->rgb;
        wanted.pcm = out->pcm;
        *out = wanted;
        return REEL_OK;
    }
    reel_clip_free(out);
    *out = wanted;
    return reel_clip_alloc(out);
}

static reel_status render(reel_clip *out, reel_world_renderer *renderer, const reel_scene *scene,
                          const reel_world_format *format, int pictures, int sound)
{
    reel_status status;
    REEL_TRY_OR_DONE(check_format(format, scene));
    REEL_TRY_OR_DONE(prepare_clip(out, scene, format, pictures, sound));
    if (pictures) {
        REEL_TRY_OR_DONE(draw_clip(out, renderer, scene, format));
    }
    if (sound) {
        REEL_TRY_OR_DONE(
            reel_sound_render(out->pcm, scene, format->sample_rate, out->samples, REEL_SOUND_ALL));
    }
done:
    if (status < 0) {
        reel_clip_free(out);
    }
    return status;
}

reel_status reel_scene_render(reel_clip *out, reel_world_renderer *renderer,
                              const reel_scene *scene, const reel_world_format *format)
{
    return render(out, renderer, scene, format, 1, 1);
}

reel_status reel_scene_render_video(reel_clip *out, reel_world_renderer *renderer,
                                    const reel_scene *scene, const reel_world_format *format)
{
    return render(out, renderer, scene, format, 1, 0);
}

reel_status reel_scene_render_sound(reel_clip *out, reel_world_renderer *renderer,
                                    const reel_scene *scene, const reel_world_format *format)
{
    return render(out, renderer, scene, format, 0, 1);
}
