/* Runs a fuzz target over files, for builds without a fuzzer: every file of the folders given. */
#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* How many files of the folder were given to the target; below 0 when one cannot be read. */
static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    for (struct dirent *e; dir && count >= 0 && (e = readdir(dir));) {
        char *path = e->d_name[0] == '.' ? NULL : reel_path_join(folder, e->d_name), *bytes;
        size_t size;
        if (path && reel_file_read(&bytes, &size, path, (size_t)64 << 20) == REEL_OK) {
            LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
            free(bytes);
            count++;
        } else if (path) {
            count = -1;
        }
        free(path);
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        if (count < 0) {
            fprintf(stderr, "%s: %s\n", argv[i], reel_error_message());
            return 1;
        }
        total += count;
    }
    printf("%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
