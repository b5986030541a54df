/* Splitting text at white space, tags, words, numbers and marks. */
#include "model/text_encoder/pieces.h"

#include "base/error.h"
#include "base/str.h"
#include "model/text_encoder/tokenizer.h"

#include <string.h>

static const char *const tags[REEL_TOKEN_TAG_COUNT] = {
    "<text>",      "</text>",   "<sfx>",      "</sfx>", "<dialogue>",
    "</dialogue>", "<singing>", "</singing>", "<bgm>",  "</bgm>",
};

const char *reel_piece_tag(int tag)
{
    return tags[tag];
}

typedef enum { SPACE, LETTER, DIGIT, MARK } byte_class;

static byte_class class_of(unsigned char b)
{
    if (b == ' ' || (b >= '\t' && b <= '\r')) {
        return SPACE;
    }
    if (b >= 128 || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z')) {
        return LETTER;
    }
    return b >= '0' && b <= '9' ? DIGIT : MARK;
}

static unsigned char lower(unsigned char b)
{
    return b >= 'A' && b <= 'Z' ? (unsigned char)(b - 'A' + 'a') : b;
}

static int starts_with(const char *text, size_t length, const char *tag)
{
    size_t i = 0;
    while (tag[i] && i < length && lower((unsigned char)text[i]) == (unsigned char)tag[i]) {
        i++;
    }
    return tag[i] == 0;
}

static int tag_at(const reel_piece_cursor *c)
{
    for (int i = 0; c->text[c->at] == '<' && i < REEL_TOKEN_TAG_COUNT; i++) {
        if (starts_with(c->text + c->at, c->length - c->at, tags[i])) {
            return i;
        }
    }
    return -1;
}

reel_status reel_pieces_begin(reel_piece_cursor *cursor, const char *text, size_t limit)
{
    const size_t length = strnlen(text, limit + 1);
    if (length > limit) {
        return REEL_FAIL(REEL_ERR_INVALID, "text: is longer than %zu bytes", limit);
    }
    if (!reel_utf8_is_valid(text, length)) {
        return REEL_FAIL(REEL_ERR_INVALID, "text: is no valid UTF-8");
    }
    *cursor = (reel_piece_cursor){ .text = text, .length = length, .after_gap = 1 };
    return REEL_OK;
}

int reel_pieces_next(reel_piece_cursor *c, reel_piece *piece)
{
    while (c->at < c->length && class_of((unsigned char)c->text[c->at]) == SPACE) {
        c->at++;
        c->after_gap = 1;
    }
    if (c->at == c->length) {
        return 0;
    }
    *piece = (reel_piece){ .tag = tag_at(c) };
    if (piece->tag >= 0) {
        c->at += strlen(tags[piece->tag]);
        c->after_gap = 1;
        return 1;
    }
    if (c->after_gap) {
        piece->bytes[piece->length++] = ' ';
    }
    c->after_gap = 0;
    const byte_class class = class_of((unsigned char)c->text[c->at]);
    do {
        piece->bytes[piece->length++] = lower((unsigned char)c->text[c->at++]);
    } while (class != MARK && c->at < c->length && piece->length < REEL_PIECE_MAX &&
             class_of((unsigned char)c->text[c->at]) == class);
    return 1;
}
