/// A program as a device's compiler gets it: a kernel file, what comes before it, and the options.
package struct ProgramText: Hashable, Sendable {
  /// The kernels' file.
  package let file: String
  /// A file whose text comes before that of `file`.
  package let prelude: String?
  private let macros: String

  /// - Parameter options: `-D` options of the file.
  package init(file: String, prelude: String?, options: String) {
    (self.file, self.prelude, macros) = (file, prelude, options)
  }

  /// What every program is built with. Moments and gradients decay into denormal numbers as a network fits its data, and
  /// some processors take twenty times as long for those; the CPU backend flushes them, too.
  private static let flushing = "-cl-denorms-are-zero"

  /// All options.
  package var options: String { macros.isEmpty ? Self.flushing : "\(Self.flushing) \(macros)" }

  /// The whole text.
  ///
  /// - Throws: `KernelSourceMissing`.
  package func text(from sources: KernelSources) throws -> String {
    // The compiler counts the lines of each file from its own first line.
    let files = ["common.cl"] + (prelude.map { [$0] } ?? []) + [file]
    return try files.map { "#line 1 \"\($0)\"\n" + (try sources.expanded($0)) }.joined(separator: "\n")
  }
}
