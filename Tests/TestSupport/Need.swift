import Foundation
import Testing

/// What a test needs of the machine that not every machine has.
package struct Need: Sendable {
  /// Whether a missing one fails the test; true in CI, where no test is skipped.
  package static let isRequired = ProcessInfo.processInfo.environment["WHITTLE_REQUIRE_ALL"] != nil

  /// What it is, and how to get it.
  let remedy: String
  private let isThere: @Sendable () -> Bool

  package init(remedy: String, _ isThere: @escaping @Sendable () -> Bool) {
    self.remedy = remedy
    self.isThere = isThere
  }

  /// Whether the machine has it.
  ///
  /// - Throws: `NeedMissing` where it has not, and it is required.
  package func isMet(isRequired: Bool = Need.isRequired) throws -> Bool {
    if isThere() { return true }
    guard !isRequired else { throw NeedMissing(description: "missing: \(remedy)") }
    return false
  }
}

extension Need {
  package static let openCL = Need(remedy: "an OpenCL device (pocl-opencl-icd)") { TestDevice.isPresent }
  package static let gnuplot = Need(remedy: "gnuplot (gnuplot-nox)") { Tool.onPath("gnuplot") != nil }
  package static let graphviz = Need(remedy: "Graphviz (graphviz)") { Tool.onPath("dot") != nil }
  package static let browser = Need(remedy: "Chromium (chromium)") { Browser.path != nil }
  package static let smallDisk = Need(remedy: "the right to mount a small file system (root)") {
    SmallDisk.isPossible
  }
  package static let realData = Need(
    remedy: "MNIST's and Fashion-MNIST's files in ../shared/data or the folder named by WHITTLE_TEST_DATA"
  ) { RealData.folder != nil }

  package static func python(_ packages: String...) -> Need {
    Need(
      remedy: "Python with \(packages.joined(separator: ", ")) (WHITTLE_PYTHON names another than python3)"
    ) { Python.has(packages) }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test where the machine lacks what it needs, or fails it if nothing may be skipped.
  package static func needs(_ need: Need) -> Self {
    .enabled("\(need.remedy)") { try need.isMet() }
  }
}

package struct NeedMissing: Error, CustomStringConvertible {
  package let description: String
}
