/// What a file is by its first bytes, whatever its name says.
package enum ContentKind: Equatable, Sendable {
  case png, jpeg, numpy, zip, gzip, pickle, text
  case other

  /// The kind of a content, of which the first bytes are enough.
  package init(_ bytes: some Collection<UInt8>) {
    let start = Array(bytes.prefix(512))
    func begins(_ magic: [UInt8]) -> Bool { start.starts(with: magic) }
    if begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if begins([0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if begins([0x93] + Array("NUMPY".utf8)) {
      self = .numpy
    } else if begins(Array("PK".utf8) + [3, 4]) || begins(Array("PK".utf8) + [5, 6]) {
      self = .zip
    } else if begins([0x1f, 0x8b]) {
      self = .gzip
    } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      self = .pickle
    } else if !start.isEmpty, !start.contains(where: { $0 < 0x20 && ![0x09, 0x0a, 0x0d].contains($0) }) {
      self = .text
    } else {
      self = .other
    }
  }

  /// The kind in words; nil where nothing is known of it.
  package var description: String? {
    switch self {
    case .png: "a PNG image"
    case .jpeg: "a JPEG image"
    case .numpy: "a NumPy array"
    case .zip: "a zip archive"
    case .gzip: "compressed with gzip"
    case .pickle: "a Python pickle, which can run any program and is never loaded"
    case .text: "text"
    case .other: nil
    }
  }
}
