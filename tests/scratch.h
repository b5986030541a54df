/* A folder of its own for a test that writes files: cmocka setup and teardown, and names in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_dir[256];

static int scratch_setup(void **state)
{
    (void)state;
    const char *root = getenv("TMPDIR");
    snprintf(scratch_dir, sizeof scratch_dir, "%s/reel-test-XXXXXX", root ? root : "/tmp");
    return mkdtemp(scratch_dir) ? 0 : -1;
}

/* "FOLDER/name"; borrowed until the eighth call after this one. */
static const char *scratch_path(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_dir, name);
    return path;
}

/* How many entries the folder holds. */
static inline int scratch_count(void)
{
    int count = 0;
    DIR *dir = opendir(scratch_dir);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

/* Removes the files of the folder, then the folder; a test removes the folders it made itself. */
static int scratch_teardown(void **state)
{
    (void)state;
    DIR *dir = opendir(scratch_dir);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        unlink(scratch_path(e->d_name));
    }
    if (dir) {
        closedir(dir);
    }
    return rmdir(scratch_dir);
}

/* The same for a test that makes folders there: everything in the folder goes. */
static inline int scratch_teardown_tree(void **state)
{
    char command[600];
    snprintf(command, sizeof command, "rm -r '%s'/*", scratch_dir);
    return system(command) | scratch_teardown(state);
}

#endif
