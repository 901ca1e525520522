import Experiments

/// A folder of a test's own, removed with all that is in it when the test is over.
package final class TemporaryFolder {
  package let path: String

  package init() throws {
    path = "/tmp/whittle-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try FileSystem.createFolder(path)
  }

  deinit { try? FileSystem.remove(path) }

  /// A path in the folder.
  package func callAsFunction(_ name: String) -> String { path + "/" + name }
}
