import Foundation
import TestSupport
import Testing

/// Protects the CPU backend from an OpenBLAS that does not know its processor, with a library that never does.
@Suite struct OpenBLASChoiceTests {
  private static let ignorant = """
    #include <stdlib.h>
    static const char *core = "Prescott";
    __attribute__((constructor)) static void start(void) {
      if (getenv("OPENBLAS_CORETYPE")) core = getenv("OPENBLAS_CORETYPE");
    }
    const char *openblas_get_corename(void) { return core; }
    const char *openblas_get_config(void) { return "OpenBLAS 0.0 for tests"; }
    int openblas_get_num_threads(void) { return 3; }
    void cblas_sgemm(void) {}
    """

  /// - Parameter coreType: what a person says; nil where nobody says anything, as this machine may.
  private static func devices(_ coreType: String?) throws -> String {
    let folder = try TemporaryFolder()
    _ = try SharedLibrary.compile(ignorant, to: "libopenblas.so.0", in: folder)
    let variable = "OPENBLAS_CORETYPE"
    let list = try Tool.run(
      ["devices"], in: folder.path,
      environment: ["LD_LIBRARY_PATH": folder.path].merging(coreType.map { [variable: $0] } ?? [:]) { $1 },
      without: coreType == nil ? [variable] : [])
    return list.output
  }

  @Test("the best kernels that the processor has are taken, and named")
  func best() throws {
    let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let core =
      flags.contains(" avx512dq") ? "SkylakeX" : flags.contains(" avx2") ? "Haswell" : "Prescott"
    #expect(try Self.devices(nil).contains("cpu is OpenBLAS 0.0, \(core) kernels, 3 threads\n"))
  }

  @Test("a person's own OPENBLAS_CORETYPE is followed")
  func personsOwn() throws {
    #expect(try Self.devices("Nehalem").contains("OpenBLAS 0.0, Nehalem kernels"))
  }

  @Test("a library that cannot be loaded is one line and exit code 69")
  func missing() throws {
    let folder = try TemporaryFolder()
    try Data("no library".utf8).write(to: URL(fileURLWithPath: folder("libopenblas.so.0")))
    let bench = try Tool.run(
      ["bench", "step", "--device", "cpu"], in: folder.path, environment: ["LD_LIBRARY_PATH": folder.path])
    #expect(bench.exitCode == 69 && bench.errorLines.count == 1)
    #expect(bench.errors.contains("the CPU backend needs OpenBLAS: "))
  }
}
