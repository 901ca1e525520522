import Files
import Foundation
import Glibc
import StudyFiles
import TestSupport
import Testing

/// Protects people at a terminal of whatever size and kind: nothing folds, nothing is left behind, nothing is garbled.
@Suite("On a terminal")
struct TerminalTests {
  private static let plain = ["TERM": "xterm", "LC_ALL": "C.UTF-8"]

  @Test("there are never more bars than the terminal has rows")
  func rows() throws {
    let folder = try TemporaryFolder()
    let sparsities = (1...12).map { String(Double($0) / 16) }.joined(separator: ", ")
    let config = try folder.config(epochs: 2, sparsities: "[\(sparsities)]")
    let (text, code) = try PseudoTerminal(columns: 80, rows: 10).run(
      ["run", config, "--concurrency", "24", "--no-measure"], in: folder.path, environment: Self.plain)
    #expect(code == 0)
    let raised = text.matches(of: /\u{1B}\[([0-9]+)A/).compactMap { Int($0.1) }
    #expect(!raised.isEmpty)
    #expect(raised.allSatisfy { $0 <= 8 }, "\(raised.max() ?? 0) rows of 10 are redrawn")
    #expect(text.contains(/and [0-9]+ more at the same time/))
    #expect(text.contains(/[0-9]+ of 24 runs/))
    // Every redrawn row fits, too.
    let lines = text.split(separator: "\n").filter { $0.contains("█") || $0.contains("░") }
    #expect(!lines.isEmpty)
    #expect(lines.allSatisfy { ($0.split(separator: "\u{1B}[J").last ?? "").count < 80 })
  }

  @Test("a terminal without cursor codes gets lines, one without Unicode ASCII")
  func dumb() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 2)
    let (text, code) = try PseudoTerminal(columns: 80, rows: 24).run(
      ["run", config], in: folder.path, environment: ["TERM": "dumb", "LC_ALL": "C"])
    #expect(code == 0)
    #expect(!text.contains("\u{1B}"))
    #expect(text.contains("weight-s0.5-seed1: epoch 2 "))
    #expect(text.allSatisfy { $0.isASCII }, "\(text.filter { !$0.isASCII })")
    let bars = try PseudoTerminal(columns: 80, rows: 24).run(
      ["run", config, "--output", "again"], in: folder.path, environment: ["TERM": "xterm", "LC_ALL": "C"])
    #expect(bars.text.contains("\u{1B}["))
    #expect(bars.text.allSatisfy { $0.isASCII }, "\(bars.text.filter { !$0.isASCII })")
  }

  @Test("the result fits 80 columns, and 40", arguments: [80, 40])
  func columns(_ columns: Int) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0, 0.995]")
    let terminal = PseudoTerminal(columns: columns, rows: 24)
    let run = ["run", config, "--set", "pruning.minimum_survivors=0"]
    #expect(try terminal.run(run, in: folder.path, environment: Self.plain).exitCode == 0)
    let (text, code) = try terminal.run(["show", "out"], in: folder.path, environment: Self.plain)
    #expect(code == 0)
    let table = text.split(separator: "\n").prefix { !$0.hasPrefix("neuron 99.5%, seed") }
    #expect(table.count > 4)
    #expect(table.allSatisfy { $0.count <= columns }, "\(text)")
    // Where one table is too wide, the rest of it follows below.
    #expect(table.count { $0.hasPrefix("neuron 99.5%") } == (columns == 80 ? 1 : 3), "\(text)")
  }
}

/// Protects what a study tells of itself beside its numbers.
@Suite("Progress of a study")
struct StudyProgressTests {
  @Test("each finished run says how far the study is; measuring says what it does")
  func lines() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      ["run", try folder.config(epochs: 1, sparsities: "[0.25, 0.5]")], in: folder.path)
    let done = outcome.output.split(separator: "\n").filter { $0.contains(": done, ") }
    #expect(done.count == 4)
    for (index, line) in done.enumerated() { #expect(line.contains("(\(index + 1) of 4 runs"), "\(line)") }
    #expect(done.last?.hasSuffix("(4 of 4 runs)") == true)
    #expect(outcome.output.contains("measuring the speed of 4 networks, one by one"))
    #expect(outcome.output.split(separator: "\n").count { $0.contains(": a training step ") } == 4)
  }

  @Test("--no-measure leaves the measurement out, and the same command makes up for it")
  func noMeasure() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0.5]")
    let outcome = try Tool.run(["run", config, "--no-measure"], in: folder.path)
    #expect(outcome.exitCode == 0 && !outcome.output.contains("measuring"))
    #expect(!FileSystem.exists(folder("out/measurements.csv")))
    #expect(outcome.output.contains("weight 50%"))
    let again = try Tool.run(["run", config], in: folder.path)
    #expect(again.exitCode == 0 && again.output.contains("measuring the speed of 2 networks"))
    #expect(try MeasurementRow.read(folder("out/measurements.csv")).count == 2)
  }

  @Test("a signal while measuring leaves the rest out, shows the table, and nothing is lost")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, layers: "[784, 800, 800, 10]", sparsities: "[0.25, 0.5, 0.75]")
    let outcome = try Tool.run(["run", config], in: folder.path) { line, process in
      if line.hasPrefix("measuring the speed") { kill(process, SIGINT) }
    }
    #expect(outcome.exitCode == 130)
    #expect(
      outcome.errors
        == "whittle: stopped while measuring; every run is done, the same command measures what is left\n")
    #expect(outcome.output.contains("results in out"))
    #expect(outcome.output.contains("neuron 75%"))
    let again = try Tool.run(["run", config], in: folder.path)
    #expect(again.exitCode == 0 && !again.output.contains(": epoch "))
    #expect(try MeasurementRow.read(folder("out/measurements.csv")).count == 6)
  }

  @Test("whittle show prints the table of a finished study again, with what it is about")
  func show() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1)
    let outcome = try Tool.run(
      ["run", config, "--set", "description=\"What this is about.\""], in: folder.path)
    let shown = try Tool.run(["show", "out"], in: folder.path)
    #expect(shown.exitCode == 0)
    #expect(shown.output.hasPrefix("What this is about.\n\n"))
    let table = shown.output.components(separatedBy: "No better than guessing")[0]
    #expect(outcome.output.contains(table))
    let missing = try Tool.run(["show", "absent"], in: folder.path)
    #expect(missing.exitCode == 65 && missing.errorLines.count == 1)
  }

  @Test("a run that is pruned and not trained again has no speed, and its dense training is named")
  func oneShot() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 2, sparsities: "[0.5]")
    let outcome = try Tool.run(
      ["run", config, "--set", "pruning.schedule={\"name\":\"one_shot\"}"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(!outcome.output.contains(" 0 images/s"))
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("dense training, seed 1: 2 epochs, train ") })
    #expect(
      lines.contains {
        $0.hasPrefix("weight-s0.5-seed1: done, ") && $0.contains(" of 2 runs") && !$0.contains("0.0 s")
      })
  }

  @Test(
    "a person's own gnuplot settings change no plot", .needs(.gnuplot))
  func gnuplotSettings() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(["run", try folder.config(epochs: 2), "--no-measure"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    try FileSystem.createFolder(folder("home"))
    try AtomicFile.write("set datafile separator ';'\n", to: folder("home/.gnuplot"))
    for (home, plots) in [("home", "own"), (".", "plain")] {
      let plotted = try Tool.run(
        ["plot", "out", "--output", plots], in: folder.path, environment: ["HOME": folder(home)])
      #expect(plotted.exitCode == 0, "\(plotted.errors)")
    }
    for name in try FileSystem.names(in: folder("plain")) {
      #expect(
        try FileSystem.read(folder("own/\(name)")) == FileSystem.read(folder("plain/\(name)")), "\(name)")
    }
  }
}
