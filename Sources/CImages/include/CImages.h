// Images in memory, decoded by libpng and libjpeg, whose errors are jumps that Swift cannot make.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What an image is, or why it cannot be read.
typedef struct {
  uint32_t width;
  uint32_t height;
  uint32_t channels;  // 1 for grey, 3 for colours; transparency does not count
  char problem[160];  // empty where it can be read
} ImageHeader;

// Takes a row of pixels, whose channels lie side by side; the rows come in order.
typedef void (*TakeRow)(void *context, uint32_t y, const uint8_t *row);

// Reads the header of an image and, where `channels` is 1 or 3, its rows with so many channels: colours become grey by
// Rec. 601's weights, grey is the same in every channel, 16 bits become 8, transparency is dropped. An image of more than
// `most_pixels` is refused before memory is taken for it. Returns whether all went well; `header->problem` says what did not.
bool read_png(const uint8_t *bytes, size_t size, uint32_t channels, uint64_t most_pixels, TakeRow take, void *context,
              ImageHeader *header);
bool read_jpeg(const uint8_t *bytes, size_t size, uint32_t channels, uint64_t most_pixels, TakeRow take, void *context,
               ImageHeader *header);
