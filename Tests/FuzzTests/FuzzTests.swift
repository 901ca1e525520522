import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// Holds every reader of files against inputs that nobody could have meant: it reads them or says in one line what is wrong, and
/// takes no more memory than the input is worth. `scripts/fuzz` tries many more.
@Suite("Readers of hostile files", .serialized)
struct FuzzTests {
  /// `WHITTLE_FUZZ_INPUTS`, which `scripts/fuzz` sets. Only then nothing else runs in the process, and memory can be measured.
  private static let asked = ProcessInfo.processInfo.environment["WHITTLE_FUZZ_INPUTS"].flatMap { Int($0) }
  private static let readers = ProcessInfo.processInfo.environment["WHITTLE_FUZZ_READERS"]?.split(
    separator: ",")
  private static let seed =
    ProcessInfo.processInfo.environment["WHITTLE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

  /// What a reader may take beside twice the file: the largest picture that is read, decoded in 3 bytes a pixel or as the
  /// coefficients of a progressive JPEG.
  private static let constant = 128 << 20

  @Test("whatever a file holds, it is read, or refused in one line", arguments: FuzzTarget.all)
  func read(_ target: FuzzTarget) throws {
    if let readers = Self.readers, !readers.contains(where: { $0 == target.name }) { return }
    let place = FileSystem.exists("/dev/shm") ? "/dev/shm" : "/tmp"
    let folder = try TemporaryFolder(in: place)
    for seed in target.seeds { try target.read(seed, folder) }
    var mutator = Mutator(seed: Self.seed)
    var (read, largest) = (0, 0)
    for input in 0..<(Self.asked ?? 300) {
      var bytes = mutator.mutated(target.seeds)
      if input % 2 == 0 { bytes = target.repair(bytes) }
      // What a crash leaves behind.
      if Self.asked != nil {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(place)/whittle-fuzz-\(target.name)"))
      }
      let before = Self.asked == nil ? 0 : ProcessMemory.startPeak()
      do {
        try target.read(bytes, folder)
        read += 1
      } catch {
        let line = "\(error)"
        guard error is DatasetError || error is FileFormatError || error is FileError, !line.isEmpty,
          line.count < 1000,
          !line.contains(where: { $0.isNewline || $0 == "\0" })
        else {
          Issue.record("input \(input): \(type(of: error)): \(line)")
          return
        }
      }
      guard Self.asked != nil else { continue }
      let taken = ProcessMemory.peak() - before
      largest = max(largest, taken - 2 * bytes.count)
      #expect(
        taken <= 2 * bytes.count + Self.constant, "input \(input) of \(bytes.count) bytes took \(taken)")
    }
    guard let asked = Self.asked else { return }
    try FileHandle.standardError.write(
      contentsOf: Data(
        "fuzz: \(target.name): \(asked) inputs, \(read) of them read, \(largest >> 20) MiB at most beside twice the file\n"
          .utf8))
    try? FileSystem.remove("\(place)/whittle-fuzz-\(target.name)")
  }
}

/// The memory of this process, as Linux counts it.
enum ProcessMemory {
  /// Begins to look for the peak anew, and returns the bytes in use.
  static func startPeak() -> Int {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    return status("VmRSS:")
  }

  /// The most bytes in use since then.
  static func peak() -> Int { status("VmHWM:") }

  private static func status(_ key: String) -> Int {
    let text = (try? FileSystem.readText("/proc/self/status")) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    return
      (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
      << 10
  }
}
