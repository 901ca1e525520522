import Files
import TestSupport
import Testing

/// Protects the machine: what cannot fit is refused before it is taken.
@Suite struct ResourceTests {
  @Test("networks that the process may not hold are one line, and no run is begun")
  func networks() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(layers: "[784, 20000, 20000, 10]")
    let run = try Tool.run(
      ["-c", "ulimit -v 6000000; exec \"$0\" run \"$1\"", Tool.path, config], in: folder.path,
      executable: "/bin/bash")
    #expect(run.exitCode == 1 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.contains("MiB of memory") && run.errors.contains("model.layers"))
    #expect(!FileSystem.exists(folder("out/runs")))
  }
}
