/* Rows of a profile, found by scope and kernel. */
#include "tensor/profile.h"

#include "base/clock.h"
#include "base/error.h"
#include "tensor/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

reel_status reel_profile_init(reel_profile *p)
{
    *p = (reel_profile){ .rows = calloc(REEL_PROFILE_ROWS, sizeof *p->rows) };
    return p->rows ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "profile: no memory for its rows");
}

void reel_profile_deinit(reel_profile *p)
{
    free(p->rows);
    *p = (reel_profile){ 0 };
}

void reel_profile_clear(reel_profile *p)
{
    p->count = 0;
}

static reel_profile_row *row_of(reel_profile *p, const char *scope, const char *kernel)
{
    for (int i = 0; i < p->count; i++) {
        reel_profile_row *row = &p->rows[i];
        if (strcmp(row->kernel, kernel) == 0 &&
            strncmp(row->scope, scope, sizeof row->scope - 1) == 0) {
            return row;
        }
    }
    if (p->count == REEL_PROFILE_ROWS) {
        return &p->rows[REEL_PROFILE_ROWS - 1];
    }
    reel_profile_row *row = &p->rows[p->count++];
    *row = (reel_profile_row){ .kernel = kernel };
    snprintf(row->scope, sizeof row->scope, "%s", scope);
    return row;
}

void reel_profile_begin(reel_profile *p)
{
    reel_synchronise(); /* what fails shows at the end, too */
    p->started = reel_clock_seconds();
    p->cpu_started = reel_clock_cpu_seconds();
}

reel_status reel_profile_end(reel_profile *p, const char *scope, const char *kernel,
                             reel_status status)
{
    status = status == REEL_OK ? reel_synchronise() : status;
    double cpu = reel_clock_cpu_seconds(), now = reel_clock_seconds();
    reel_profile_row *row = row_of(p, scope, kernel);
    row->calls++;
    row->seconds += now - p->started;
    row->cpu_seconds += cpu - p->cpu_started;
    return status;
}
