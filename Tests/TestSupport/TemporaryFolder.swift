import Files
import Foundation

/// A folder of a test's own, removed with all that is in it when the test is over.
package final class TemporaryFolder: Sendable {
  package let path: String

  /// - Parameter place: where it is made; `/dev/shm` is memory, for what writes very many files.
  package init(in place: String = "/tmp") throws {
    path = "\(place)/whittle-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try FileSystem.createFolder(path)
  }

  deinit { try? FileSystem.remove(path) }

  package var url: URL { URL(fileURLWithPath: path, isDirectory: true) }

  /// A path in the folder.
  package func callAsFunction(_ name: String) -> String { path + "/" + name }

  package func write(_ bytes: [UInt8], _ name: String) throws {
    let file = URL(fileURLWithPath: self(name))
    try FileSystem.createFolder(file.deletingLastPathComponent().path)
    try Data(bytes).write(to: file)
  }

  package func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }

  package func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: self(name))))
  }

  package func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
