import CZlib

/// PNG images for tests, in any of the format's forms without a palette (ISO/IEC 15948).
package enum PNGFixture {
  /// An image of so many pixels, whose bytes are drawn from their places; whatever its form, it is valid.
  ///
  /// - Parameters:
  ///   - colourType: 0 grey, 2 colours, 4 and 6 the same with transparency.
  ///   - depth: bits of a value.
  ///   - isInterlaced: whether it comes in seven passes. Only for images whose extents are multiples of 8.
  package static func png(
    width: Int, height: Int, colourType: UInt8, depth: Int, isInterlaced: Bool = false
  ) -> [UInt8] {
    let bits = depth * ([0: 1, 2: 3, 4: 2, 6: 4][colourType] ?? 1)
    // The columns and rows of each pass, as the standard has them.
    let passes =
      isInterlaced
      ? [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)].map { (width / $0, height / $1) }
      : [(width, height)]
    var scanlines: [UInt8] = []
    for (columns, rows) in passes {
      for row in 0..<rows {
        // No filter.
        scanlines +=
          [0] + (0..<(columns * bits + 7) / 8).map { UInt8(truncatingIfNeeded: row * 37 + $0 * 11) }
      }
    }
    return png(width: width, height: height, colourType: colourType, depth: depth, isInterlaced, scanlines)
  }

  /// An image of 8-bit pixels, `[height, width, channels]`, grey or of three channels.
  package static func png(_ pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
    let row = pixels.count / height
    return png(
      width: width, height: height, colourType: row == width ? 0 : 2, depth: 8, false,
      (0..<height).flatMap { [0] + pixels[($0 * row)..<(($0 + 1) * row)] })
  }

  /// A chunk with its length and checksum.
  package static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(type.utf8) + content
    return word(content.count) + checked + word(checksum(checked))
  }

  /// The start of every PNG and its header chunk.
  package static func header(width: Int, height: Int, colourType: UInt8, depth: Int, isInterlaced: Bool)
    -> [UInt8]
  {
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
      + chunk("IHDR", word(width) + word(height) + [UInt8(depth), colourType, 0, 0, isInterlaced ? 1 : 0])
  }

  private static func png(
    width: Int, height: Int, colourType: UInt8, depth: Int, _ isInterlaced: Bool, _ scanlines: [UInt8]
  ) -> [UInt8] {
    header(width: width, height: height, colourType: colourType, depth: depth, isInterlaced: isInterlaced)
      + chunk("IDAT", Deflate.zlib(scanlines)) + chunk("IEND", [])
  }

  /// The same bytes, each chunk with the checksum that belongs to it, as far as lengths lead from one to the next.
  package static func withChecksums(_ png: [UInt8]) -> [UInt8] {
    var png = png
    var place = 8
    while place + 12 <= png.count {
      let length = png[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard place + 12 + length <= png.count else { break }
      let end = place + 8 + length
      png.replaceSubrange(end..<(end + 4), with: word(checksum(Array(png[(place + 4)..<end]))))
      place = end + 4
    }
    return png
  }

  private static func checksum(_ bytes: [UInt8]) -> Int { Int(crc32(0, bytes, UInt32(bytes.count))) }

  private static func word(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
