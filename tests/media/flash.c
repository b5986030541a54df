/* Flash films, detectors and a scratch folder for the tests of this room. */
#include "media/flash.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WIDTH = 64, HEIGHT = 48 };

static void click(reel_clip *clip, int64_t start)
{
    int length = clip->sample_rate / 200;
    for (int c = 0; c < clip->channels; c++) {
        for (int i = 0; i < length && start + i < clip->samples; i++) {
            double window = 0.5 - 0.5 * cos(6.283185307179586 * i / length);
            double tone = sin(6.283185307179586 * 2000.0 * i / clip->sample_rate);
            clip->pcm[c * clip->samples + start + i] = (float)(0.8 * window * tone);
        }
    }
}

reel_clip flash_clip(flash_plan plan)
{
    reel_clip clip = { .frames = plan.frames,
                       .width = WIDTH,
                       .height = HEIGHT,
                       .fps_num = plan.fps_num,
                       .fps_den = plan.fps_den,
                       .channels = plan.channels,
                       .sample_rate = plan.sample_rate };
    double seconds = (double)plan.frames * plan.fps_den / plan.fps_num;
    clip.samples = plan.channels ? (int64_t)round(seconds * plan.sample_rate) : 0;
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int i = plan.first; i < plan.frames; i += plan.every) {
        memset(clip.rgb + (size_t)3 * WIDTH * HEIGHT * i, 255, (size_t)3 * WIDTH * HEIGHT);
        click(&clip, (int64_t)round((double)i * plan.fps_den / plan.fps_num * plan.sample_rate));
    }
    return clip;
}

int flash_is_on(const reel_clip *clip, int frame)
{
    size_t middle = (size_t)clip->width * (clip->height / 2) + clip->width / 2;
    return clip->rgb[3 * ((size_t)clip->width * clip->height * frame + middle) + 1] > 127;
}

static double correlation(const reel_clip *heard, const reel_clip *played, int lag)
{
    double sum = 0.0;
    for (int64_t i = 0; i < played->samples; i++) {
        int64_t j = i + lag;
        if (played->pcm[i] != 0.0f && j >= 0 && j < heard->samples) {
            sum += (double)played->pcm[i] * heard->pcm[j];
        }
    }
    return sum;
}

double flash_lag(const reel_clip *heard, const reel_clip *played, int most)
{
    int best = -most;
    double peak = -1.0;
    for (int lag = -most; lag <= most; lag++) {
        double value = correlation(heard, played, lag);
        if (value > peak) {
            peak = value;
            best = lag;
        }
    }
    double before = correlation(heard, played, best - 1);
    double after = correlation(heard, played, best + 1);
    return best + 0.5 * (before - after) / (before - 2.0 * peak + after);
}

static char folder[64];

const char *scratch_folder(void)
{
    if (!folder[0]) {
        strcpy(folder, "/tmp/reel-media-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    return folder;
}

const char *path_in(const char *name)
{
    static char paths[4][384];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_folder(), name);
    return path;
}

int scratch_count(void)
{
    DIR *dir = opendir(scratch_folder());
    assert_non_null(dir);
    int count = 0;
    while (readdir(dir)) {
        count++;
    }
    closedir(dir);
    return count - 2; /* without . and .. */
}

void scratch_remove(void)
{
    DIR *dir = folder[0] ? opendir(folder) : NULL;
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] != '.') {
            unlink(path_in(entry->d_name));
        }
    }
    if (dir) {
        closedir(dir);
        rmdir(folder);
    }
    folder[0] = 0;
}
