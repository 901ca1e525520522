#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "CImages.h"
#include "Pixels.h"

typedef struct {
  const uint8_t *bytes;
  size_t left;
} Source;

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  Source *source = png_get_io_ptr(png);
  if (count > source->left) png_error(png, "it is truncated");
  memcpy(to, source->bytes, count);
  source->bytes += count;
  source->left -= count;
}

static void fail(png_structp png, png_const_charp message) {
  note_problem(png_get_error_ptr(png), message);
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

// What outlives a jump.
typedef struct {
  uint8_t *pixels;  // a row, or all rows of an interlaced image
  uint8_t *row;     // a row with the channels that are asked for
  png_bytep *rows;
} Memory;

static void read_rows(png_structp png, png_infop info, uint32_t channels, TakeRow take, void *context,
                      const ImageHeader *header, Memory *memory) {
  png_set_expand(png);  // palettes to colours, fewer bits to 8
  png_set_scale_16(png);
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t bytes = png_get_rowbytes(png, info);
  if (bytes != (size_t)header->width * header->channels) png_error(png, "its rows have an unexpected length");
  memory->row = malloc((size_t)header->width * channels);
  memory->pixels = malloc(passes > 1 ? bytes * header->height : bytes);
  if (!memory->row || !memory->pixels) png_error(png, "there is not enough memory");
  if (passes > 1) {
    memory->rows = malloc(sizeof(png_bytep) * header->height);
    if (!memory->rows) png_error(png, "there is not enough memory");
    for (uint32_t y = 0; y < header->height; y++) memory->rows[y] = memory->pixels + bytes * y;
    png_read_image(png, memory->rows);
  }
  for (uint32_t y = 0; y < header->height; y++) {
    const uint8_t *row = memory->pixels;
    if (passes > 1) row = memory->rows[y];
    else png_read_row(png, memory->pixels, NULL);
    take(context, y, with_channels(row, header->width, header->channels, channels, memory->row));
  }
  png_read_end(png, NULL);
}

bool read_png(const uint8_t *bytes, size_t size, uint32_t channels, uint64_t most_pixels, TakeRow take, void *context,
              ImageHeader *header) {
  memset(header, 0, sizeof *header);
  Source source = {bytes, size};
  Memory memory = {0};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, header, fail, ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    note_problem(header, "libpng cannot start");
    png_destroy_read_struct(&png, NULL, NULL);
    return false;
  }
  if (!setjmp(png_jmpbuf(png))) {
    // Texts and profiles mean nothing here, and may be large when unpacked.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(png, MOST_EXTENT, MOST_EXTENT);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_read_fn(png, &source, read_bytes);
    png_read_info(png, info);
    header->width = png_get_image_width(png, info);
    header->height = png_get_image_height(png, info);
    header->channels = png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
    check_size(header, most_pixels);
    if (!header->problem[0] && channels) read_rows(png, info, channels, take, context, header, &memory);
  }
  png_destroy_read_struct(&png, &info, NULL);
  free(memory.pixels);
  free(memory.row);
  free(memory.rows);
  return !header->problem[0];
}
