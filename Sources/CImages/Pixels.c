#include "Pixels.h"

#include <stdio.h>

void note_problem(ImageHeader *header, const char *problem) {
  if (!header->problem[0]) snprintf(header->problem, sizeof header->problem, "%s", problem);
}

void check_size(ImageHeader *header, uint64_t most_pixels) {
  if ((uint64_t)header->width * header->height <= most_pixels) return;
  snprintf(header->problem, sizeof header->problem, "it has %ux%u pixels, more than the %llu million that are read", header->width,
           header->height, (unsigned long long)(most_pixels / 1000000));
}

const uint8_t *with_channels(const uint8_t *row, uint32_t width, uint32_t from, uint32_t to, uint8_t *made) {
  if (from == to) return row;
  for (uint32_t x = 0; x < width; x++) {
    if (to == 1) {
      const uint8_t *colour = row + 3 * (size_t)x;
      // Rec. 601: 0.299, 0.587 and 0.114, of 65536.
      made[x] = (uint8_t)((colour[0] * 19595u + colour[1] * 38470u + colour[2] * 7471u + 32768u) >> 16);
    } else {
      for (int channel = 0; channel < 3; channel++) made[3 * (size_t)x + channel] = row[x];
    }
  }
  return made;
}
