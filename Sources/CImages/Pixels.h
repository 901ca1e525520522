// What both decoders do with pixels and problems.
#pragma once

#include "CImages.h"

// Rows or columns of an image, at most: what a JPEG can have.
#define MOST_EXTENT 65535

// Keeps the first problem.
void note_problem(ImageHeader *header, const char *problem);

// Notes where an image is too large.
void check_size(ImageHeader *header, uint64_t most_pixels);

// The row with so many channels: itself, or made in `made`.
const uint8_t *with_channels(const uint8_t *row, uint32_t width, uint32_t from, uint32_t to, uint8_t *made);
