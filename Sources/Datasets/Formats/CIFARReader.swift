import Crypto

/// Reads a file of CIFAR records from its start to its end, plain or gzip.
final class CIFARReader {
  let path: String
  private let records: Int
  private let shape: ImageShape
  private let classes: Int
  private let remedy: String
  private let stream: FileStream
  private var hash = SHA256()

  /// What tells the file from others, once it is read.
  var digest: ContentDigest {
    ContentDigest(size: size, sha256: hash.finalize().hex, storedSHA256: stream.storedSHA256)
  }

  private var size: Int { records * (1 + shape.values) }

  /// Opens a file of so many records.
  ///
  /// - Throws: `DatasetError` ending with the remedy if it cannot be opened.
  init(path: String, records: Int, shape: ImageShape, classes: Int, remedy: String) throws {
    self.path = path
    self.records = records
    self.shape = shape
    self.classes = classes
    self.remedy = remedy
    stream = try FileStream(path: path, remedy: remedy)
  }

  /// Reads all records, and adds each to the parts that take it.
  ///
  /// - Parameter start: the number of the first record among those of all files.
  /// - Throws: `DatasetError` if the file ends too early or goes on, or a label is no class.
  func read(from start: Int, into parts: inout [CIFARPart]) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 + shape.values, alignment: 1)
    defer { buffer.deallocate() }
    for record in 0..<records {
      let count = try stream.read(into: buffer)
      guard count == buffer.count else {
        throw wrongSize("it is truncated: it ends after \(record * buffer.count + count) bytes")
      }
      hash.update(bufferPointer: UnsafeRawBufferPointer(buffer))
      guard buffer[0] < classes else {
        throw DatasetError(
          path, "the label of image \(record) is \(buffer[0]), but there are \(classes) classes",
          remedy: remedy)
      }
      for part in parts.indices where parts[part].range.contains(start + record) {
        parts[part].add(UnsafeRawBufferPointer(buffer))
      }
    }
    guard try stream.read(into: buffer) == 0 else { throw wrongSize("it goes on after \(size) bytes") }
  }

  private func wrongSize(_ problem: String) -> DatasetError {
    DatasetError(
      path, "\(problem), but such a file has \(size): \(records) images of \(shape), a label before each",
      remedy: remedy)
  }
}

/// A part of a set, filled record by record.
struct CIFARPart {
  private let name: String
  /// Which records of all files it takes.
  let range: Range<Int>
  private let shape: ImageShape
  private var labels: [UInt8] = []
  private var values: [UInt8] = []

  init(name: String, range: Range<Int>, shape: ImageShape) {
    self.name = name
    self.range = range
    self.shape = shape
    labels.reserveCapacity(range.count)
    values.reserveCapacity(range.count * shape.values)
  }

  /// Adds a record: a label and an image.
  mutating func add(_ record: UnsafeRawBufferPointer) {
    labels.append(record[0])
    values.append(contentsOf: UnsafeRawBufferPointer(rebasing: record[1...]))
  }

  var images: ImageSet { ImageSet(name: name, images: values, labels: labels, shape: shape) }
}
