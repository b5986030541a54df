/* The loss of flow matching (Lipman et al. 2023): mean (scale (v - target))^2, and what the log
 * tells of it. */
#ifndef REEL_TRAIN_FLOW_LOSS_H
#define REEL_TRAIN_FLOW_LOSS_H

#include "train/dit_batch.h"
#include "train/stage.h"

/* velocity: [B, ..., C] as the network gives it for modality `m`.  -> [1] */
reel_tensor *reel_flow_loss(reel_rt *rt, reel_tensor *velocity, const reel_dit_modality *m);

/* Mean squared error of the velocity over what was to be made, unweighted: over all clips ("video",
 * "audio"), and by noise level ("video_0" nearly all noise ... "video_4" nearly clean). Nothing
 * after a failure of rt. is_video chooses the names. */
void reel_flow_report(reel_metrics *metrics, reel_rt *rt, const reel_tensor *velocity,
                      const reel_dit_modality *m, int is_video);

#endif
