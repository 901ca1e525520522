import Text

/// Named tensors in one file, in the safetensors format (https://github.com/huggingface/safetensors).
///
/// The same content always gives the same bytes: the tensors lie in the order of their element size and then their
/// name, and the header's keys are in that order too.
package struct SafetensorsFile: Equatable, Sendable {
  /// Short texts about the tensors.
  package var metadata: [String: String]
  package var tensors: [String: StoredTensor]
  /// What messages call this file.
  package var path: String

  package init(metadata: [String: String] = [:], tensors: [String: StoredTensor] = [:], path: String = "") {
    self.metadata = metadata
    self.tensors = tensors
    self.path = path
  }

  package static func == (a: Self, b: Self) -> Bool { a.metadata == b.metadata && a.tensors == b.tensors }

  /// The values of a tensor that must be there.
  ///
  /// - Parameter shape: the shape that it must have; `nil` accepts any.
  /// - Throws: `FileFormatError`, which names the tensor and what was expected.
  package func values<Element: StoredElement>(
    _ name: String, as type: Element.Type = Element.self, shape: [Int]? = nil
  ) throws -> [Element] {
    guard let tensor = tensors[name] else {
      let nearest =
        NearestName.find(name, among: tensors.keys.sorted()).map { "; there is \(Excerpt.of($0))" } ?? ""
      throw FileFormatError(path, "has no tensor \(name)\(nearest)")
    }
    if let shape, tensor.shape != shape {
      let found = Excerpt.of("\(tensor.shape)")
      throw FileFormatError(path, "the tensor \(name) has the shape \(found), expected \(shape)")
    }
    guard let values = tensor.values(as: type) else {
      throw FileFormatError(
        path, "the tensor \(name) holds \(tensor.dtype.rawValue), expected \(Element.dtype.rawValue)")
    }
    return values
  }

  /// Writes the file, atomically.
  ///
  /// - Throws: `FileError`; what was at the path stays.
  package func write(to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(header())
    for (_, tensor) in ordered { try file.write(tensor.bytes) }
    try file.commit()
  }

  /// Bytes of the file that `write(to:)` makes.
  package var byteCount: Int { tensors.values.reduce(header().count) { $0 + $1.bytes.count } }

  /// The tensors as they follow each other in the file.
  package var ordered: [(name: String, tensor: StoredTensor)] {
    tensors.map { (name: $0.key, tensor: $0.value) }
      .sorted { ($1.tensor.dtype.size, $0.name) < ($0.tensor.dtype.size, $1.name) }
  }

  /// The length field and the header, padded so that the data starts at a multiple of 8 bytes.
  ///
  /// - Parameter leadingMetadata: entries that come first, at a place that does not depend on the rest.
  package func header(leadingMetadata: [(String, String)] = []) -> [UInt8] {
    var members = JSONObject()
    let sorted = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    if !metadata.isEmpty || !leadingMetadata.isEmpty {
      members["__metadata__"] = .object(
        JSONObject((leadingMetadata + sorted).map { ($0, JSONValue.string($1)) }))
    }
    var offset = 0
    for (name, tensor) in ordered {
      let end = offset + tensor.bytes.count
      members[name] = .object(
        JSONObject([
          ("dtype", .string(tensor.dtype.rawValue)),
          ("shape", .array(tensor.shape.map { JSONValue($0) })),
          ("data_offsets", .array([JSONValue(offset), JSONValue(end)])),
        ]))
      offset = end
    }
    var text = Array(JSONValue.object(members).compact.utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }
}
