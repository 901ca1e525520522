import Files
import Foundation
import TestSupport
import Testing

/// Protects epochs that are trained from the ways in which a terminal, a pipe or a limit ends a process.
@Suite("Signals")
struct SignalTests {
  /// Runs a line of bash, in which `$0` is the tool.
  private func shell(
    _ line: String, in folder: TemporaryFolder, onLine: (String, Int32) -> Void = { _, _ in }
  ) throws -> Tool.Outcome {
    try Tool.run(["-c", line, Tool.path], in: folder.path, executable: "/bin/bash", onLine: onLine)
  }

  /// Whether a signal that was sent to a process still waits to be taken.
  private func isPending(_ signal: Int32, of process: Int32) -> Bool {
    let status = (try? FileSystem.readText("/proc/\(process)/status")) ?? ""
    return status.split(separator: "\n").contains { line in
      guard line.hasPrefix("ShdPnd:"), let set = UInt64(line.suffix(16), radix: 16) else { return false }
      return set >> UInt64(signal - 1) & 1 == 1
    }
  }

  private func hasCheckpoint(_ folder: TemporaryFolder) throws -> Bool {
    try FileSystem.names(in: folder("out/runs")).contains {
      FileSystem.exists(folder("out/runs/\($0)/checkpoint.safetensors"))
    }
  }

  @Test(
    "a signal that comes twice, as timeout and closing terminals send it, still saves",
    arguments: [SIGTERM, SIGHUP])
  func twice(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 400, sparsities: "[0.5]")
    var sent = 0
    let outcome = try Tool.run(["run", config], in: folder.path) { line, process in
      guard sent == 0, line.contains(": epoch ") else { return }
      for _ in 0..<2 where kill(process, signal) == 0 {
        sent += 1
        // While the first waits, the second would be the same one.
        while isPending(signal, of: process) { sched_yield() }
      }
    }
    #expect(sent == 2)
    #expect(outcome.exitCode == 128 + signal && !outcome.wasKilled)
    #expect(outcome.errors.hasPrefix("whittle: stopped; kept ") && outcome.errorLines.count == 1)
    #expect(try hasCheckpoint(folder))
  }

  @Test(
    "handlers that a driver's compiler installs do not get in the way", .needs(.openCL),
    arguments: [SIGQUIT, SIGXCPU])
  func driver(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 400, sparsities: "[0.5]")
    var isSent = false
    // Without PoCL's cache, so that it compiles.
    let outcome = try Tool.run(
      ["run", config, "--device", "opencl"], in: folder.path, environment: ["POCL_CACHE_DIR": folder("cache")]
    ) { line, process in
      guard !isSent, line.contains(": epoch 2 ") else { return }
      isSent = true
      kill(process, signal)
    }
    #expect(outcome.exitCode == 128 + signal && !outcome.wasKilled)
    // New kernels' costs were measured before, which a line says.
    #expect(outcome.errorLines.last?.hasPrefix("whittle: stopped; kept ") == true, "\(outcome.errors)")
  }

  @Test("a signal that the parent ignores stays ignored", arguments: ["HUP", "INT"])
  func ignored(signal: String) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 30, sparsities: "[0.5]")
    var isSent = false
    let outcome = try shell("trap '' \(signal); exec \"$0\" run \(config)", in: folder) { line, process in
      guard !isSent, line.contains(": epoch 2 ") else { return }
      isSent = true
      kill(process, signal == "HUP" ? SIGHUP : SIGINT)
    }
    #expect(isSent && outcome.exitCode == 0, "\(outcome.errors)")
  }

  @Test("a reader that has seen enough stops the study, which is saved")
  func closedPipe() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 400, sparsities: "[0.5]")
    let outcome = try shell("\"$0\" run \(config) | head -1; exit ${PIPESTATUS[0]}", in: folder)
    #expect(outcome.exitCode == 128 + SIGPIPE)
    #expect(outcome.errors.hasPrefix("whittle: stopped; kept ") && outcome.errorLines.count == 1)
    #expect(try hasCheckpoint(folder))
  }

  @Test("Ctrl-C that ends the reader of output and errors too still saves")
  func reader() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 400, sparsities: "[0.5]")
    // A terminal sends the signal to the whole group; the reader dies of it, as tee does.
    let outcome = try shell(
      """
      set -m
      { "$0" run \(config) 2>&1; echo $? >code; } |
        while read -r line; do case $line in *": epoch 3 "*) kill -INT 0 ;; esac; done &
      wait
      """, in: folder)
    #expect(try FileSystem.readText(folder("code")) == "130\n", "\(outcome.errors)")
    #expect(try hasCheckpoint(folder))
  }

  @Test("a limit on file sizes is an error that says so")
  func fileSizeLimit() throws {
    let folder = try TemporaryFolder()
    // Room for the weights, not for the moments of a checkpoint.
    let outcome = try shell(
      "ulimit -f 150; exec \"$0\" run \(try folder.config(epochs: 60, sparsities: "[0.5]"))", in: folder)
    #expect(outcome.exitCode == 1 && !outcome.wasKilled)
    #expect(outcome.errors.contains("file too large; raise the limit on file sizes (ulimit -f)"))
    #expect(outcome.errorLines.count == 1)
  }

  @Test("Ctrl-C while plots are drawn leaves nothing behind", arguments: ["plot", "report"])
  func drawing(command: String) throws {
    let folder = try TemporaryFolder()
    #expect(
      try Tool.run(["run", try folder.config(epochs: 1, sparsities: "[0, 0.5]")], in: folder.path).exitCode
        == 0)
    for name in ["bin", "tmp"] { try FileSystem.createFolder(folder(name)) }
    // In gnuplot's place: it begins to draw, has the key pressed, and goes on for long.
    try AtomicFile.write(
      "#!/bin/sh\n: >begun.svg\nkill -INT $PPID\nexec sleep 600\n", to: folder("bin/gnuplot"))
    chmod(folder("bin/gnuplot"), 0o755)
    let before = try folder.comparable("out").keys.sorted()
    let path = "\(folder("bin")):/usr/bin:/bin"
    let outcome = try Tool.run(
      [command, "out"], in: folder.path, environment: ["PATH": path, "TMPDIR": folder("tmp")])
    #expect(outcome.wasKilled && outcome.exitCode == SIGINT)
    #expect(try folder.comparable("out").keys.sorted() == before)
    #expect(try FileSystem.names(in: folder("tmp")).isEmpty)
  }
}
