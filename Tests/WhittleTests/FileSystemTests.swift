import Files
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
    let library = try SharedLibrary.compile(source, to: "flock.so", in: folder)
    let outcome = try Tool.run(
      ["run", try folder.config(epochs: 1, sparsities: "[0]")], in: folder.path,
      environment: ["LD_PRELOAD": library])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let reason = String(cString: strerror(code)).lowercased()
    #expect(
      outcome.output.contains(
        "warning: out cannot be locked on this file system (\(reason)); let no other whittle write to it meanwhile\n"
      ))
  }

  @Test("a download that cannot be locked for another reason than a lack of locks ends before it begins")
  func brokenLock() throws {
    let folder = try TemporaryFolder()
    let source = "#include <errno.h>\nint flock(int file, int how) { errno = EIO; return -1; }\n"
    let library = try SharedLibrary.compile(source, to: "flock.so", in: folder)
    let outcome = try Tool.run(
      ["data", "download", "mnist", "--directory", "d", "--mirror", "http://127.0.0.1:9"], in: folder.path,
      environment: ["LD_PRELOAD": library])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.hasSuffix(": it cannot be locked: \(String(cString: strerror(EIO)))\n"))
    #expect(outcome.errorLines.count == 1)
  }

  @Test("a full disk is a line without a dump for plots too", .needs(.smallDisk), .needs(.gnuplot))
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
