/* What the object is: its matte beside mattes of the six objects at every angle. */
#ifndef REEL_VABENCH_SILHOUETTE_H
#define REEL_VABENCH_SILHOUETTE_H

#include "vabench/track.h"

enum { REEL_SILHOUETTE_SIDE = 20, REEL_SILHOUETTE_ANGLES = 36 };

/* A matte about its centre of mass, its area scaled to one, so that size and place drop out; as
 * values of mean square 1. */
typedef struct {
    float value[REEL_SILHOUETTE_SIDE * REEL_SILHOUETTE_SIDE];
} reel_silhouette;

/* Two families: white objects are unmixed by brightness, hence keep less of their shaded parts. */
enum { REEL_SILHOUETTE_COLOURED, REEL_SILHOUETTE_WHITE, REEL_SILHOUETTE_FAMILIES };

/* How every object looks at every size and angle: sharp, and as soft as autoencoders leave it.
 * Owned by the caller, released with reel_silhouettes_deinit(). */
typedef struct {
    reel_silhouette *views; /* [families, object, size, softness, angle] */
} reel_silhouettes;

/* For frames whose short side has `short_pixels`. REEL_ERR_MEMORY. */
reel_status reel_silhouettes_init(reel_silhouettes *out, int short_pixels);
void reel_silhouettes_deinit(reel_silhouettes *silhouettes);

typedef struct {
    int object;      /* reel_object, or -1: no frame shows anything whole */
    double likeness; /* mean cosine with the best views, 0..1 */
    double margin;   /* by how much the second object is less alike */
    double changes;  /* by how much more the object differs from itself some frames later than
                      * others:  0 for one that only moves along, whatever the noise */
} reel_object_seen;

/* REEL_ERR_MEMORY. */
reel_status reel_object_find(reel_object_seen *out, const reel_silhouettes *silhouettes,
                             const reel_matte *matte, const reel_track *track, int is_white);

#endif
