import Files
import Foundation
import TestSupport
import Testing

/// Protects what is already trained: from Ctrl-C, kills, a second process, changed configs and full disks.
@Suite("Interrupted studies")
struct ResumeTests {
  /// Interrupts a study at its first epochs, and returns what that process left.
  private func interrupt(
    _ arguments: [String], in folder: TemporaryFolder, with signal: Int32, atLine count: Int = 3
  ) throws -> Tool.Outcome {
    var lines = 0
    return try Tool.run(arguments, in: folder.path) { line, process in
      guard line.contains(": epoch ") else { return }
      lines += 1
      if lines == count { kill(process, signal) }
    }
  }

  /// The last epoch that each run told of, or that the message of an interrupted study names.
  private func epochs(_ text: String, _ pattern: Regex<(Substring, Substring, Substring)>) -> [String: Int] {
    Dictionary(text.matches(of: pattern).map { (String($0.1), Int($0.2) ?? 0) }) { max($0, $1) }
  }

  @Test(
    "a signal loses no finished epoch, and the same command goes on to the same files",
    arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129), (SIGQUIT, 131), (SIGXCPU, 152)]
      as [(Int32, Int32)])
  func interrupt(signal: Int32, code: Int32) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 60, sparsities: "[0.5]")
    var stops = 0
    while true {
      let outcome = try interrupt(["run", config], in: folder, with: signal, atLine: 20)
      if outcome.exitCode == 0 { break }
      try #require(outcome.exitCode == code && !outcome.wasKilled, "\(outcome.errors)")
      stops += 1
      // Where both runs were done, measuring was stopped.
      if FileSystem.exists(folder("out/summary.csv")) { continue }
      #expect(outcome.errors.hasPrefix("whittle: stopped; kept ") && outcome.errorLines.count == 1)
      #expect(outcome.errors.hasSuffix("; the same command goes on from there\n"))
      let kept = epochs(outcome.errors, /([a-z]+-s0.5-seed1) up to epoch ([0-9]+)/)
      let told = epochs(outcome.output, /([a-z]+-s0.5-seed1): epoch ([0-9]+)/)
      for (run, epoch) in told { #expect(kept[run, default: 0] >= epoch, "\(outcome.errors)") }
    }
    #expect(stops >= 2)
    #expect(try Tool.run(["run", config, "--output", "whole"], in: folder.path).exitCode == 0)
    expectEqual(try folder.comparable("out"), try folder.comparable("whole"))
  }

  @Test("a second Ctrl-C ends the process at once, and what is on the disk is good")
  func secondInterrupt() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 60, sparsities: "[0.5]")
    var isSent = false
    let outcome = try Tool.run(["run", config], in: folder.path) { line, process in
      guard !isSent, line.contains(": epoch ") else { return }
      isSent = true
      for _ in 0..<2 { kill(process, SIGINT) }
    }
    #expect(outcome.exitCode == 130 && !outcome.wasKilled)
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    #expect(try Tool.run(["run", config, "--output", "whole"], in: folder.path).exitCode == 0)
    expectEqual(try folder.comparable("out"), try folder.comparable("whole"))
  }

  @Test("kills at random moments cost nothing: the final files are those of studies that nobody killed")
  func kills() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      ["--kills", "3", "--whittle", Tool.path, "--keep", folder("studies")], in: folder.path,
      executable: Repository.root + "/scripts/kill-test")
    #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("3 kills, nothing lost"))
  }

  @Test("a second process on the folder is refused and told which is the first")
  func secondProcess() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 400, sparsities: "[0.5]")
    var second: Tool.Outcome?
    var first: Int32?
    let outcome = try Tool.run(["run", config], in: folder.path) { line, process in
      guard first == nil, line.contains(": epoch ") else { return }
      first = process
      second = try? Tool.run(["run", config, "--force"], in: folder.path)
      kill(process, SIGINT)
    }
    #expect(outcome.errors.contains("the same command goes on"), "the first went on undisturbed")
    #expect(second?.exitCode == 1)
    #expect(
      second?.errors
        == "whittle: out is in use by another whittle (process \(first ?? 0)); wait until it is done, or choose another "
        + "folder with --output\n")
  }

  @Test("a changed config is refused with the differences, and --force starts over")
  func changedConfig() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1)
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    let before = try folder.comparable("out")
    let changed = ["run", config, "--epochs", "2", "--set", "pruning.sparsities=[0, 0.25]"]
    let refused = try Tool.run(changed, in: folder.path)
    #expect(refused.exitCode == 65)
    #expect(refused.errors.contains("out holds a study with another config"))
    #expect(
      refused.errors.contains(
        "  pruning.sparsities: [0,0.5] -> [0,0.25] (the list can be added to, but what it had must stay in it)\n"
      ))
    #expect(refused.errorLines.count == 2, "more epochs alone are no obstacle")
    expectEqual(before, try folder.comparable("out"))
    let forced = try Tool.run(changed + ["--force"], in: folder.path)
    #expect(forced.exitCode == 0)
    #expect(
      try FileSystem.names(in: folder("out/runs")) == [
        "neuron-s0.25-seed1", "weight-s0-seed1", "weight-s0.25-seed1",
      ])
  }

  @Test("a device or other concurrency in words only changes nothing")
  func harmlessChange() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1)
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    let again = try Tool.run(["run", config, "--sequential", "--set", "description=again"], in: folder.path)
    #expect(again.exitCode == 0)
  }

  @Test("other images under the same config are refused")
  func changedImages() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0]")
    try folder.writeImages("images", count: 40, seed: 1)
    let arguments = ["run", config, "--set", "dataset={\"name\":\"mnist\",\"directory\":\"images\"}"]
    let first = try Tool.run(arguments, in: folder.path)
    #expect(first.exitCode == 0, "\(first.errors)")
    try folder.writeImages("images", count: 40, seed: 2)
    let second = try Tool.run(arguments, in: folder.path)
    #expect(second.exitCode == 65)
    #expect(second.errors.contains("the images are not those that the study was begun with"))
  }

  @Test("results without a config are not taken for this study's")
  func lostConfig() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0]")
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    try FileSystem.remove(folder("out/config.json"))
    for options in [[], ["--force"]] {
      let outcome = try Tool.run(["run", config] + options, in: folder.path)
      #expect(outcome.exitCode == 65)
      #expect(outcome.errors.contains("out: holds results, but no config.json"))
    }
    #expect(FileSystem.exists(folder("out/summary.csv")))
  }

  @Test(
    "a full disk stops the study with a line, and it goes on when there is space again",
    .needs(.smallDisk))
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 60, sparsities: "[0.5]")
    let disk = try SmallDisk(at: folder("disk"), bytes: 8 << 20)
    // Room for the initial weights and one checkpoint of one run, not for both runs and their results.
    try AtomicFile.write([UInt8](repeating: 0, count: 8 << 20 - 900 << 10), to: folder("disk/ballast"))
    let arguments = ["run", config, "--output", "disk/out"]
    let stopped = try Tool.run(arguments, in: folder.path)
    #expect(stopped.exitCode == 1 && !stopped.wasKilled)
    #expect(stopped.errorLines.count == 1)
    #expect(
      stopped.errors.contains("no space left on device; free some space and run the same command again"))
    try FileSystem.remove(folder("disk/ballast"))
    let resumed = try Tool.run(arguments, in: folder.path)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    expectEqual(try folder.comparable("disk/out"), try folder.comparable("out"))
    disk.unmount()
  }
}

extension TemporaryFolder {
  /// Writes a small set of random images as MNIST's four files.
  func writeImages(_ name: String, count: Int, seed: UInt8) throws {
    try FileSystem.createFolder(self(name))
    func header(_ magic: [UInt8], _ sizes: [Int]) -> [UInt8] {
      magic
        + sizes.flatMap {
          [UInt8($0 >> 24 & 255), UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255)]
        }
    }
    for part in ["train", "t10k"] {
      let pixels = (0..<count * 784).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ $0 / 7) &* Int(seed)) }
      let labels = (0..<count).map { UInt8($0 % 10) }
      try AtomicFile.write(
        header([0, 0, 8, 3], [count, 28, 28]) + pixels, to: self("\(name)/\(part)-images-idx3-ubyte"))
      try AtomicFile.write(
        header([0, 0, 8, 1], [count]) + labels, to: self("\(name)/\(part)-labels-idx1-ubyte"))
    }
  }
}
