/* leaflet.h - a cluster on paper, for those who look for land. */
#ifndef AREAS_CLUSTER_LEAFLET_H
#define AREAS_CLUSTER_LEAFLET_H

#include "areas/cluster/view.h"

/* What everybody may see of a cluster, as PDF. False on failure. */
bool cluster_leaflet(struct work *, const struct cluster_view *, struct reply *);

#endif
