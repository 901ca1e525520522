import CZlib
import Files

/// Named arrays in one `.npz` file: a ZIP archive of `.npy` files, not compressed, as NumPy's `savez` writes it
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
package struct NumpyArchive {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Starts an archive.
  package init() {}

  /// Appends float32 numbers, row-major.
  package mutating func append(_ name: String, _ values: [Float], shape: [Int]) {
    append(name, descriptor: "<f4", shape: shape, values.withUnsafeBytes { Array($0) })
  }

  /// Appends a text, which NumPy reads as an array of one element of bytes.
  package mutating func append(_ name: String, _ text: String) {
    append(name, descriptor: "|S\(text.utf8.count)", shape: [], Array(text.utf8))
  }

  private mutating func append(_ name: String, descriptor: String, shape: [Int], _ data: [UInt8]) {
    appendFile("\(name).npy", NumpyFile.header(descriptor, shape: shape) + data)
  }

  /// A member of the archive, with sizes of 64 bits, as NumPy writes them.
  private mutating func appendFile(_ name: String, _ content: [UInt8]) {
    let sum = content.withUnsafeBufferPointer { buffer in
      Int(crc32_z(0, buffer.baseAddress, buffer.count))
    }
    // Version 4.5, no flags, stored, 1980-01-01: the same content gives the same bytes.
    let common =
      Self.little(45, 2) + Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 2)
      + Self.little(0x21, 2) + Self.little(sum, 4) + Self.little(0xffff_ffff, 4) + Self.little(0xffff_ffff, 4)
      + Self.little(name.utf8.count, 2)
    let sizes = Self.little(content.count, 8) + Self.little(content.count, 8)
    let place = bytes.count
    bytes += Self.little(0x0403_4b50, 4) + common + Self.little(20, 2) + Array(name.utf8)
    bytes += Self.little(1, 2) + Self.little(16, 2) + sizes + content
    directory += Self.little(0x0201_4b50, 4) + Self.little(45, 2) + common + Self.little(28, 2)
    // No comment, the first disk, no attributes; the place is in the extra field.
    directory += Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 4)
    directory += Self.little(0xffff_ffff, 4) + Array(name.utf8)
    directory += Self.little(1, 2) + Self.little(24, 2) + sizes + Self.little(place, 8)
    count += 1
  }

  /// The file's content.
  package var content: [UInt8] {
    let place = bytes.count
    var end = Self.little(0x0606_4b50, 4) + Self.little(44, 8) + Self.little(45, 2) + Self.little(45, 2)
    end += Self.little(0, 4) + Self.little(0, 4) + Self.little(count, 8) + Self.little(count, 8)
    end += Self.little(directory.count, 8) + Self.little(place, 8)
    end += Self.little(0x0706_4b50, 4) + Self.little(0, 4) + Self.little(place + directory.count, 8)
    end += Self.little(1, 4)
    end +=
      Self.little(0x0605_4b50, 4) + Self.little(0, 2) + Self.little(0, 2) + Self.little(min(count, 0xffff), 2)
    end += Self.little(min(count, 0xffff), 2) + Self.little(0xffff_ffff, 4) + Self.little(0xffff_ffff, 4)
    return bytes + directory + end + Self.little(0, 2)
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
