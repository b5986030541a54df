/* The names under which clients ask for the one model of this server. */
#ifndef REEL_SERVER_MODEL_NAMES_H
#define REEL_SERVER_MODEL_NAMES_H

#define REEL_MODEL_AIR  "skywork:skyreels@v4" /* the platform's identifier */
#define REEL_MODEL_SLUG "skywork-skyreels-v4" /* the same in addresses */

#endif
