/// What came out for one kernel in one configuration.
package struct VerifyResult: Sendable {
  /// The kernel's name.
  package let kernel: String
  /// The family, the tile, and what else was compiled in.
  package let configuration: String
  /// Launches compared.
  package fileprivate(set) var cases = 0
  /// The largest error over its bound; 0 for a kernel that must be exact and is, above 1 for a failure.
  package fileprivate(set) var worst = 0.0
  /// Launches that failed.
  package fileprivate(set) var failures = 0
  /// The first failure: shape, index, got and expected.
  package fileprivate(set) var firstFailure: String?
}

/// The results of a verification, a row for each kernel and configuration.
package final class VerifyReport {
  /// In the order in which they were first tried.
  package private(set) var results: [VerifyResult] = []
  private var positions: [String: Int] = [:]
  private let untilFailure: Bool

  /// - Parameter untilFailure: whether nothing is run after a launch that failed.
  init(untilFailure: Bool = false) { self.untilFailure = untilFailure }

  /// Whether every launch agreed with the reference.
  package var passed: Bool { results.allSatisfy { $0.failures == 0 } }
  /// Whether nothing more is to be run.
  var isOver: Bool { untilFailure && !passed }

  /// Adds what a launch of `kernel` over a case (its shape, in words) showed.
  func record(_ kernel: String, _ configuration: String, case name: String, _ comparison: Comparison) {
    update(kernel, configuration) { result in
      result.cases += 1
      // A NaN ratio is a failure, too.
      result.worst = comparison.ratio.isNaN ? .infinity : max(result.worst, comparison.ratio)
      guard !(comparison.ratio <= 1) else { return }
      result.failures += 1
      if result.firstFailure == nil { result.firstFailure = "\(name): \(comparison.detail)" }
    }
  }

  /// Adds a launch that wrote where it must not, or did not run at all.
  func record(_ kernel: String, _ configuration: String, case name: String, error: any Error) {
    update(kernel, configuration) { result in
      result.cases += 1
      result.worst = .infinity
      result.failures += 1
      if result.firstFailure == nil { result.firstFailure = "\(name): \(error)" }
    }
  }

  private func update(_ kernel: String, _ configuration: String, _ body: (inout VerifyResult) -> Void) {
    let key = kernel + "\n" + configuration
    let position = positions[key] ?? results.count
    if position == results.count {
      positions[key] = position
      results.append(VerifyResult(kernel: kernel, configuration: configuration))
    }
    body(&results[position])
  }
}
