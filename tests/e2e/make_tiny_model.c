/* make_tiny_model DIR: writes the untrained model that the tests in this folder run with. */
#include "base/file.h"
#include "tiny_model.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("make_tiny_model DIR\n", stderr);
        return 2;
    }
    if (reel_dir_make(argv[1]) < 0 || tiny_model_make(argv[1]) < 0) {
        fprintf(stderr, "make_tiny_model: %s\n", reel_error_message());
        return 1;
    }
    return 0;
}
