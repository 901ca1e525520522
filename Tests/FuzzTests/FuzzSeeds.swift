import Files
import Foundation
import TestSupport

/// Small valid files of each format, from which hostile ones are made.
enum FuzzSeeds {
  // MARK: Pictures

  /// Grey and coloured, with bits of several sizes, and Pillow's of 8 palette colours.
  static let png: [[UInt8]] = [
    PNGFixture.png(width: 9, height: 4, colourType: 0, depth: 8),
    PNGFixture.png(width: 3, height: 5, colourType: 2, depth: 8),
    PNGFixture.png(width: 6, height: 6, colourType: 6, depth: 16),
    PNGFixture.png(width: 16, height: 8, colourType: 0, depth: 1, isInterlaced: true), bytes(palette),
  ]
  /// Baseline grey and progressive colours, as Pillow writes them.
  static let jpeg = [bytes(grey), bytes(progressive)]

  /// A PNG whose chunks have the checksums that belong to them, as far as it has chunks.
  static let withChecksums: @Sendable ([UInt8]) -> [UInt8] = { PNGFixture.withChecksums($0) }

  // MARK: Arrays

  static let npy: [[UInt8]] = [
    NumpyFile.header("|u1", shape: [4, 2, 3]) + (0..<24).map { UInt8($0 * 10) },
    NumpyFile.header("<f4", shape: [4, 6]) + floats(24),
    NumpyFile.header("<f4", shape: [4, 1, 2, 3]) + floats(24),
  ]
  static let labels = NumpyFile.header("|u1", shape: [4]) + [0, 1, 1, 0]
  static let wideLabels =
    NumpyFile.header("<i8", shape: [4]) + [7, 9, 9, 7].flatMap { [$0] + [UInt8](repeating: 0, count: 7) }
  static let npz = [
    ZipFixture.zip([("images.npy", npy[0]), ("labels.npy", labels)]),
    ZipFixture.zip([("x_train.npy", npy[1]), ("y_train.npy", wideLabels)], isDeflated: true),
  ]

  // MARK: Tables and records

  static let csv = [
    "a,b,label\n1,2,cat\n3.5,-4e2,dog\n0,0,cat\n", "1;2;0\r\n3;4;1\r\n",
    "\"x\"\ty\tclass\n1\t2\t3\n4\t5\t6\n",
  ].map { Array($0.utf8) }
  static let idx: [[UInt8]] = [[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 3] + (0..<24).map { UInt8($0) }]
  static let idxLabels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 4, 3, 5, 5, 3]
  static let cifar: [[UInt8]] = [
    (0..<4).flatMap { label in [UInt8(label % 2)] + (0..<12).map { UInt8($0 * 20) } }
  ]

  // MARK: Models

  static let safetensors: [[UInt8]] = {
    var file = SafetensorsFile(metadata: ["layers": "[2,3,2]"])
    file.tensors["layers.0.weight"] = StoredTensor([Float](repeating: 0.5, count: 6), shape: [2, 3])
    file.tensors["layers.1.weight"] = StoredTensor([Float](repeating: -1, count: 6), shape: [3, 2])
    return [file.header() + file.ordered.flatMap(\.tensor.bytes)]
  }()

  private static func floats(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { withUnsafeBytes(of: Float($0) / 7) { Array($0) } }
  }

  private static func bytes(_ base64: String) -> [UInt8] {
    Data(base64Encoded: base64).map { Array($0) } ?? []
  }

  private static let grey =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
    + "q62rZ4C8ybqmx5moq6T/wAALCAANABEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
    + "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
    + "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
    + "4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AMqK09qtxWntU/2P2qeGFauwwLVjyEr/2Q=="
  private static let progressive =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
    + "q62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    + "pKSkpKSkpKT/wgARCAANABEDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAwQA/8QAFwEAAwEAAAAAAAAAAAAAAAAAAQID"
    + "BP/aAAwDAQACEAMQAAABkZ2iJddm0f/EABgQAQEBAQEAAAAAAAAAAAAAAAABAhES/9oACAEBAAEFAplMvCRI4//EABYRAQEBAAAA"
    + "AAAAAAAAAAAAAAADE//aAAgBAwEBPwGdGr//xAAVEQEBAAAAAAAAAAAAAAAAAAARAP/aAAgBAgEBPwFYv//EABQQAQAAAAAAAAAA"
    + "AAAAAAAAACD/2gAIAQEABj8CX//EABcQAQEBAQAAAAAAAAAAAAAAAAABEBH/2gAIAQEAAT8h1U03L//aAAwDAQACAAMAAAAQn9//"
    + "xAAWEQEBAQAAAAAAAAAAAAAAAAAAARH/2gAIAQMBAT8Qq0//xAAVEQEBAAAAAAAAAAAAAAAAAAABEP/aAAgBAgEBPxAk/8QAFxAA"
    + "AwEAAAAAAAAAAAAAAAAAACBhcf/aAAgBAQABPxCZMwgX/9k="
  private static let palette =
    "iVBORw0KGgoAAAANSUhEUgAAABEAAAANBAMAAAC9V5gpAAAAGFBMVEW0yH60hVQ1yCU1hRm0Qyq0CgY1Qww1CgJWbp4YAAAAP0lE"
    + "QVR4nHXMsQmAQBAF0adsz1YpWMG1cJurrIEeJvqjD8PMtKBhn40FlVQe0dHhpeOdW6yP+0GJSnco8r/CBYQgEmGoxkGlAAAAAElF"
    + "TkSuQmCC"
}
