import Files
import Foundation

/// Where the real data sets are, for the tests that need them.
package enum RealData {
  /// The folder that holds `mnist` and `fashion-mnist`.
  package static let folder: String? = {
    let candidates = [
      ProcessInfo.processInfo.environment["WHITTLE_TEST_DATA"],
      FileSystem.folder(of: Repository.root) + "/shared/data",
    ]
    return candidates.compactMap { $0 }.first { FileSystem.exists($0 + "/mnist") }
  }()

  /// The folder with MNIST's files.
  package static let mnist = folder.map { $0 + "/mnist" }
}
