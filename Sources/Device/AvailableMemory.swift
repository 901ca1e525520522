import Foundation

/// The host's memory, asked for before it is taken: a program that takes more than there is ends without a word.
package enum AvailableMemory {
  /// Bytes that this process can still take: of the machine, of its control group, and of its own limit. Nil where the
  /// system tells none of them.
  package static var bytes: Int? { [machine, controlGroup, ownLimit].compactMap { $0 }.min() }

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

  private static var machine: Int? {
    lines(of: "/proc/meminfo").first { $0.hasPrefix("MemAvailable:") }
      .flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }.map { $0 << 10 }
  }

  /// What is left of the limits of the group and of those around it (version 2), as containers set them.
  private static var controlGroup: Int? {
    guard let own = lines(of: "/proc/self/cgroup").first(where: { $0.hasPrefix("0::/") }) else { return nil }
    var parts = own.dropFirst(4).split(separator: "/")
    var left: [Int] = []
    while true {
      let folder = (["/sys/fs/cgroup"] + parts.map(String.init)).joined(separator: "/")
      if let most = number(in: folder + "/memory.max"), let used = number(in: folder + "/memory.current") {
        // Pages of files are given back when memory is short.
        let files = lines(of: folder + "/memory.stat").first { $0.hasPrefix("file ") }
          .flatMap { Int($0.dropFirst(5)) }
        left.append(max(0, most - used + (files ?? 0)))
      }
      if parts.isEmpty { return left.min() }
      parts.removeLast()
    }
  }

  /// What is left of `ulimit -v`.
  private static var ownLimit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt.max / 2,
      let pages = lines(of: "/proc/self/statm").first?.split(separator: " ").first.flatMap({ Int($0) })
    else { return nil }
    return max(0, Int(limit.rlim_cur) - pages * Int(getpagesize()))
  }

  private static func number(in file: String) -> Int? { lines(of: file).first.flatMap { Int($0) } }

  private static func lines(of file: String) -> [Substring] {
    (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: "\n") ?? []
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
