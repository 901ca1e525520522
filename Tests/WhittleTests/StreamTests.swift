import Files
import Foundation
import TestSupport
import Testing

/// Protects those who rely on output: what could not be written is never taken for written, nor put where it does harm.
@Suite("Standard streams")
struct StreamTests {
  private func shell(_ line: String, in folder: TemporaryFolder) throws -> Tool.Outcome {
    try Tool.run(["-c", line, Tool.path], in: folder.path, executable: "/bin/bash")
  }

  @Test("output that cannot be written is 1 with a line, for every command that prints", .needs(.gnuplot))
  func full() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0, 0.5]")
    let model = "out/runs/weight-s0.5-seed1/model.safetensors"
    // Of a folder without any file there is nothing to print.
    try folder.write([1], "test_batch.bin")
    // The study is not stopped: the others need its results.
    for arguments in [
      ["run", config], ["evaluate", model, "--device", "cpu", "--json"],
      ["evaluate", model, "--device", "cpu"],
      ["compress", model, "--output", "small"], ["devices"], ["devices", "--json"],
      ["plan", config, "--device", "cpu"], ["plan", config, "--device", "cpu", "--sparsity", "0.5"],
      ["plot", "out"], ["report", "out"], ["data", "check", "."], ["data", "list"],
      ["--help"], ["run", "--help"],
      ["--version"],
      ["--generate-completion-script", "bash"],
    ] {
      let outcome = try Tool.run(arguments, in: folder.path, outputTo: "/dev/full")
      #expect(outcome.exitCode == 1, "\(arguments)")
      #expect(
        outcome.errors.hasPrefix("whittle: cannot write standard output: no space left on device; "),
        "\(arguments): \(outcome.errors)")
      #expect(outcome.errorLines.count == 1)
    }
    #expect(FileSystem.exists(folder("out/measurements.csv")))
  }

  @Test("errors that cannot be written change no exit code")
  func fullErrors() throws {
    let folder = try TemporaryFolder()
    for (arguments, code) in [("run absent.json", 65), ("run --colour", 64)] as [(String, Int32)] {
      for target in [">/dev/full", ">&-"] {
        let outcome = try shell("exec \"$0\" \(arguments) 2\(target)", in: folder)
        #expect(outcome.exitCode == code && !outcome.wasKilled)
      }
    }
  }

  @Test("what is told on the way and cannot be written stops nothing", .needs(.openCL))
  func fullErrorsOnTheWay() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    // A fresh cache: that formats are measured is told.
    let outcome = try shell(
      """
      export XDG_CACHE_HOME=$PWD/cache
      exec "$0" plan \(config) --device opencl --sparsity 0.5 2>/dev/full
      """, in: folder)
    #expect(outcome.exitCode == 0 && !outcome.wasKilled)
    #expect(outcome.output.contains("matmuls of a step"))
  }

  @Test("a download goes on when its reader has gone")
  func download() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("bin"))
    try AtomicFile.write(
      "#!/bin/sh\necho 'curl: (6) no such host' >&2\nexit 6\n", to: folder("bin/curl"))
    chmod(folder("bin/curl"), 0o755)
    let outcome = try shell(
      """
      export PATH=$PWD/bin:$PATH
      exec 3> >(:)
      wait $!
      exec "$0" data download mnist --directory d --mirror http://localhost/ >&3
      """, in: folder)
    #expect(outcome.exitCode == 1 && !outcome.wasKilled)
    #expect(outcome.errors.contains("it cannot be downloaded"), "\(outcome.errors)")
  }

  @Test("streams that are closed become no file of the study", arguments: [">&- 2>&-", "<&- >&- 2>&-"])
  func closed(streams: String) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 2)
    #expect(try Tool.run(["run", config, "--output", "whole"], in: folder.path).exitCode == 0)
    #expect(try shell("exec \"$0\" run \(config) \(streams)", in: folder).exitCode == 0)
    expectEqual(try folder.comparable("out"), try folder.comparable("whole"))
    let lock = try FileSystem.readText(folder("out/.lock"))
    #expect(lock.wholeMatch(of: /[0-9]+\n/) != nil, "\(lock)")
  }

  @Test("a command that prints to a closed stream says so")
  func closedOutput() throws {
    let folder = try TemporaryFolder()
    let outcome = try shell("exec \"$0\" devices >&-", in: folder)
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.errors
        == "whittle: cannot write standard output: bad file descriptor; the stream is closed\n")
  }
}
