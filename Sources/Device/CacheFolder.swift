import Files
import Foundation

/// The person's folder for what took time once, and can be had again.
package enum CacheFolder {
  /// Its path.
  package static var path: String {
    let environment = ProcessInfo.processInfo.environment
    let root =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() + "/.cache"
    return "\(root)/whittle"
  }

  /// The path of a file that depends on all of `key`.
  package static func path(
    _ kind: String, _ key: [String: String], in folder: String = path, type: String = "json"
  ) -> String {
    let text = key.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
    return "\(folder)/\(kind)-\(FNV1a.digest(of: text.utf8)).\(type)"
  }

  /// What a file holds; nil where there is none.
  ///
  /// - Throws: an error that says nothing more than that it is damaged.
  package static func read<Content: Decodable>(_ path: String) throws -> Content? {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 20) else { return nil }
    return try JSONDecoder().decode(Content.self, from: Data(bytes))
  }

  /// Writes a file whole or not at all.
  ///
  /// - Throws: `FileError`.
  package static func write(_ content: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(Array(try encoder.encode(content)), to: path)
  }
}
