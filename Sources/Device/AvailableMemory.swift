import Foundation

/// The host's memory, asked for before it is taken: a program that takes more than there is ends without a word.
package enum AvailableMemory {
  /// Bytes that this process can still take: of the machine, of its control group, and of its own limit. Nil where the
  /// system tells none of them.
  package static var bytes: Int? { [SystemMemory().bytes, ownLimit].compactMap { $0 }.min() }

  /// - Parameters:
  ///   - bytes: what is about to be taken; a `Double`, since products of sizes may pass what an `Int` holds.
  ///   - purpose: the beginning of the message, up to its verb.
  ///   - available: what there is.
  /// - Throws: `OutOfHostMemory` where that is less.
  package static func require(
    _ bytes: Double, for purpose: String, remedy: String, of available: Int? = AvailableMemory.bytes
  ) throws(OutOfHostMemory) {
    guard let available, bytes > Double(available) else { return }
    throw OutOfHostMemory(purpose: purpose, requested: bytes, available: available, remedy: remedy)
  }

  /// What is left of `ulimit -v`.
  private static var ownLimit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt.max / 2,
      let pages = SystemMemory().lines(of: "/proc/self/statm").first?.split(separator: " ").first
        .flatMap({ Int($0) })
    else { return nil }
    return max(0, Int(limit.rlim_cur) - pages * Int(getpagesize()))
  }
}

/// The host has too little memory for what is asked.
package struct OutOfHostMemory: Error, CustomStringConvertible {
  let purpose: String
  let requested: Double
  let available: Int
  let remedy: String

  /// One line: what was asked, what there is, what to do.
  package var description: String {
    func mib(_ bytes: Double) -> String { String(format: "%.0f MiB", bytes / 0x1p20) }
    return "\(purpose) \(mib(requested)) of memory, and \(mib(Double(available))) are available; \(remedy)"
  }
}
