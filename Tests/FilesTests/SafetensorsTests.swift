import Files
import TestSupport
import Testing

/// Protects models on disk: what is read is what was written, and a malformed file is refused without a crash.
@Suite("Safetensors")
struct SafetensorsTests {
  private static let sample = SafetensorsFile(
    metadata: ["b": "2", "a": "x\"y\n"],
    tensors: [
      "layers.0.weight": StoredTensor([Float](arrayLiteral: 1, -2.5, .infinity, 0, 3, 4), shape: [2, 3]),
      "indices": StoredTensor([Int32.min, 7]), "long": StoredTensor([Int64.max]),
      "mask": StoredTensor([UInt8](arrayLiteral: 1, 0, 1)), "empty": StoredTensor([Float](), shape: [0, 5]),
      "scalar": StoredTensor([Float(9)], shape: []),
    ])

  private func file(_ header: String, data: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
      + [UInt8](repeating: 7, count: data)
  }

  @Test("every type and shape survives, and the same content gives the same bytes")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    try Self.sample.write(to: folder("a.safetensors"))
    var reordered = SafetensorsFile()
    for (name, tensor) in Self.sample.tensors.sorted(by: { $0.key > $1.key }) {
      reordered.tensors[name] = tensor
    }
    reordered.metadata = Self.sample.metadata
    try reordered.write(to: folder("b.safetensors"))
    let read = try SafetensorsFile.read(folder("a.safetensors"))
    #expect(read == Self.sample)
    #expect(
      try read.values("layers.0.weight", as: Float.self, shape: [2, 3]) == [1, -2.5, .infinity, 0, 3, 4])
    #expect(try FileSystem.read(folder("a.safetensors")) == FileSystem.read(folder("b.safetensors")))
  }

  @Test("the bytes are those of the format")
  func bytes() throws {
    let folder = try TemporaryFolder()
    try SafetensorsFile(tensors: ["w": StoredTensor([Float(1)])]).write(to: folder("a"))
    let header = #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"# + "  "
    #expect(
      try FileSystem.read(folder("a"))
        == [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 0x80, 0x3f])
  }

  @Test("a tensor that is absent, of another type or of another shape is named")
  func wrongTensor() throws {
    var file = Self.sample
    file.path = "m.safetensors"
    #expect(
      message { try file.values("layers.1.weight", as: Float.self) }
        == "m.safetensors: has no tensor layers.1.weight; there is layers.0.weight")
    #expect(
      message { try file.values("indices", as: Float.self) }
        == "m.safetensors: the tensor indices holds I32, expected F32")
    #expect(
      message { try file.values("indices", as: Int32.self, shape: [3]) }
        == "m.safetensors: the tensor indices has the shape [2], expected [3]")
  }

  @Test(
    "a malformed header is refused with what is wrong",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "needs 8 bytes"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "should start at 0"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "there are 8 bytes"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "end by 4"),
      (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4, "holds F16"),
      (#"{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}"#, 4, "needs dtype, shape"),
      (#"{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}"#, 4, "needs dtype, shape"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#, 4, "lies at 4 to 0"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}"#, 4, "needs dtype, shape"),
      (#"{"a":{"dtype":"U8","shape":[4]}}"#, 4, "needs dtype, shape"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}"#, 4, "nothing else"),
      (
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, "is too large"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,4]}}"#, 4,
        "needs dtype, shape"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
        6, "should start at 4"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
        4, "stands here twice"
      ),
      (#"{"__metadata__":{"a":1}}"#, 0, "is not a string"), (#"{"__metadata__":[]}"#, 0, "is not an object"),
      ("[]", 0, "is not an object"), ("{", 0, "is not JSON"), ("", 0, "is not JSON"),
      (" {}", 0, "is not an object"),
    ])
  func malformed(header: String, data: Int, expected: String) {
    let bytes = file(header, data: data)
    let text = message { try SafetensorsFile(bytes: bytes, path: "m") }
    #expect(text.hasPrefix("m: not a valid safetensors file: "), "\(text)")
    #expect(text.contains(expected), "\(text)")
  }

  @Test("a file cut at any place is refused")
  func truncated() throws {
    let folder = try TemporaryFolder()
    try Self.sample.write(to: folder("a"))
    let bytes = try FileSystem.read(folder("a"))
    for length in bytes.indices {
      #expect(throws: FileFormatError.self) { try SafetensorsFile(bytes: Array(bytes[..<length]), path: "m") }
    }
    var huge = bytes
    huge.replaceSubrange(0..<8, with: [UInt8](repeating: 0xff, count: 8))
    #expect(throws: FileFormatError.self) { try SafetensorsFile(bytes: huge, path: "m") }
  }
}
