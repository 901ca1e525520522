import Experiments
import Foundation
import TestSupport
import Testing

/// Protects studies on file systems that can do less than others.
@Suite("File systems")
struct FileSystemTests {
  @Test("without locks a study warns and goes on", arguments: [ENOSYS, ENOLCK, EOPNOTSUPP])
  func noLocks(code: Int32) throws {
    let folder = try TemporaryFolder()
    let source = "#include <errno.h>\nint flock(int file, int how) { errno = \(code); return -1; }\n"
    try AtomicFile.write(source, to: folder("flock.c"))
    let built = try Tool.run(
      ["-shared", "-fPIC", "-o", "flock.so", "flock.c"], in: folder.path, executable: "/usr/bin/cc")
    try #require(built.exitCode == 0, "\(built.errors)")
    let outcome = try Tool.run(
      ["run", try folder.config(epochs: 1, sparsities: "[0]")], in: folder.path,
      environment: ["LD_PRELOAD": folder("flock.so")])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let reason = String(cString: strerror(code)).lowercased()
    #expect(
      outcome.output.contains(
        "warning: out cannot be locked on this file system (\(reason)); let no other whittle write to it meanwhile\n"
      ))
  }

  @Test(
    "a full disk is a line without a dump for plots too",
    .needs(.smallDisk))
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    #expect(try Tool.run(["run", try folder.config(epochs: 1)], in: folder.path).exitCode == 0)
    let disk = try SmallDisk(at: folder("disk"), bytes: 4096)
    for arguments in [["plot", "out", "--output", "disk"], ["report", "out", "--output", "disk/page.html"]] {
      let outcome = try Tool.run(arguments, in: folder.path)
      #expect(outcome.exitCode == 1)
      #expect(outcome.errorLines.count == 1)
      #expect(
        outcome.errors.hasPrefix("whittle: cannot write ")
          && outcome.errors.contains(": no space left on device; free some space"), "\(outcome.errors)")
      #expect(try FileSystem.names(in: folder("disk")).isEmpty)
    }
    disk.unmount()
  }
}
