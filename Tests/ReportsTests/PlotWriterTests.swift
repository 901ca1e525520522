import Files
import Foundation
import Reports
import StudyFiles
import TestSupport
import Testing

/// Pictures are drawn for real, and people can redraw them.
@Suite("Drawing plots", .needs(.gnuplot))
struct PlotWriterTests {
  @Test("picture, script and data of every plot, and nothing else")
  func files() throws {
    let fixture = try StudyFixture().write()
    let plots = StudyPlots(try fixture.results()).plots
    let folder = fixture.folder.appendingPathComponent("plots")
    let pictures = try PlotWriter.write(plots, to: folder)
    #expect(pictures.count == 2 * plots.count)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let expected = plots.flatMap { plot in ["dat", "gp", "png", "svg"].map { "\(plot.name).\($0)" } }
    #expect(names == expected.sorted())
    for picture in pictures {
      let data = try Data(contentsOf: picture)
      #expect(data.count > 2000, "\(picture.lastPathComponent)")
      let start: [UInt8] = picture.pathExtension == "png" ? [0x89, 0x50, 0x4E, 0x47] : Array("<?xml".utf8)
      #expect(data.starts(with: start))
    }
  }

  @Test("a script redraws its plot in its own folder, silently")
  func rerun() throws {
    let fixture = try StudyFixture().write()
    let folder = fixture.folder.appendingPathComponent("plots")
    try PlotWriter.write(StudyPlots(try fixture.results()).plots, to: folder)
    let scripts = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".gp") }
    for script in scripts {
      let picture = folder.appendingPathComponent(script.replacing(".gp", with: ".png"))
      let before = try Data(contentsOf: picture)
      try FileManager.default.removeItem(at: picture)
      let outcome = try Tool.run([script], in: folder.path, executable: Gnuplot.executable().path)
      #expect(outcome.exitCode == 0)
      #expect(try Data(contentsOf: picture) == before)
    }
  }

  @Test("names that mean something to gnuplot or a shell are only names")
  func hostileNames() throws {
    let fixture = try StudyFixture()
    let trap = fixture.folder.appendingPathComponent("trap").path
    let name = "we'ight`touch \(trap)`\\\"%s <b> $x {/Symbol a}"
    fixture.sparsities = [0, 0.5]
    fixture.strategies = [name, "neuron"]
    try fixture.writeConfig()
    let quoted = "\"" + name.replacing("\"", with: "\"\"") + "\""
    try fixture.writeSummary(
      [0, 0.5].flatMap { [fixture.summaryRow(quoted, $0, 1), fixture.summaryRow("neuron", $0, 1)] })
    let plots = StudyPlots(try fixture.results()).plots
    try PlotWriter.write(plots, to: fixture.folder.appendingPathComponent("plots"))
    #expect(!FileManager.default.fileExists(atPath: trap))
    #expect(plots.allSatisfy { $0.name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } })
  }

  @Test(
    "a single run, a single sparsity, a single epoch and full sparsity can be drawn",
    arguments: [([0.5], 6), ([0], 1), ([0.9], 1), ([0, 0.5, 1], 2), ([1], 1)])
  func few(sparsities: [Double], epochs: Int) throws {
    let fixture = try StudyFixture()
    fixture.strategies = ["weight"]
    fixture.sparsities = sparsities
    fixture.epochs = epochs
    try fixture.writeConfig()
    for sparsity in sparsities { try fixture.writeMetrics("weight", sparsity, 1, epochs: epochs) }
    let plots = StudyPlots(try fixture.results()).plots
    #expect(plots.count >= 3)
    try PlotWriter.write(plots, to: fixture.folder.appendingPathComponent("plots"))
  }

  @Test("a folder that cannot be written is named")
  func unwritable() throws {
    let fixture = try StudyFixture().write()
    try fixture.write("", to: "plots")
    let plots = StudyPlots(try fixture.results()).plots
    let error = #expect(throws: FileError.self) {
      try PlotWriter.write(plots, to: fixture.folder.appendingPathComponent("plots"))
    }
    #expect(
      error?.description.hasSuffix(
        "/plots: not a directory; a part of the path is a file where a folder is needed") == true)
  }

  @Test("what a killed process left goes, what another one draws in stays")
  func leftovers() throws {
    let fixture = try StudyFixture().write()
    let folder = fixture.folder.appendingPathComponent("plots")
    for name in ["dead", "alive"] {
      try fixture.write("set title", to: "plots/.whittle-drawing-\(name)/a.gp")
    }
    try fixture.write("", to: "plots/.whittle-drawing-dead/.lock")
    let lock = try StudyLock(folder: folder.path + "/.whittle-drawing-alive")
    try PlotWriter.write([], to: folder)
    #expect(try FileSystem.names(in: folder.path) == [".whittle-drawing-alive"])
    lock.release()
    try PlotWriter.write([], to: folder)
    #expect(try FileSystem.names(in: folder.path) == [])
  }
}

/// Those who lack gnuplot are told how to get it.
@Test("a missing gnuplot comes with its remedy")
func missingGnuplot() {
  let error = #expect(throws: ReportError.self) { try Gnuplot.executable(path: "/nowhere:/tmp") }
  #expect(error?.description.contains("apt-get install gnuplot-nox") == true)
  #expect(error?.kind == .environment)
}
