import Text

extension SafetensorsFile {
  /// What the reference implementation allows.
  private static let maximumHeader = 100_000_000

  /// Reads a file and checks every field of its header.
  ///
  /// - Throws: `FileError`; `FileFormatError`, which says what is wrong with the content.
  package static func read(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(bytes: FileSystem.read(path), path: path)
  }

  /// Reads the content of a file.
  ///
  /// - Throws: `FileFormatError`.
  package init(bytes: [UInt8], path: String) throws {
    func invalid(_ problem: String) -> FileFormatError {
      FileFormatError(path, "not a valid safetensors file: \(problem)")
    }
    guard bytes.count >= 8 else { throw invalid("\(bytes.count) bytes are too few") }
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(bytes.count - 8, Self.maximumHeader)) else {
      throw invalid("the header's length is \(length), but only \(bytes.count - 8) bytes follow")
    }
    let start = 8 + Int(length)
    let json: JSONValue
    do {
      json = try JSONParser.parse(Array(bytes[8..<start]))
    } catch {
      throw invalid("the header is not JSON, \(error)")
    }
    guard case .object(let header) = json, bytes[8] == UInt8(ascii: "{") else {
      throw invalid("the header is not an object")
    }
    self.init(path: path)
    var entries: [Entry] = []
    for member in header.members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, invalid)
      } else {
        entries.append(try Entry(member.key, member.value, invalid))
      }
    }
    var end = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == end, entry.end <= bytes.count - start else {
        throw invalid(
          "the tensor \(Excerpt.of(entry.name)) lies at \(entry.begin) to \(entry.end), but should start at \(end) "
            + "and end by \(bytes.count - start)")
      }
      end = entry.end
      tensors[entry.name] = StoredTensor(
        dtype: entry.dtype, shape: entry.shape,
        bytes: Array(bytes[(start + entry.begin)..<(start + entry.end)]))
    }
    guard end == bytes.count - start else {
      throw invalid("the tensors end at \(end), but there are \(bytes.count - start) bytes of data")
    }
  }

  private static func metadata(
    _ value: JSONValue, _ invalid: (String) -> FileFormatError
  ) throws -> [String: String] {
    guard case .object(let members) = value else { throw invalid("the metadata is not an object") }
    var metadata: [String: String] = [:]
    for member in members.members {
      guard case .string(let text) = member.value else {
        throw invalid("the metadata's \(Excerpt.of(member.key)) is not a string")
      }
      metadata[member.key] = text
    }
    return metadata
  }

  /// A tensor as the header describes it, consistent in itself.
  private struct Entry {
    let name: String
    let dtype: StoredTensor.DType
    let shape: [Int]
    let begin: Int
    let end: Int

    init(_ name: String, _ value: JSONValue, _ invalid: (String) -> FileFormatError) throws {
      self.name = name
      let tensor = "the tensor \(Excerpt.of(name))"
      guard case .object(let members) = value, members.members.count == 3,
        case .string(let type)? = members["dtype"], let shape = Self.integers(members["shape"]),
        let offsets = Self.integers(members["data_offsets"]), offsets.count == 2
      else { throw invalid("\(tensor) needs dtype, shape and two data_offsets, and nothing else") }
      guard let dtype = StoredTensor.DType(rawValue: type) else {
        let known = StoredTensor.DType.allCases.map(\.rawValue).joined(separator: ", ")
        throw invalid("\(tensor) holds \(Excerpt.of(type)); Whittle reads \(known)")
      }
      self.dtype = dtype
      self.shape = shape
      (begin, end) = (offsets[0], offsets[1])
      var size = dtype.size
      for extent in shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: extent)
        guard !overflow else {
          throw invalid("the shape \(Excerpt.of("\(shape)")) of \(tensor) is too large")
        }
        size = product
      }
      guard begin <= end, end - begin == size else {
        throw invalid(
          "\(tensor) of shape \(Excerpt.of("\(shape)")) needs \(size) bytes, but lies at \(begin) to \(end)")
      }
    }

    /// A list of whole numbers that are not negative.
    private static func integers(_ value: JSONValue?) -> [Int]? {
      guard case .array(let values)? = value else { return nil }
      var integers: [Int] = []
      for value in values {
        guard case .number(let literal) = value, let integer = Int(literal), integer >= 0 else { return nil }
        integers.append(integer)
      }
      return integers
    }
  }
}
