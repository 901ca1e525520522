#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "CImages.h"
#include "Pixels.h"

// A progressive image comes in a dozen scans; one of thousands is made to keep a program busy.
#define MOST_SCANS 500

typedef struct {
  struct jpeg_error_mgr manager;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  ImageHeader *header;
  uint8_t *row;
} Decoder;

static void note(j_common_ptr jpeg) {
  Decoder *decoder = jpeg->client_data;
  char message[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, message);
  note_problem(decoder->header, message);
}

static void fail(j_common_ptr jpeg) {
  note(jpeg);
  longjmp(((Decoder *)jpeg->client_data)->jump, 1);
}

// libjpeg goes on after damage, with grey in place of what is lost; here damage ends it.
static void message(j_common_ptr jpeg, int level) {
  if (level < 0) fail(jpeg);
}

static void silent(j_common_ptr jpeg) { (void)jpeg; }

static void count_scans(j_common_ptr jpeg) {
  Decoder *decoder = jpeg->client_data;
  if (((j_decompress_ptr)jpeg)->input_scan_number <= MOST_SCANS) return;
  note_problem(decoder->header, "it has more scans than a picture needs");
  longjmp(decoder->jump, 1);
}

static void read_rows(struct jpeg_decompress_struct *jpeg, uint32_t channels, TakeRow take, void *context,
                      Decoder *decoder) {
  jpeg->out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  // Grey of RGB, which libjpeg cannot make of every form.
  if (channels == 1 && jpeg->jpeg_color_space == JCS_RGB) jpeg->out_color_space = JCS_RGB;
  jpeg_start_decompress(jpeg);
  const uint32_t own = (uint32_t)jpeg->output_components;
  decoder->row = malloc((size_t)jpeg->output_width * (own + channels));
  if (!decoder->row) {
    note_problem(decoder->header, "there is not enough memory");
    longjmp(decoder->jump, 1);
  }
  uint8_t *made = decoder->row + (size_t)jpeg->output_width * own;
  while (jpeg->output_scanline < jpeg->output_height) {
    const uint32_t y = jpeg->output_scanline;
    jpeg_read_scanlines(jpeg, &decoder->row, 1);
    take(context, y, with_channels(decoder->row, jpeg->output_width, own, channels, made));
  }
  jpeg_finish_decompress(jpeg);
}

bool read_jpeg(const uint8_t *bytes, size_t size, uint32_t channels, uint64_t most_pixels, TakeRow take, void *context,
               ImageHeader *header) {
  memset(header, 0, sizeof *header);
  struct jpeg_decompress_struct jpeg;
  memset(&jpeg, 0, sizeof jpeg);
  Decoder decoder;
  memset(&decoder, 0, sizeof decoder);
  decoder.header = header;
  jpeg.err = jpeg_std_error(&decoder.manager);
  decoder.manager.error_exit = fail;
  decoder.manager.emit_message = message;
  decoder.manager.output_message = silent;
  decoder.progress.progress_monitor = count_scans;
  jpeg.client_data = &decoder;
  if (!setjmp(decoder.jump)) {
    jpeg_create_decompress(&jpeg);
    jpeg.progress = &decoder.progress;
    jpeg_mem_src(&jpeg, bytes, size);
    jpeg_read_header(&jpeg, TRUE);
    header->width = jpeg.image_width;
    header->height = jpeg.image_height;
    header->channels = jpeg.num_components == 1 ? 1 : 3;
    if (jpeg.num_components != 1 && jpeg.num_components != 3) {
      note_problem(header, "its colours are not grey or RGB but those of print (CMYK); save it as RGB");
    }
    check_size(header, most_pixels);
    if (!header->problem[0] && channels) read_rows(&jpeg, channels, take, context, &decoder);
  }
  jpeg_destroy_decompress(&jpeg);
  free(decoder.row);
  return !header->problem[0];
}
