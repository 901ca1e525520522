import Foundation

/// What the machine and this process's control groups have left of their memory, as the files of Linux tell.
package struct SystemMemory {
  private let root: String

  /// - Parameter root: the folder that `proc` and `sys` are in.
  package init(root: String = "") { self.root = root }

  /// The least of what they have left, in bytes; nil where the system tells nothing.
  package var bytes: Int? { ([machine].compactMap { $0 } + groups).min() }

  /// The lines of a file; none where it cannot be read.
  func lines(of file: String) -> [Substring] {
    (try? String(contentsOfFile: root + file, encoding: .utf8))?.split(separator: "\n") ?? []
  }

  private var machine: Int? {
    guard let available = value("MemAvailable:", in: "/proc/meminfo") else { return nil }
    return (available + (value("SwapFree:", in: "/proc/meminfo") ?? 0)) << 10
  }

  /// What is left of the limits of the groups and of those around them, as containers set them.
  private var groups: [Int] {
    lines(of: "/proc/self/cgroup").flatMap { line -> [Int] in
      // `number:controllers:path`: version 2 names no controllers, version 1 some, separated by commas.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      if parts[0] == "0", parts[1].isEmpty { return left(in: parts[2], of: .version2) }
      guard parts[1].split(separator: ",").contains("memory") else { return [] }
      return left(in: parts[2], of: .version1)
    }
  }

  /// A group's files, and the lines in its statistics that count the pages of files.
  private struct Version {
    let folder: String
    let limit: String
    let usage: String
    let files: [String]

    static let version1 = Version(
      folder: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
      files: ["total_active_file", "total_inactive_file"])
    static let version2 = Version(
      folder: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current",
      files: ["active_file", "inactive_file"])
  }

  private func left(in group: Substring, of version: Version) -> [Int] {
    let names = group.split(separator: "/")
    return (0...names.count).compactMap { depth -> Int? in
      let folder = ([version.folder] + names.prefix(depth).map { String($0) }).joined(separator: "/")
      guard let limit = number(in: "\(folder)/\(version.limit)"),
        let used = number(in: "\(folder)/\(version.usage)")
      else { return nil }
      // Pages of files are given back when memory is short; those of tmpfs, which `file` counts too, are not.
      let files = version.files.reduce(0) { $0 + (value($1, in: "\(folder)/memory.stat") ?? 0) }
      return max(0, limit - max(0, used - files))
    }
  }

  private func number(in file: String) -> Int? { lines(of: file).first.flatMap { Int($0) } }

  /// The number in the line that begins with a word.
  private func value(_ word: String, in file: String) -> Int? {
    for line in lines(of: file) {
      let fields = line.split(separator: " ")
      if fields.count > 1, fields[0] == word { return Int(fields[1]) }
    }
    return nil
  }
}
