/* How text falls into pieces before byte-pair encoding; see tokenizer.h for the rules. */
#ifndef REEL_MODEL_PIECES_H
#define REEL_MODEL_PIECES_H

#include "reel/status.h"

#include <stddef.h>

enum { REEL_PIECE_MAX = 64 /* bytes; longer words are cut */ };

typedef struct {
    unsigned char bytes[REEL_PIECE_MAX];
    int length;
    int tag; /* 0 .. REEL_TOKEN_TAG_COUNT-1 for a tag, else -1; a tag has no bytes */
} reel_piece;

/* A cursor on a text. */
typedef struct {
    const char *text;
    size_t length, at;
    int after_gap; /* white space, a tag or nothing precedes */
} reel_piece_cursor;

/* REEL_ERR_INVALID if the text is no UTF-8 or longer than `limit` bytes. `text` is borrowed. */
reel_status reel_pieces_begin(reel_piece_cursor *cursor, const char *text, size_t limit);
/* The next piece; 0 at the end. */
int reel_pieces_next(reel_piece_cursor *cursor, reel_piece *piece);

/* "<sfx>" of tag index 2. Static string. */
const char *reel_piece_tag(int tag);

#endif
