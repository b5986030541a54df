/* The learning rate by step. */
#include "train/lr_schedule.h"

double reel_lr_factor(const reel_lr_schedule *s, int64_t step)
{
    if (step < s->warmup) {
        return (double)(step + 1) / (double)s->warmup;
    }
    double from = s->decay_from * (double)s->steps, last = (double)(s->steps - 1);
    if ((double)step <= from) {
        return 1.0;
    }
    double done = last > from ? ((double)step - from) / (last - from) : 1.0;
    return done < 1.0 ? 1.0 + (s->end - 1.0) * done : s->end;
}
