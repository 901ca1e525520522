import CZlib

/// Zip archives for tests, as `numpy.savez` and `numpy.savez_compressed` write them.
package enum ZipFixture {
  package static func zip(_ files: [(name: String, content: [UInt8])], isDeflated: Bool = false) -> [UInt8] {
    var (archive, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, content) in files {
      let stored = isDeflated ? Deflate.raw(content) : content
      let sum = Int(crc32(0, content, UInt32(content.count)))
      let common =
        number(isDeflated ? 8 : 0, 2) + [0, 0, 0, 0] + number(sum, 4) + number(stored.count, 4)
        + number(content.count, 4) + number(name.utf8.count, 2) + number(0, 2)
      directory +=
        number(0x0201_4b50, 4) + number(20, 2) + number(20, 2) + number(0, 2) + common
        + [UInt8](repeating: 0, count: 10) + number(archive.count, 4) + Array(name.utf8)
      archive += number(0x0403_4b50, 4) + number(20, 2) + number(0, 2) + common + Array(name.utf8) + stored
    }
    return archive + directory + number(0x0605_4b50, 4) + number(0, 4) + number(files.count, 2)
      + number(files.count, 2) + number(directory.count, 4) + number(archive.count, 4) + number(0, 2)
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// zlib's compression, for fixtures.
enum Deflate {
  /// With zlib's own header and checksum.
  static func zlib(_ content: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(content.count))
    var result = [UInt8](repeating: 0, count: Int(size))
    precondition(compress(&result, &size, content, UInt(content.count)) == Z_OK, "zlib compresses")
    return Array(result.prefix(Int(size)))
  }

  /// Without them.
  static func raw(_ content: [UInt8]) -> [UInt8] { Array(zlib(content).dropFirst(2).dropLast(4)) }
}
